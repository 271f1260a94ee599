#include "results/result_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "config/text.hpp"
#include "results/detail_check.hpp"
#include "results/json.hpp"
#include "results/json_file.hpp"
#include "results/key_check.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

/// A JSON pointer as users write it: /step/seconds/mean as step.seconds.mean.
std::string dotted(const std::string& pointer) {
  std::string path = printable(pointer.substr(1));
  std::replace(path.begin(), path.end(), '/', '.');
  return path;
}

FileRefusal unsound(const std::string& mistake) { return {"is not a sound result: " + mistake, {}, {}}; }

/// The value at a path such as "/step/seconds/mean".
const Json& at(const Json& json, const std::string& path) {
  const Json::json_pointer pointer(path);
  if (json.contains(pointer)) return json.at(pointer);
  throw FileRefusal{fmt::format("is not a complete result: it has no {}", dotted(path)), {}, {}};
}

template <class Value>
Value get(const Json& json, const std::string& path) {
  const Json& value = at(json, path);
  if constexpr (std::is_same_v<Value, std::string>) {
    if (value.is_string()) return printable(value.get<std::string>());
  } else if constexpr (std::is_same_v<Value, bool>) {
    if (value.is_boolean()) return value.get<bool>();
  } else if constexpr (std::is_same_v<Value, std::uint64_t>) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  } else {
    if (value.is_number()) return value.get<double>();
  }
  throw unsound(fmt::format("{} is {}", dotted(path), printable(value.dump().substr(0, 40))));
}

/// Fit for a terminal, whatever the file says.
std::string scalar_text(const Json& json) {
  return printable(json.is_string() ? json.get<std::string>() : json.dump());
}

/// Every value below, by its path.
void flatten(const Json& json, const std::string& path, TextLines& lines) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items())
      flatten(value, printable(path.empty() ? key : fmt::format("{}.{}", path, key)), lines);
  } else if (json.is_array() && !json.empty() && json.front().is_structured()) {
    for (std::size_t i = 0; i < json.size(); ++i) flatten(json[i], fmt::format("{}[{}]", path, i), lines);
  } else {
    lines.emplace_back(path, scalar_text(json));
  }
}

/// The numbers of an object, under names with a prefix.
void append_numbers(const Json& parent, const std::string& path, const std::string& prefix, TimeLines& lines) {
  for (const auto& [key, value] : at(parent, path).items())
    if (value.is_number()) lines.emplace_back(printable(prefix + key), value.get<double>());
}

/// A key as a part of a JSON pointer (RFC 6901).
std::string token(std::string key) {
  for (const auto& [character, escaped] : {std::pair{'~', "~0"}, std::pair{'/', "~1"}})
    for (std::size_t i = key.find(character); i != std::string::npos; i = key.find(character, i + 2))
      key.replace(i, 1, escaped);
  return key;
}

void append_overlap(const Json& json, const std::string& path, TimeLines& lines) {
  for (const auto& [family, parts] : at(json, path + "/overlap").items())
    append_numbers(json, path + "/overlap/" + token(family), fmt::format("overlap.{}.", family), lines);
}

TimeLines times_of(const Json& json) {
  TimeLines lines = {{"step", get<double>(json, "/step/seconds/mean")}};
  append_numbers(json, "/breakdown_s", "breakdown_s.", lines);
  append_overlap(json, "", lines);
  TimeLines path;  // By stage and family, as they come.
  for (std::size_t i = 0; i < at(json, "/critical_path").size(); ++i) {
    const std::string what = get<std::string>(json, fmt::format("/critical_path/{}/what", i));
    const auto seconds = get<double>(json, fmt::format("/critical_path/{}/seconds", i));
    const std::string name = "critical_path." + what;
    const auto known = std::find_if(path.begin(), path.end(), [&](const auto& line) { return line.first == name; });
    if (known == path.end())
      path.emplace_back(name, seconds);
    else
      known->second += seconds;
  }
  lines.insert(lines.end(), path.begin(), path.end());
  return lines;
}

std::vector<std::map<std::string, Seconds>> replications_of(const Json& json) {
  std::vector<std::map<std::string, Seconds>> replications;
  if (!json.contains("per_replication")) return replications;
  for (std::size_t r = 0; r < at(json, "/per_replication").size(); ++r) {
    const std::string path = fmt::format("/per_replication/{}", r);
    TimeLines lines = {{"step", get<double>(json, path + "/step_s")}};
    append_numbers(json, path + "/breakdown_s", "breakdown_s.", lines);
    append_overlap(json, path, lines);
    append_numbers(json, path + "/critical_path_s", "critical_path.", lines);
    replications.emplace_back(lines.begin(), lines.end());
  }
  return replications;
}

