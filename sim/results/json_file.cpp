#include "results/json_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest = std::size_t{64} * 1024 * 1024;  ///< Bytes; a thousand replications have a twentieth.

constexpr int deepest = 64;  ///< Results are not nested more than ten levels; what is could exhaust the stack.

std::string place_of(const std::string& text, std::size_t byte) {
  const std::string before = text.substr(0, byte > 0 ? byte - 1 : 0);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0.
  return fmt::format(":{}:{}", line, before.size() - begin + 1);
}

/// Two keys that no other command's JSON has together.
struct Origin {
  std::string_view first;
  std::string_view second;
  std::string_view command;
};

constexpr std::array<Origin, 11> origins = {
    {{"switches", "deployments", "what `ringtail compare` prints"},
     {"schema_version", "ladders", "what `ringtail compare --ladder` prints"},
     {"qs", "here", "what `ringtail qs` prints"},
     {"finalists", "front", "what `ringtail tune` prints"},
     {"replica_choice", "ep_sizes", "what `ringtail routing` prints"},
     {"fitted", "held_out", "what `ringtail routing fit` prints"},
     {"configuration", "times", "what `ringtail diff` prints"},
     {"schema_version", "tables", "what `ringtail paper` prints"},
     {"point", "levels", "a line of a study's results.jsonl"},
     {"displayTimeUnit", "traceEvents", "a trace of `ringtail simulate --trace`"},
     {"$schema", "properties", "what `ringtail schema` prints"}}};

}  // namespace

std::string FileRefusal::text(const std::string& file) const {
  return fmt::format("{}{}: error: {}\n{}", file, place, message, help.empty() ? "" : fmt::format("help: {}\n", help));
}

Json parse_json(const std::string& text) {
  const std::string make = "make one with `ringtail simulate FILE.yaml --format json > result.json`";
  if (text.size() > largest) throw FileRefusal{"is larger than 64 MiB", make, {}};
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) throw FileRefusal{"the file is empty", make, {}};
  const auto guard = [](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) throw FileRefusal{"is nested too deeply for a result", {}, {}};
    return true;
  };
  try {
    return Json::parse(text, guard);
  } catch (const Json::parse_error& error) {
    if (error.byte > text.size())
      throw FileRefusal{"ends in the middle of its JSON", "was the run that wrote it interrupted? run it again",
                        place_of(text, text.size())};
    throw FileRefusal{"is not JSON", make, place_of(text, error.byte)};
  } catch (const Json::exception&) {  // A number beyond the range of doubles.
    throw FileRefusal{"is not JSON that can be read", make, {}};
  }
}

std::string origin_of(const Json& json) {
  for (const auto& [first, second, command] : origins)
    if (json.contains(first) && json.contains(second)) return std::string(command);
  return {};
}

}  // namespace ringtail
