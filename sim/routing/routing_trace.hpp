#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ringtail {

/// Which experts each token of some sequences chose in each MoE layer.
struct RoutingTrace {
  int layers = 0;                                          ///< MoE layers.
  int experts_per_token = 0;                               ///< k, the same everywhere.
  int experts = 0;                                         ///< At least the largest expert's number + 1.
  std::vector<std::string> names = {};                     ///< Of sequences.
  std::vector<std::vector<std::uint16_t>> sequences = {};  ///< Of each: [token][layer][choice]

  [[nodiscard]] std::size_t row() const {
    return static_cast<std::size_t>(layers) * static_cast<std::size_t>(experts_per_token);
  }
  [[nodiscard]] std::size_t tokens(std::size_t sequence) const { return sequences[sequence].size() / row(); }
  [[nodiscard]] std::size_t tokens() const;

  /// The k experts of a token in a layer.
  [[nodiscard]] std::span<const std::uint16_t> chosen(std::size_t sequence, std::size_t token, int layer) const {
    const auto k = static_cast<std::size_t>(experts_per_token);
    return std::span(sequences[sequence]).subspan(token * row() + static_cast<std::size_t>(layer) * k, k);
  }

  /// The part with these sequences, in this order.
  [[nodiscard]] RoutingTrace of(std::span<const std::size_t> wanted) const;
};

/// [layer][expert]: how often each expert was chosen.
[[nodiscard]] std::vector<std::vector<double>> expert_counts(const RoutingTrace& trace);

/// The trace without what sequences begin alike with, such as a system prompt that they share: from each, as many
/// first tokens as it has in common with any other, choice by choice. `dropped` is their number. Sequences of which
/// nothing is left are gone.
[[nodiscard]] RoutingTrace without_common_prefixes(const RoutingTrace& trace, std::size_t& dropped);

}  // namespace ringtail
