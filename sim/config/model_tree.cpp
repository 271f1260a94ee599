#include "config/model_tree.hpp"

#include <string>

namespace ringtail {

void ModelTree::set(std::string_view path, Node value, const Location& at) {
  Node* section = &root;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    const std::string_view key = path.substr(0, dot);
    path.remove_prefix(dot + 1);
    Entry* entry = section->find_entry(key);
    if (!entry) {
      Node inner;
      inner.kind = Node::Kind::mapping;
      inner.at = at;
      section->entries.push_back({std::string(key), at, std::move(inner)});
      entry = &section->entries.back();
    }
    section = &entry->value;
  }
  value.at = at;
  section->entries.push_back({std::string(path), at, std::move(value)});
}

void ModelTree::set(std::string_view path, const Figure& figure) {
  set(path, scalar(std::to_string(figure.value)), figure.at);
}

void ModelTree::set_true_if(std::string_view path, bool value) {
  if (value) set(path, scalar("true"), place_);
}

void ModelTree::set_text(std::string_view path, std::string_view text) {
  set(path, scalar(std::string(text), true), place_);
}

}  // namespace ringtail