/// A step that takes time, and is what its replications say.
void check_steps(const ResultFile& result) {
  const Seconds step = result.times.front().second;
  double sum = 0;
  for (const auto& replication : result.per_replication) {
    if (replication.at("step") <= 0) throw unsound("a step_s is not above zero");
    sum += replication.at("step");
  }
  const auto count = static_cast<double>(result.per_replication.size());
  if (step <= 0) throw unsound("step.seconds.mean is not above zero");
  if (count > 0 && std::abs(sum / count / step - 1) > 1e-6)
    throw unsound("step.seconds.mean is not the mean of per_replication[].step_s");
}

/// The parts are those of the whole.
void check_sum(double sum, const std::string& parts, double whole, const std::string& name) {
  if (std::abs(sum - whole) > 1e-6 * std::abs(whole))
    throw unsound(fmt::format("{} adds up to {:.6g}, not to {} = {:.6g}", parts, sum, name, whole));
}

double sum_of(const Json& parts) {
  double sum = 0;
  for (const auto& [key, value] : parts.items())
    if (value.is_number()) sum += value.get<double>();
  return sum;
}

void check_sums(const Json& json, bool feasible) {
  const auto capacity = get<double>(json, "/capacity/ledger_bytes_per_gpu/capacity");
  if (capacity <= 0) throw unsound("capacity.ledger_bytes_per_gpu.capacity is not above zero");
  check_sum(sum_of(at(json, "/capacity/ledger_bytes_per_gpu")) - capacity, "capacity.ledger_bytes_per_gpu", capacity,
            "its line capacity");
  if (!feasible) return;
  const auto step = get<double>(json, "/step/seconds/mean");
  check_sum(sum_of(at(json, "/breakdown_s")), "breakdown_s", step, "step.seconds.mean");
  double path = 0;
  for (std::size_t i = 0; i < at(json, "/critical_path").size(); ++i)
    path += get<double>(json, fmt::format("/critical_path/{}/seconds", i));
  check_sum(path, "critical_path[].seconds", step, "step.seconds.mean");
}

FileRefusal no_result(const Json& json) {
  const std::string origin = origin_of(json);
  return {origin.empty() ? "is not a result of Ringtail"
                         : fmt::format("is {}, not a result of `ringtail simulate`", origin),
          "make one with `ringtail simulate FILE.yaml --format json`",
          {}};
}

ResultFile result_of(const Json& json, const std::string& file, MissingKeys missing) {
  if (!json.is_object() || !json.contains("schema_version") || !json.contains("provenance")) throw no_result(json);
  const std::string version = json["schema_version"].dump();
  if (version != std::to_string(result_schema_version))
    throw FileRefusal{fmt::format("has schema_version {}; this Ringtail reads {}", version, result_schema_version),
                      "simulate the deployment again with this version",
                      {}};
  std::string mistake = wrong_key(json, result_keys(), missing);
  if (mistake.empty() && missing == MissingKeys::refused && json.contains("detail"))
    mistake = wrong_detail(json["detail"]);
  if (!mistake.empty()) throw unsound(mistake);
  ResultFile result;
  result.file = file;
  result.name = get<std::string>(json, "/provenance/deployment/name");
  result.seed = get<std::uint64_t>(json, "/provenance/seed");
  for (const char* key : {"version", "git_commit", "simgrid_version"})
    result.configuration.emplace_back(std::string("ringtail.") + key,
                                      scalar_text(at(json, std::string("/provenance/") + key)));
  flatten(at(json, "/provenance/deployment"), "", result.configuration);
  const bool feasible = get<bool>(json, "/feasible");
  if (missing == MissingKeys::refused) check_sums(json, feasible);
  result.capacity = {{"feasible", feasible ? "true" : "false"},
                     {"batch_total", scalar_text(at(json, "/capacity/batch_total"))},
                     {"limit", scalar_text(at(json, "/capacity/limit"))}};
  if (!feasible) {
    result.infeasible_reason = get<std::string>(json, "/infeasible_reason");
    return result;
  }
  result.times = times_of(json);
  result.per_replication = replications_of(json);
  check_steps(result);
  for (const auto& [family, parts] : at(json, "/overlap").items())
    result.algorithms[printable(family)] = get<std::string>(json, "/overlap/" + token(family) + "/algorithm");
  return result;
}

}  // namespace

ReadResult read_result(const std::string& text, const std::string& file, MissingKeys missing) {
  try {
    return {result_of(parse_json(text), file, missing), {}};
  } catch (const FileRefusal& refusal) {
    return {std::nullopt, refusal.text(file)};
  }
}

}  // namespace ringtail
