#include <array>

#include "decode/overlap_policy.hpp"

namespace ringtail {

std::span<const Turn> turns_in_order() {
  static constexpr std::array<Turn, 12> turns = {{
      {Part::attention_projections},
      {Part::attention},
      {Part::dense_ffn},
      {Part::router},
      {Part::shared_up},
      {Part::shared_down},
      {Part::dispatch},
      {Part::receive},
      {Part::experts},
      {Part::combine},
      {Part::finish},
      {Part::token_all_gather},
  }};
  return turns;
}

/// Each collective is waited for as soon as it has begun.
OverlapPolicy no_overlap() {
  return {Overlap::Kind::none, "none", 1, turns_in_order(),
          [](const Model&, const Parallelism&) { return std::optional<OverlapRefusal>{}; }};
}

}  // namespace ringtail
