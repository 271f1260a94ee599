#include "config/layer_pattern.hpp"

#include <algorithm>

namespace ringtail {

std::optional<MoePlaces> moe_layers(const std::vector<bool>& marked) {
  const auto first = std::find(marked.begin(), marked.end(), true);
  if (first == marked.end()) return std::nullopt;
  const auto second = std::find(first + 1, marked.end(), true);
  // A single one is the only one within its distance to the end.
  const MoePlaces places{static_cast<int>(first - marked.begin()), static_cast<int>(second - first)};
  for (int layer = 0; layer < static_cast<int>(marked.size()); ++layer) {
    const bool expected = layer >= places.first && (layer - places.first) % places.every == 0;
    if (marked[static_cast<std::size_t>(layer)] != expected) return std::nullopt;
  }
  return places;
}

std::optional<int> full_layers(const std::vector<bool>& marked) {
  const auto first = std::find(marked.begin(), marked.end(), true);
  if (first == marked.end()) return 0;
  const int every = static_cast<int>(first - marked.begin()) + 1;
  for (int layer = 0; layer < static_cast<int>(marked.size()); ++layer)
    if (marked[static_cast<std::size_t>(layer)] != ((layer + 1) % every == 0)) return std::nullopt;
  return every;
}

}  // namespace ringtail
