#pragma once

#include <string_view>
#include <vector>

#include "results/result_keys.hpp"

namespace ringtail {

/// "step.seconds.mean" is "step", "seconds", "mean".
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view key);

/// "advice[0]" and "advice[]" are "advice".
[[nodiscard]] std::string_view without_index(std::string_view word);

/// Whether a word in a table stands for any key: FAMILY.
[[nodiscard]] bool stands_for_any(std::string_view word);

/// What values a row allows, as its unit says (ResultKey::unit).
struct ValueRule {
  enum class Presence { always, if_feasible, optional };
  std::string_view type;           ///< "text", "true or false", "object", "any", else the unit of a number.
  bool may_be_null = false;        ///< Of a list: all of it.
  bool items_may_be_null = false;  ///< Each item of a list.
  bool may_be_negative = false;
  Presence presence = Presence::always;  ///< As long as there is what it is in.
};
[[nodiscard]] ValueRule rule_of(const ResultKey& row);

}  // namespace ringtail
