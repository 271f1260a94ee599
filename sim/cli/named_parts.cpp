#include "cli/named_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/catalog.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"

namespace ringtail {
namespace {

/// The error in a name, empty if there is such a model or platform.
std::string name_error(const std::string& kind, const std::string& name, const std::vector<Listing>& listings) {
  if (is_path(name)) return {};  // a file, which is read and judged as such
  std::vector<std::string> names;
  for (const Listing& listing : listings) names.push_back(listing.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return {};
  return fmt::format("--{}: error: unknown {} {}\nhelp: {}\n", kind, kind, in_quotes(name),
                     suggestion(name, names, "there are"));
}

}  // namespace

bool is_path(const std::string& name) { return name.ends_with(".json") || name.ends_with(".yaml"); }

LoadResult load_named_parts(const CommandLine& line) {
  const auto data = data_directory();
  LoadResult result;
  result.errors =
      name_error("model", line.model, list_models(data)) + name_error("platform", line.platform, list_platforms(data));
  if (!result.errors.empty()) return result;
  std::vector<std::string> overrides = {"model=" + line.model, "platform=" + line.platform,
                                        "decode.context=" + line.context};
  overrides.insert(overrides.end(), line.overrides.begin(), line.overrides.end());
  // Without its folder, so that files are seen from where the user is.
  const std::string name = std::filesystem::path(line.model).filename().string();
  return load_deployment_text(name, "gpus: 1\n", overrides, data);
}

}  // namespace ringtail
