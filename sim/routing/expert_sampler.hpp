#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "routing/expert_choice.hpp"
#include "routing/group_limit.hpp"
#include "routing/routing_config.hpp"
#include "routing/token_topics.hpp"

namespace ringtail {

/// Draws the experts of tokens: `experts_per_token` distinct ones of `experts`, each expert with its inclusion
/// probability. A draw is a pure function of (seed, replication, layer, sequence, token index): it does not depend on
/// ranks, on the order of calls or on the batch, so deployments with the same seed see the same tokens choose alike.
class ExpertSampler {
 public:
  struct Shape {
    int layers = 0;             ///< MoE layers.
    int experts = 0;            ///< Experts per layer, at most 65536.
    int experts_per_token = 0;  ///< k, at most `experts`.
    GroupLimit limit = {};
  };

  /// Throws std::invalid_argument if an inclusion probability would exceed 1 (see max_zipf_exponent), for a shape
  /// without layers, experts or 1 ≤ k ≤ experts, if counts have another shape, or if the groups of a token have less
  /// than k experts; std::runtime_error if the popularity cannot be met within the limit or with so strong topics.
  ExpertSampler(const Shape& shape, const Routing& routing, std::uint64_t seed, int replication);

  /// The experts of each sequence's token number `token_index` in MoE layer `layer` (0-based): out[i·k .. i·k + k) are
  /// those of sequences[i], in the order drawn. `out` has sequences.size() · k entries, or std::invalid_argument is
  /// thrown. Safe to call from several threads.
  void draw(int layer, std::uint32_t token_index, std::span<const std::uint32_t> sequences,
            std::span<std::uint16_t> out) const;

  /// The inclusion probability of each expert in a layer, mean over topics; they sum to k.
  [[nodiscard]] std::vector<double> inclusion(int layer) const;

 private:
  Shape shape_;
  std::shared_ptr<const ExpertChoice> choice_;
  std::optional<TokenTopics> topics_;
  std::vector<double> inclusion_;  ///< [layer][expert]
};

}  // namespace ringtail
