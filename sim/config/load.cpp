#include "config/load.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/catalog.hpp"
#include "config/checks.hpp"
#include "config/constants.hpp"
#include "config/counts_file.hpp"
#include "config/dense_of.hpp"
#include "config/diagnostics.hpp"
#include "config/model_checks.hpp"
#include "config/overrides.hpp"
#include "config/platform_checks.hpp"
#include "config/request_trace_file.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"
#include "config/trace_file.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {

namespace {

/// Where files are that are named in a deployment.
struct Folders {
  std::filesystem::path shipped;     ///< Those of one kind that come with Ringtail.
  std::filesystem::path deployment;  ///< What the deployment's file is beside.
};

/// The content of the file that a scalar at `path` names, by the name of a shipped one or by its path. Without such a
/// file, or a sound one, the scalar becomes invalid.
std::optional<Node> read_named(Node& reference, const std::string& path, const std::string& kind,
                               const Folders& folders, SourceMap& sources, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const auto& file : yaml_files(folders.shipped)) names.push_back(file.stem().string());
  std::optional<Node> content;
  if (reference.text.ends_with(".yaml")) {
    content = read_yaml_file(folders.deployment / reference.text, path, sources, diagnostics);
  } else if (std::find(names.begin(), names.end(), reference.text) != names.end()) {
    content = read_yaml_file(folders.shipped / (reference.text + ".yaml"), path, sources, diagnostics);
  } else {
    diagnostics.error(reference.at, path, fmt::format("unknown {} {}", kind, in_quotes(reference.text)),
                      suggestion(reference.text, names, "there are"));
  }
  if (!content) reference.kind = Node::Kind::invalid;
  return content;
}

/// "model.json" -> "model"; "qwen3-8b/config.json" -> "qwen3-8b".
std::string name_of_config(const std::filesystem::path& file) {
  const std::string folder = std::filesystem::absolute(file).parent_path().filename().string();
  const std::string stem = file.stem().string();
  return printable(stem == "config" && !folder.empty() ? folder : stem);
}

std::vector<std::string> warnings_of(const ImportedModel& imported, const SourceMap& sources) {
  std::vector<std::string> warnings;
  for (const Note& note : imported.warnings)
    warnings.push_back(
        fmt::format("{}:{}:{}: {}", sources.source(note.at.source).name, note.at.line, note.at.column, note.message));
  return warnings;
}

std::optional<ImportedModel> read_config(const std::filesystem::path& file, const std::string& path,
                                         const std::string& name, SourceMap& sources, Diagnostics& diagnostics) {
  auto config = read_yaml_file(file, path, sources, diagnostics);  // JSON is a subset of YAML
  if (!config) return std::nullopt;
  config->path = path;
  return import_model(*config, name, name_of_config(file), diagnostics);
}

/// A config.json in place of a model's name, seen from the folder of the deployment.
void resolve_config(Node& reference, const std::string& path, const std::filesystem::path& folder, LoadResult& result,
                    Diagnostics& diagnostics) {
  auto imported = read_config(folder / reference.text, path, {}, result.sources, diagnostics);
  if (!imported) {
    reference.kind = Node::Kind::invalid;
    return;
  }
  result.warnings = warnings_of(*imported, result.sources);
  reference = std::move(imported->tree);
}

/// Replaces the name of a model or platform by the content of its file.
void resolve(Entry* entry, const std::string& path, const std::string& kind, const Folders& folders, SourceMap& sources,
             Diagnostics& diagnostics) {
  if (!entry || entry->value.kind != Node::Kind::scalar) return;
  if (auto content = read_named(entry->value, path, kind, folders, sources, diagnostics))
    entry->value = std::move(*content);
}

/// The model, and the MoE that it is the dense counterpart of.
void resolve_model(Node& root, const Folders& folders, LoadResult& result, Diagnostics& diagnostics) {
  Entry* const model = root.find_entry("model");
  const auto one = [&](Entry* entry, const std::string& path) {
    if (entry && entry->value.kind == Node::Kind::scalar && entry->value.text.ends_with(".json"))
      return resolve_config(entry->value, path, folders.deployment, result, diagnostics);
    resolve(entry, path, "model", folders, result.sources, diagnostics);
  };
  one(model, "model");
  if (model) one(model->value.find_entry("dense_of"), "model.dense_of");
}

/// Adds to a section of the deployment the keys of the profile's that it does not give itself.
void fill_in(Node& root, const Entry& defaults) {
  Entry* const section = root.find_entry(defaults.key);
  if (!section) {
    root.entries.push_back(defaults);
  } else if (section->value.kind == Node::Kind::mapping) {
    for (const Entry& entry : defaults.value.entries)
      if (!section->value.find(entry.key)) section->value.entries.push_back(entry);
  }
}

/// A runtime profile is a part of a deployment: what it says of `runtime` and `collectives` holds where the deployment
/// says nothing. `runtime: NAME` is short for `runtime: {preset: NAME}`.
void fill_in_profile(Node& root, const Folders& folders, SourceMap& sources, Diagnostics& diagnostics) {
  Entry* const runtime = root.find_entry("runtime");
  if (!runtime) return;
  if (runtime->value.kind == Node::Kind::scalar) {
    Node section;
    section.kind = Node::Kind::mapping;
    section.at = runtime->key_at;
    section.entries.push_back({"preset", runtime->value.at, runtime->value});
    runtime->value = std::move(section);
  }
  Entry* const preset = runtime->value.find_entry("preset");
  if (!preset || preset->value.kind != Node::Kind::scalar) return;
  const auto profile = read_named(preset->value, "runtime", "runtime", folders, sources, diagnostics);
  if (!profile) return;
  const std::vector<std::string> keys = {"name", "source", "runtime", "collectives"};
  for (const Entry& entry : profile->entries) {
    if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) {
      diagnostics.error(entry.key_at, "runtime",
                        fmt::format("unknown key {} in a runtime profile", in_quotes(entry.key)),
                        suggestion(entry.key, keys));
    } else if (entry.key == "runtime" || entry.key == "collectives") {
      fill_in(root, entry);
    }
  }
}

