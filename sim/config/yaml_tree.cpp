#include "config/yaml_tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "config/text.hpp"

namespace ringtail {

namespace {

constexpr std::size_t max_depth = 32;  // yaml-cpp recurses

/// Line number `line` (from 1) and all that follows.
std::string_view from_line(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

/// Bytes that a scalar takes up in the line it begins in.
int scalar_width(std::string_view rest, std::string_view value) {
  const char quote = rest.empty() ? '\0' : rest[0];
  if (quote == '"' || quote == '\'') {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != quote && rest[end] != '\n')
      end += rest[end] == '\\' && quote == '"' ? 2 : 1;
    return static_cast<int>(std::min(end + 1, rest.size()));
  }
  return rest.substr(0, value.size()) == value ? std::max(static_cast<int>(value.size()), 1) : 1;
}

/// Builds the tree from yaml-cpp's events, which tell what its own nodes forget.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlText& yaml, Diagnostics& diagnostics) : yaml_(yaml), diagnostics_(diagnostics) {}

  std::optional<Node> root;

  [[nodiscard]] Location locate(const YAML::Mark& mark, std::string_view value = {}) {
    const int line = mark.is_null() ? 1 : mark.line + 1;
    if (line != line_) rest_ = from_line(line > line_ ? rest_ : yaml_.text, line > line_ ? line - line_ + 1 : line);
    line_ = line;
    const int column = mark.is_null() ? 0 : mark.column;
    const auto rest = rest_.substr(std::min(static_cast<std::size_t>(column), rest_.size()));
    return {yaml_.source, line, 1 + column + (line == 1 ? yaml_.offset : 0), scalar_width(rest, value)};
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    Node node;
    node.at = locate(mark);
    add(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (!alias_seen_) diagnostics_.error(locate(mark), "", "aliases (*) are not allowed", "write the value out");
    alias_seen_ = true;
    Node node;
    node.kind = Node::Kind::invalid;
    node.at = locate(mark);
    add(std::move(node));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    Node node = scalar(value, tag == "!");
    node.at = locate(mark, value);
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    start(Node::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    start(Node::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  /// A list or mapping that is not complete yet.
  struct Open {
    Node node;
    std::map<std::string, int> lines;  ///< Of the keys so far.
    std::optional<Entry> key;          ///< The key whose value comes next.
    bool keep = true;                  ///< Whether that value counts.
  };

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == YAML::NullAnchor) return;
    diagnostics_.error(locate(mark), "", "anchors (&) are not allowed", "write the value out where it is needed");
  }

  /// Untagged scalars come with "?" (plain) or "!" (quoted).
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    constexpr std::string_view standard = "tag:yaml.org,2002:";
    const std::string written = tag.rfind(standard, 0) == 0 ? "!!" + tag.substr(standard.size()) : tag;
    diagnostics_.error(locate(mark), "", fmt::format("the tag {} is not allowed", in_quotes(written)), "remove it");
  }

  void start(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() == max_depth)
      throw YAML::ParserException(mark, fmt::format("nested deeper than {} levels", max_depth));
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    Open open;
    open.node.kind = kind;
    open.node.at = locate(mark);
    open_.push_back(std::move(open));
  }

  void end() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    if (open_.empty() && !node.entries.empty()) node.at = node.entries.front().key_at;
    add(std::move(node));
  }

  void add(Node node) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    Open& open = open_.back();
    if (open.node.kind == Node::Kind::list) {
      if (diagnostics_.full()) throw YAML::ParserException(YAML::Mark(), "too many errors");
      open.node.items.push_back(std::move(node));
      return;
    }
    if (!open.key) {
      begin_entry(open, node);
      return;
    }
    if (open.keep) {
      if (node.kind != Node::Kind::scalar) node.at = open.key->key_at;
      open.key->value = std::move(node);
      open.node.entries.push_back(std::move(*open.key));
    }
    open.key.reset();
  }

  void begin_entry(Open& open, const Node& key) {
    if (diagnostics_.full()) throw YAML::ParserException(YAML::Mark(), "too many errors");
    open.key = Entry{key.text, key.at, {}};
    open.keep = false;
    if (key.kind != Node::Kind::scalar) {
      diagnostics_.error(key.at, "", fmt::format("a key must be a word, not {}", noun(key.kind)));
    } else if (key.text == "<<" && !key.quoted) {
      diagnostics_.error(key.at, "", "merge keys (<<) are not allowed", "write the keys out");
    } else if (const auto [first, is_new] = open.lines.emplace(key.text, key.at.line); !is_new) {
      diagnostics_.error(key.at, "", fmt::format("duplicate key {}", in_quotes(key.text)),
                         fmt::format("it is in line {} already", first->second));
    } else {
      open.keep = true;
    }
  }

  const YamlText& yaml_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  bool alias_seen_ = false;  ///< One error for all aliases is enough.
  int line_ = 1;
  std::string_view rest_ = yaml_.text;  ///< From line_ on: marks mostly ascend, so lines are counted once.
};

/// Line and column of a byte.
YAML::Mark mark_of(std::string_view text, std::size_t offset) {
  YAML::Mark mark;
  const auto before = text.substr(0, offset);
  mark.line = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  mark.column = static_cast<int>(offset - (before.rfind('\n') + 1));  // npos + 1 is 0
  return mark;
}

/// What the usual causes of yaml-cpp's messages are.
std::string syntax_help(std::string_view text, const YAML::Exception& error) {
  for (int line = 1; !text.empty() && line <= error.mark.line + 1; ++line) {
    const auto indentation = text.substr(0, text.find_first_not_of(" \t"));
    if (indentation.find('\t') != std::string_view::npos)
      return fmt::format("line {} is indented with a tab: use spaces", line);
    text = from_line(text, 2);
  }
  if (error.msg == YAML::ErrorMsg::MAP_VALUE) return "check the indentation; text with ': ' in it needs quotes";
  if (error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW) return "a ',' or '}' is missing";
  if (error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) return "a ',' or ']' is missing";
  return {};
}

}  // namespace

std::optional<Node> parse_yaml(const YamlText& yaml, Diagnostics& diagnostics) {
  TreeBuilder builder(yaml, diagnostics);
  if (const auto flaw = find_text_flaw(yaml.text)) {
    diagnostics.error(builder.locate(mark_of(yaml.text, flaw->offset)), "", flaw->message);
    return std::nullopt;
  }
  std::istringstream stream{std::string(yaml.text)};
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    auto root = std::move(builder.root);
    TreeBuilder second(yaml, diagnostics);
    if (parser.HandleNextDocument(second)) {
      const Location at = second.root ? second.root->at : Location{yaml.source};
      diagnostics.error(at, "", "a second YAML document", "a file holds one: remove what follows the line '---'");
    }
    return root ? root : Node{};
  } catch (const YAML::Exception& error) {
    diagnostics.error(builder.locate(error.mark), "", "YAML: " + error.msg, syntax_help(yaml.text, error));
    return std::nullopt;
  }
}

}  // namespace ringtail
