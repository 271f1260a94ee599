#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/deployment.hpp"
#include "config/import_model.hpp"
#include "config/overrides.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// What became of a deployment file: a complete and checked Deployment, or the text of every mistake in it.
struct LoadResult {
  std::optional<Deployment> deployment;
  SourceMap sources;   ///< Says where a field of the deployment stands, so that later checks can point at it.
  std::string errors;  ///< All diagnostics, in the order of files and lines; empty exactly if there is a deployment.
  std::vector<std::string> warnings;  ///< Fields of a config.json that are not known.
};

/// Reads a deployment: parse, apply the overrides, fill in model, platform and defaults, check.
/// - `overrides`: each "path=value" as after `--set`, the value in YAML. Those that name the whole model, the MoE of
/// its
///   dense_of, or the platform are applied first, then the named files are read, then the others in order: they may
///   change the content of those files.
/// - `data`: the directory with `workloads/models` and `platforms` (see
/// data_directory). A model that ends with .json is a config.json of Hugging Face's, seen from the deployment's folder.
/// Mistakes of the user, unreadable files among them, are never exceptions.
[[nodiscard]] LoadResult load_deployment(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                                         const std::filesystem::path& data);

/// The same for the text of a file; `name` stands for the file in messages.
[[nodiscard]] LoadResult load_deployment_text(const std::string& name, std::string text,
                                              const std::vector<std::string>& overrides,
                                              const std::filesystem::path& data);

/// The same with overrides that stand in `sources`.
[[nodiscard]] LoadResult load_deployment(const std::filesystem::path& file, const std::vector<Override>& overrides,
                                         const std::filesystem::path& data, SourceMap sources);

/// What became of a model file.
struct ModelResult {
  std::optional<Model> model;
  std::string errors;  ///< Empty exactly if there is a model.
};

/// Reads a model by itself.
[[nodiscard]] ModelResult load_model(const std::filesystem::path& file);

/// What became of a Hugging Face config.json.
struct ImportResult {
  std::optional<ImportedModel> imported;  ///< There exactly if `model` is.
  std::optional<Model> model;
  std::string errors;                 ///< Empty exactly if there is a model.
  std::vector<std::string> warnings;  ///< Fields that are not known, one line each.
};

/// Reads a model from a config.json as `model: FILE.json` in a deployment does. An empty `name`: that of a published
/// model of the same shape, else the config's own, else the file's or its folder's.
[[nodiscard]] ImportResult load_config(const std::filesystem::path& file, const std::string& name);

/// What became of a platform file.
struct PlatformResult {
  std::optional<Platform> platform;
  SourceMap sources;
  std::string errors;  ///< Empty exactly if there is a platform.
};

/// Reads a platform by itself, `degrade` beside its own keys. `name` is a file, or the name of one in data/platforms.
[[nodiscard]] PlatformResult load_platform(const std::string& name, const std::vector<std::string>& overrides,
                                           const std::filesystem::path& data);

/// Why the platform cannot have so many GPUs; empty if it can.
[[nodiscard]] std::string platform_errors(const PlatformResult& loaded, int gpus);

}  // namespace ringtail
