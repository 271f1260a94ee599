#pragma once

#include <optional>
#include <vector>

namespace ringtail {

/// Where layers with experts are: `first`, and from there every `every`-th.
struct MoePlaces {
  int first = 0;
  int every = 1;
};

/// The places of the marked layers; nothing if they are no such sequence, or none.
[[nodiscard]] std::optional<MoePlaces> moe_layers(const std::vector<bool>& marked);

/// n if the marked layers are n - 1, 2 · n - 1, ..: 1 if all are, 0 if none is; nothing if they are no such sequence.
[[nodiscard]] std::optional<int> full_layers(const std::vector<bool>& marked);

}  // namespace ringtail
