#pragma once

#include <cstdint>
#include <span>

#include "routing/random.hpp"
#include "routing/routing_config.hpp"

namespace ringtail {

/// The hidden topic of each token and layer: which of the topics' tables it draws its experts from. Every topic is
/// equally likely for a token of a random sequence (with bursts, also of a random step).
///   - A token keeps the state of its predecessor in the sequence with probability `persistence`, else it is renewed.
///   - A renewed state has the sequence's own topic with probability `sequence_affinity`, else any.
///   - Any two layers follow the same state with probability `layer_affinity`, else they have topics of their own.
///   - With bursts, a `share` of the sequences has the one hot topic instead, for `steps` steps; then the next is hot.
/// docs/decisions/0022-correlated-routing.md gives the laws that follow. A topic is a pure function of (seed,
/// replication, layer, sequence, token index): the last renewal is found by walking back.
class TokenTopics {
 public:
  TokenTopics(const Correlation& correlation, std::uint64_t seed, int replication);

  /// The topic of each sequence's token `token_index` (token_index.hpp) in a layer.
  void topics(int layer, std::uint32_t token_index, std::span<const std::uint32_t> sequences,
              std::span<std::uint16_t> out) const;

  /// The topic that is hot in a step: in each cycle of `topics.count` bursts every one once, in random order.
  [[nodiscard]] std::uint16_t hot_topic(int step) const;

 private:
  [[nodiscard]] int last_renewal(std::uint64_t sequence_key, int position) const;

  Correlation correlation_;
  double follow_;  ///< P(a layer follows the shared state) = √layer_affinity.
  std::uint64_t renewal_key_;
  std::uint64_t source_key_;
  std::uint64_t burst_key_;
  RandomStream hot_order_;
};

}  // namespace ringtail
