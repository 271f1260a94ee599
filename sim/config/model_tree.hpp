#pragma once

#include <string_view>

#include "config/config_reader.hpp"
#include "config/node.hpp"

namespace ringtail {

/// A model file under construction: values by path, "attention.heads", in the order in which they are set.
class ModelTree {
 public:
  Node root;

  explicit ModelTree(Location place) : place_(place) { root.kind = Node::Kind::mapping; }

  void set(std::string_view path, Node value, const Location& at);
  void set(std::string_view path, const Figure& figure);
  void set(std::string_view path, int value) { set(path, Figure{value, place_}); }
  void set_true_if(std::string_view path, bool value);  ///< Left out if false, which is the default.
  void set_text(std::string_view path, std::string_view text);

  [[nodiscard]] const Location& place() const { return place_; }

 private:
  Location place_;  ///< Of what has none of its own.
};

}  // namespace ringtail
