#include "config/load.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/catalog.hpp"
#include "config/checks.hpp"
#include "config/diagnostics.hpp"
#include "config/overrides.hpp"
#include "config/platform_checks.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {

namespace {

/// Replaces the name of a model or platform by the content of its file.
void resolve(Node& root, const std::string& key, const std::filesystem::path& folder, SourceMap& sources,
             Diagnostics& diagnostics) {
  Entry* const entry = root.find_entry(key);
  if (!entry || entry->value.kind != Node::Kind::scalar) return;
  Node& reference = entry->value;
  std::vector<std::string> names;
  for (const auto& file : yaml_files(folder)) names.push_back(file.stem().string());
  std::optional<Node> content;
  if (std::find(names.begin(), names.end(), reference.text) != names.end()) {
    content = read_yaml_file(folder / (reference.text + ".yaml"), key, sources, diagnostics);
  } else {
    diagnostics.error(reference.at, key, fmt::format("unknown {} {}", key, in_quotes(reference.text)),
                      suggestion(reference.text, names, "there are"));
  }
  if (content) {
    reference = std::move(*content);
  } else {
    reference.kind = Node::Kind::invalid;
  }
}

bool names_whole(const Override& override) {
  return override.path.size() == 1 && (override.path[0].text == "model" || override.path[0].text == "platform");
}

/// The complete tree of a deployment: overrides applied, names replaced by what they stand for.
Node complete(Node root, const std::vector<Override>& overrides, const std::filesystem::path& data, SourceMap& sources,
              Diagnostics& diagnostics) {
  for (const Override& override : overrides) {
    if (names_whole(override)) apply_override(override, root);
  }
  resolve(root, "model", data / "workloads" / "models", sources, diagnostics);
  resolve(root, "platform", data / "platforms", sources, diagnostics);
  for (const Override& override : overrides) {
    if (!names_whole(override)) apply_override(override, root);
  }
  assign_paths(root, sources);
  return root;
}

}  // namespace

LoadResult load_deployment(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                           const std::filesystem::path& data) {
  LoadResult result;
  Diagnostics diagnostics;
  auto root = read_yaml_file(file, "", result.sources, diagnostics);
  std::vector<Override> parsed;
  for (const std::string& text : overrides) {
    if (auto override = parse_override(text, result.sources, diagnostics)) parsed.push_back(std::move(*override));
  }
  if (root) {
    const Node tree = complete(std::move(*root), parsed, data, result.sources, diagnostics);
    if (auto deployment = deployment_format().read(tree, diagnostics)) {
      if (deployment->name.empty()) deployment->name = printable(file.stem().string());
      check_deployment(*deployment, result.sources, diagnostics);
      result.deployment = std::move(deployment);
    }
  }
  if (diagnostics.empty()) return result;
  result.deployment.reset();
  result.errors = diagnostics.render(result.sources);
  return result;
}

PlatformResult load_platform(const std::string& name, const std::vector<std::string>& overrides,
                             const std::filesystem::path& data) {
  PlatformResult result;
  Diagnostics diagnostics;
  std::error_code ignored;
  const auto shipped = data / "platforms" / (name + ".yaml");
  const bool is_file = std::filesystem::exists(name, ignored) || !std::filesystem::exists(shipped, ignored);
  auto root = read_yaml_file(is_file ? std::filesystem::path(name) : shipped, "", result.sources, diagnostics);
  for (const std::string& text : overrides) {
    const auto override = parse_override(text, result.sources, diagnostics);
    if (root && override) apply_override(*override, *root);
  }
  if (root) {
    assign_paths(*root, result.sources);
    result.platform = degraded_platform_format().read(*root, diagnostics);
  }
  if (diagnostics.empty()) return result;
  result.platform.reset();
  result.errors = diagnostics.render(result.sources);
  return result;
}

std::string platform_errors(const PlatformResult& loaded, int gpus) {
  Diagnostics diagnostics;
  check_platform(*loaded.platform, gpus, "", loaded.sources, diagnostics);
  return diagnostics.empty() ? "" : diagnostics.render(loaded.sources);
}

}  // namespace ringtail
