#include "config/commented_deployment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/effective.hpp"
#include "config/schema.hpp"

namespace ringtail {

namespace {

const FieldInfo& field_of(const std::vector<FieldInfo>& fields, const std::string& key) {
  return *std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& field) { return field.key == key; });
}

/// "  key: value      # help", and below it the keys of a section. `prefix` makes all of it a comment.
void write_entry(const Entry& entry, const FieldInfo& field, const std::string& prefix, std::string& out) {
  constexpr int help_column = 32;
  const bool is_section = field.type.kind == TypeInfo::Kind::mapping && entry.value.kind == Node::Kind::mapping;
  const std::string text =
      fmt::format("{}{}:{}", prefix, entry.key, is_section ? std::string() : " " + to_yaml(entry.value));
  out += fmt::format("{:<{}} # {}\n", text, help_column, field.help);
  if (!is_section) return;
  for (const Entry& inner : entry.value.entries)
    write_entry(inner, field_of(field.type.fields, inner.key), prefix + "  ", out);
}

}  // namespace

std::string commented_deployment(const Deployment& deployment, const std::string& model, const std::string& platform) {
  constexpr std::array<std::string_view, 7> written = {"name",        "model",     "platform", "gpus",
                                                       "parallelism", "precision", "decode"};
  const auto& fields = deployment_format().info.fields;
  Node tree = effective_tree(deployment);
  tree.find_entry("model")->value = scalar(model, true);
  tree.find_entry("platform")->value = scalar(platform, true);
  std::string out;
  std::string rest;
  for (const Entry& entry : tree.entries) {
    const bool is_written = std::find(written.begin(), written.end(), entry.key) != written.end();
    write_entry(entry, field_of(fields, entry.key), is_written ? "" : "#", is_written ? out : rest);
  }
  return out + "\n# All other keys with their defaults: remove the # of a section to change it.\n" + rest;
}

}  // namespace ringtail
