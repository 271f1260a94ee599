#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ringtail {

/// A YAML file that comes with Ringtail.
struct Listing {
  std::string name;         ///< The file's stem, as written in `model: NAME`.
  std::string description;  ///< One line: the name inside the file and, for models and platforms, the source.
  std::filesystem::path file;
};

/// The directory that holds `platforms/` and `workloads/`: the environment variable RINGTAIL_DATA if set, else
/// `../share/ringtail` seen from the executable if it is there (an installed Ringtail), else the source tree.
[[nodiscard]] std::filesystem::path data_directory();

/// What is there, sorted by name; empty if the folder cannot be read.
[[nodiscard]] std::vector<Listing> list_models(const std::filesystem::path& data);
[[nodiscard]] std::vector<Listing> list_platforms(const std::filesystem::path& data);
[[nodiscard]] std::vector<Listing> list_runtimes(const std::filesystem::path& data);
[[nodiscard]] std::vector<Listing> list_deployments(const std::filesystem::path& data);
[[nodiscard]] std::vector<Listing> list_studies(const std::filesystem::path& data);

/// The `*.yaml` files in a folder, sorted; empty if it cannot be read.
[[nodiscard]] std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder);

}  // namespace ringtail
