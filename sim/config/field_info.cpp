#include <fmt/format.h>

#include "config/field.hpp"

namespace ringtail {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

bool Range::contains(double value) const {
  return (min_excluded ? value > min : value >= min) && (max_excluded ? value < max : value <= max);
}

std::string Range::text(const UnitKind* unit) const {
  const auto written = [&](double value) { return unit ? format_quantity(value, *unit) : format_number(value); };
  if (min > -infinity && max < infinity && !min_excluded && !max_excluded)
    return fmt::format("from {} to {}", written(min), written(max));
  std::string result;
  if (min > -infinity) result = fmt::format("{} {}", min_excluded ? "above" : "at least", written(min));
  if (max == infinity) return result;
  return fmt::format("{}{}{} {}", result, result.empty() ? "" : " and ", max_excluded ? "below" : "at most",
                     written(max));
}

std::string TypeInfo::text() const {
  const std::string limits = range.text(unit).empty() ? "" : ", " + range.text(unit);
  switch (kind) {
    case Kind::text: return "text";
    case Kind::boolean: return "true | false";
    case Kind::integer: return (words.empty() ? "" : words.front() + " | ") + "whole number" + limits;
    case Kind::number: return "number" + limits;
    case Kind::quantity: return fmt::format("{} such as {}{}", unit->noun, unit->example, limits);
    case Kind::choice: return fmt::format("{}", fmt::join(words, " | "));
    case Kind::mapping: return folder.empty() ? "mapping" : fmt::format("name from {}, or mapping", folder);
    case Kind::list: return "list of: " + item.front().text();
    case Kind::anything: return "any value";
    case Kind::dictionary: return "mapping of " + entries;
    case Kind::one_of: break;
  }
  auto ways = words;
  if (!item.empty()) ways.push_back(item.front().text());
  for (const FieldInfo& field : fields) ways.push_back(fmt::format("{{{}: {}}}", field.key, field.type.text()));
  return fmt::format("{}", fmt::join(ways, " | "));
}

}  // namespace ringtail
