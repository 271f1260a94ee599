#include "config/constants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"

namespace ringtail {
namespace {

/// Whether `key` is `section`, or below it.
bool is_within(std::string_view key, std::string_view section) {
  return key.starts_with(section) && (key.size() == section.size() || key[section.size()] == '.');
}

const Provenance* provenance_of(const std::string& key, const Platform& platform) {
  const Provenance* best = nullptr;
  std::size_t length = 0;
  for (const Provenance& each : *platform.provenance) {
    for (const std::string& section : each.keys) {
      if (!is_within(key, section) || section.size() < length) continue;
      best = &each;
      length = section.size();
    }
  }
  return best;
}

void add_leaves(const Node& node, const std::string& path, std::vector<Constant>& constants) {
  for (const Entry& entry : node.entries) {
    if (path.empty() && (entry.key == "name" || entry.key == "source" || entry.key == "provenance")) continue;
    const std::string key = path.empty() ? entry.key : path + "." + entry.key;
    if (entry.value.kind == Node::Kind::mapping)
      add_leaves(entry.value, key, constants);
    else
      constants.push_back({key, to_flow_yaml(entry.value), nullptr});
  }
}

/// All that a key may name: figures and the sections above them.
std::set<std::string> names_of(const Platform& platform) {
  std::set<std::string> names;
  for (const Constant& constant : constants_of(platform))
    for (std::size_t end = constant.key.size(); end != std::string::npos; end = constant.key.rfind('.', end - 1))
      names.insert(constant.key.substr(0, end));
  return names;
}

}  // namespace

std::vector<Constant> constants_of(const Platform& platform) {
  std::vector<Constant> constants;
  add_leaves(platform_format().write(platform), "", constants);
  if (!platform.provenance) return constants;
  for (Constant& each : constants) each.provenance = provenance_of(each.key, platform);
  return constants;
}

bool is_calibrated(const Platform& platform) {
  const auto constants = constants_of(platform);
  return std::any_of(constants.begin(), constants.end(), [](const Constant& each) {
    return each.key.starts_with("gpu.kernels.") && each.provenance && each.provenance->kind == ConstantKind::fitted;
  });
}

std::string_view name_of(ConstantKind kind) {
  switch (kind) {
    case ConstantKind::nominal: return "nominal";
    case ConstantKind::measured: return "measured";
    case ConstantKind::fitted: return "fitted";
    case ConstantKind::assumed: return "assumed";
  }
  return "";
}

std::string error_text(const Provenance& provenance) {
  if (!provenance.error) return {};
  return fmt::format("median {:.3g} %, p90 {:.3g} %", 100 * provenance.error->median, 100 * provenance.error->p90);
}

void check_provenance(const Platform& platform, std::string_view prefix, const SourceMap& sources,
                      Diagnostics& diagnostics) {
  const std::string root = fmt::format("{}provenance", prefix);
  if (!platform.provenance || !diagnostics.sound(root)) return;
  const auto names = names_of(platform);
  for (std::size_t i = 0; i < platform.provenance->size(); ++i) {
    const auto& keys = (*platform.provenance)[i].keys;
    for (std::size_t j = 0; j < keys.size(); ++j) {
      const std::string& key = keys[j];
      if (names.contains(key)) continue;
      const std::string path = fmt::format("{}[{}].keys[{}]", root, i, j);
      const std::string near = nearest(key, {names.begin(), names.end()});
      diagnostics.error(sources.find(path), path, fmt::format("{} is no figure of the platform", in_quotes(key)),
                        near.empty() ? "write it like gpu.hbm.bandwidth, or a section: gpu.kernels"
                                     : fmt::format("did you mean {}?", in_quotes(near)));
    }
  }
}

}  // namespace ringtail
