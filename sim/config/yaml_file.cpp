#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "config/catalog.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {

namespace {

constexpr std::size_t max_bytes = std::size_t{1024} * 1024;

constexpr const char* too_large_message = "is larger than 1 MiB";

/// The file's content, or why there is none.
struct Content {
  std::string text;
  std::string failure;
};

Content read_text(const std::filesystem::path& file) {
  std::error_code ignored;
  const auto type = std::filesystem::status(file, ignored).type();
  if (type == std::filesystem::file_type::directory) return {{}, "is a directory"};
  const bool is_other = type == std::filesystem::file_type::fifo || type == std::filesystem::file_type::character ||
                        type == std::filesystem::file_type::block || type == std::filesystem::file_type::socket;
  if (is_other) return {{}, "is not a regular file"};  // reading it might wait or go on for ever
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return {{}, fmt::format("cannot be opened: {}", std::strerror(errno))};
  std::string text;
  std::array<char, 16384> part;
  while (stream && text.size() <= max_bytes) {
    stream.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return {{}, "cannot be read"};
  if (text.size() > max_bytes) return {{}, too_large_message};
  return {std::move(text), {}};
}

/// As users like to see it: relative if it is below the working directory.
std::string display_name(const std::filesystem::path& file) {
  std::error_code error;
  const auto relative = std::filesystem::proximate(file, error);
  const bool below = !error && !relative.empty() && *relative.begin() != "..";
  return (file.is_absolute() && below ? relative : file).string();
}

/// "did you mean" for a file that is not there.
std::string similar_file(const std::filesystem::path& file) {
  std::vector<std::string> names;
  for (const auto& name : yaml_files(file.has_parent_path() ? file.parent_path() : "."))
    names.push_back(name.filename().string());
  const auto near = nearest(file.filename().string(), names);
  if (near.empty()) return {};
  return fmt::format("did you mean {}?", in_quotes((file.parent_path() / near).string()));
}

void assign(Node& node, SourceMap& sources) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    node.items[i].path = fmt::format("{}[{}]", node.path, i);
    sources.place(node.items[i].path, node.items[i].at);
    assign(node.items[i], sources);
  }
  for (Entry& entry : node.entries) {
    entry.value.path = node.path.empty() ? entry.key : node.path + "." + entry.key;
    sources.place(entry.value.path, entry.value.kind == Node::Kind::scalar ? entry.value.at : entry.key_at);
    assign(entry.value, sources);
  }
}

/// The tree of a source that must hold a mapping.
std::optional<Node> read_mapping(int source, std::string_view path, const SourceMap& sources,
                                 Diagnostics& diagnostics) {
  const std::string_view text = sources.source(source).text;
  auto root = parse_yaml({source, text, 0}, diagnostics);
  if (!root) return std::nullopt;
  if (root->kind == Node::Kind::mapping) return root;
  if (root->kind == Node::Kind::null) {
    diagnostics.error(Location{source}, path, "the file is empty");
  } else {
    diagnostics.error(root->at, path, fmt::format("the file must hold a mapping, not {}", noun(root->kind)));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Node> read_yaml_file(const std::filesystem::path& file, std::string_view path, SourceMap& sources,
                                   Diagnostics& diagnostics) {
  Content content = read_text(file);
  const int source = sources.add({display_name(file), std::move(content.text)});
  if (!content.failure.empty()) {
    std::error_code ignored;
    const std::string help = std::filesystem::exists(file, ignored) ? "" : similar_file(file);
    diagnostics.error(Location{source}, path, content.failure, help);
    return std::nullopt;
  }
  return read_mapping(source, path, sources, diagnostics);
}

std::optional<Node> read_yaml_text(Source text, std::string_view path, SourceMap& sources, Diagnostics& diagnostics) {
  const bool too_large = text.text.size() > max_bytes;
  if (too_large) text.text.clear();
  const int source = sources.add(std::move(text));
  if (!too_large) return read_mapping(source, path, sources, diagnostics);
  diagnostics.error(Location{source}, path, too_large_message);
  return std::nullopt;
}

void assign_paths(Node& root, SourceMap& sources) {
  sources.place("", root.at);
  assign(root, sources);
}

}  // namespace ringtail
