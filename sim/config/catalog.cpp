#include "config/catalog.hpp"

#include <algorithm>
#include <cstdlib>

#include "config/diagnostics.hpp"
#include "config/text.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {

namespace {

std::string text_of(const Node& root, std::string_view key) {
  const Node* const node = root.find(key);
  return node && node->kind == Node::Kind::scalar ? printable(node->text) : std::string();
}

std::string describe(const std::filesystem::path& file) {
  SourceMap sources;
  Diagnostics mistakes;  // shown when the file is used
  const auto root = read_yaml_file(file, "", sources, mistakes);
  if (!root) return {};
  const std::string source = text_of(*root, "source");
  return text_of(*root, "name") + (source.empty() ? "" : " (" + source + ")");
}

std::vector<Listing> list(const std::filesystem::path& folder) {
  std::vector<Listing> result;
  for (const auto& file : yaml_files(folder)) result.push_back({file.stem().string(), describe(file), file});
  return result;
}

}  // namespace

std::filesystem::path data_directory() {
  if (const char* const directory = std::getenv("RINGTAIL_DATA"); directory && *directory) return directory;
  std::error_code error;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
  auto installed = (executable.parent_path().parent_path() / "share" / "ringtail").lexically_normal();
  if (!error && std::filesystem::is_directory(installed / "platforms", error)) return installed;
  return RINGTAIL_SOURCE_DATA;
}

std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    if (entries->path().extension() == ".yaml") files.push_back(entries->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Listing> list_models(const std::filesystem::path& data) { return list(data / "workloads" / "models"); }
std::vector<Listing> list_platforms(const std::filesystem::path& data) { return list(data / "platforms"); }
std::vector<Listing> list_runtimes(const std::filesystem::path& data) { return list(data / "workloads" / "runtimes"); }
std::vector<Listing> list_deployments(const std::filesystem::path& data) {
  return list(data / "workloads" / "deployments");
}
std::vector<Listing> list_studies(const std::filesystem::path& data) { return list(data / "workloads" / "studies"); }

}  // namespace ringtail
