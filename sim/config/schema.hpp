#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/deployment.hpp"
#include "config/field.hpp"

namespace ringtail {

/// The field tables: every key of the YAML files once, with member, type, unit, range, default and help. Reading,
/// checking, defaults, the effective configuration and all documentation come from them. `Format::info` is the part
/// that generators of documentation walk.
[[nodiscard]] const Format<Deployment>& deployment_format();
[[nodiscard]] Format<ContextLengths> context_format();  ///< Of decode.context.
[[nodiscard]] Format<Routing> routing_format();
[[nodiscard]] Format<Model> model_format();
[[nodiscard]] Format<Platform> platform_format();
[[nodiscard]] Field<Platform> degrade_field();              ///< Beside a platform: deviations of single GPUs and links.
[[nodiscard]] Format<Platform> degraded_platform_format();  ///< A platform with that field.

/// The names of a table of words and their values.
template <class Value, std::size_t n>
Format<Value> named_choice(const std::pair<std::string_view, Value> (&names)[n]) {
  std::vector<std::pair<std::string, Value>> options;
  for (const auto& [name, value] : names) options.emplace_back(name, value);
  return choice<Value>(options);
}

}  // namespace ringtail