/// Whether the override decides which files are read.
bool names_file(const Override& override) {
  const std::string& section = override.path[0].text;
  if (override.path.size() == 2)
    return (section == "runtime" && override.path[1].text == "preset") ||
           (section == "model" && override.path[1].text == "dense_of");
  return override.path.size() == 1 && (section == "model" || section == "platform" || section == "runtime");
}

/// The complete tree of a deployment: overrides applied, names replaced by what they stand for.
Node complete(Node root, const std::vector<Override>& overrides, const std::filesystem::path& data,
              const std::filesystem::path& beside, LoadResult& result, Diagnostics& diagnostics) {
  SourceMap& sources = result.sources;
  for (const Override& override : overrides) {
    if (names_file(override)) apply_override(override, root);
  }
  resolve_model(root, {data / "workloads" / "models", beside}, result, diagnostics);
  resolve(root.find_entry("platform"), "platform", "platform", {data / "platforms", beside}, sources, diagnostics);
  fill_in_profile(root, {data / "workloads" / "runtimes", beside}, sources, diagnostics);
  for (const Override& override : overrides) {
    if (!names_file(override)) apply_override(override, root);
  }
  assign_paths(root, sources);
  return root;
}

std::vector<Override> parse_overrides(const std::vector<std::string>& texts, SourceMap& sources,
                                      Diagnostics& diagnostics) {
  std::vector<Override> overrides;
  for (const std::string& text : texts) {
    if (auto override = parse_override(text, sources, diagnostics)) overrides.push_back(std::move(*override));
  }
  return overrides;
}

/// Makes the deployment of the tree of its file, if there is one.
void read_deployment(std::optional<Node> root, const std::filesystem::path& file,
                     const std::vector<Override>& overrides, const std::filesystem::path& data,
                     Diagnostics& diagnostics, LoadResult& result) {
  if (root) {
    const Node tree = complete(std::move(*root), overrides, data, file.parent_path(), result, diagnostics);
    if (auto deployment = deployment_format().read(tree, diagnostics)) {
      if (deployment->name.empty()) deployment->name = printable(file.stem().string());
      size_dense_counterpart(*deployment, result.sources, diagnostics);
      read_counts_file(*deployment, file.parent_path(), result.sources, diagnostics);
      read_request_trace_file(*deployment, file.parent_path(), result.sources, diagnostics);
      read_trace_file(*deployment, file.parent_path(), result.sources, diagnostics);
      check_provenance(deployment->platform, "platform.", result.sources, diagnostics);
      if (!is_unsized_counterpart(deployment->model)) check_deployment(*deployment, result.sources, diagnostics);
      result.deployment = std::move(deployment);
    }
  }
  if (diagnostics.empty()) return;
  result.deployment.reset();
  result.errors = diagnostics.render(result.sources);
}

}  // namespace

LoadResult load_deployment(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                           const std::filesystem::path& data) {
  LoadResult result;
  Diagnostics diagnostics;
  auto root = read_yaml_file(file, "", result.sources, diagnostics);
  const auto parsed = parse_overrides(overrides, result.sources, diagnostics);
  read_deployment(std::move(root), file, parsed, data, diagnostics, result);
  return result;
}

LoadResult load_deployment(const std::filesystem::path& file, const std::vector<Override>& overrides,
                           const std::filesystem::path& data, SourceMap sources) {
  LoadResult result;
  result.sources = std::move(sources);
  Diagnostics diagnostics;
  auto root = read_yaml_file(file, "", result.sources, diagnostics);
  read_deployment(std::move(root), file, overrides, data, diagnostics, result);
  return result;
}

LoadResult load_deployment_text(const std::string& name, std::string text, const std::vector<std::string>& overrides,
                                const std::filesystem::path& data) {
  LoadResult result;
  Diagnostics diagnostics;
  auto root = read_yaml_text({name, std::move(text)}, "", result.sources, diagnostics);
  const auto parsed = parse_overrides(overrides, result.sources, diagnostics);
  read_deployment(std::move(root), name, parsed, data, diagnostics, result);
  return result;
}

ModelResult load_model(const std::filesystem::path& file) {
  ModelResult result;
  SourceMap sources;
  Diagnostics diagnostics;
  if (auto root = read_yaml_file(file, "", sources, diagnostics)) {
    assign_paths(*root, sources);
    result.model = model_format().read(*root, diagnostics);
  }
  if (diagnostics.empty()) return result;
  result.model.reset();
  result.errors = diagnostics.render(sources);
  return result;
}

ImportResult load_config(const std::filesystem::path& file, const std::string& name) {
  ImportResult result;
  SourceMap sources;
  Diagnostics diagnostics;
  if (auto imported = read_config(file, "", name, sources, diagnostics)) {
    assign_paths(imported->tree, sources);
    result.model = model_format().read(imported->tree, diagnostics);
    if (result.model && diagnostics.empty()) check_model(*result.model, "", sources, diagnostics);
    result.warnings = warnings_of(*imported, sources);
    result.imported = std::move(imported);
  }
  if (diagnostics.empty()) return result;
  result.model.reset();
  result.imported.reset();
  result.errors = diagnostics.render(sources);
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
  check_provenance(*loaded.platform, "", loaded.sources, diagnostics);
  check_platform(*loaded.platform, gpus, "", loaded.sources, diagnostics);
  return diagnostics.empty() ? "" : diagnostics.render(loaded.sources);
}

}  // namespace ringtail
