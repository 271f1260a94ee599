#include "routing/token_topics.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include "routing/token_index.hpp"

namespace ringtail {
namespace {

/// 32 random bits of x as a fraction below 1.
double fraction(std::uint64_t x) { return static_cast<double>(x >> 32) * 0x1p-32; }

/// One of n, each with probability 1/n to 2^-32.
std::uint16_t one_of(std::uint64_t x, int n) {
  return static_cast<std::uint16_t>(((x >> 32) * static_cast<std::uint64_t>(n)) >> 32);
}

std::uint64_t key_of(std::uint64_t seed, int replication, const char* name) {
  return RandomStream(seed, replication, name).key();
}

}  // namespace

TokenTopics::TokenTopics(const Correlation& correlation, std::uint64_t seed, int replication)
    : correlation_(correlation),
      follow_(std::sqrt(correlation.layer_affinity)),
      renewal_key_(key_of(seed, replication, "topic_renewal")),
      source_key_(key_of(seed, replication, "topic")),
      burst_key_(key_of(seed, replication, "burst")),
      hot_order_(seed, replication, "hot_topic") {}

/// All are renewed at 0, so that what came before the simulation does not change it.
int TokenTopics::last_renewal(std::uint64_t sequence_key, int position) const {
  const int first = position < 0 ? -token_index_stride : 0;
  while (position > first &&
         fraction(mix64(sequence_key ^ static_cast<std::uint64_t>(position))) < correlation_.persistence)
    --position;
  return position;
}

std::uint16_t TokenTopics::hot_topic(int step) const {
  const int count = correlation_.topics.count;
  const int burst = floor_quotient(step, correlation_.bursts->steps);
  const int cycle = floor_quotient(burst, count);
  std::vector<std::uint16_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  shuffle(std::span(order), hot_order_, static_cast<std::uint32_t>(cycle));
  return order[static_cast<std::size_t>(burst - cycle * count)];
}

void TokenTopics::topics(int layer, std::uint32_t token_index, std::span<const std::uint32_t> sequences,
                         std::span<std::uint16_t> out) const {
  const int count = correlation_.topics.count;
  const TokenPosition at = position_of(token_index);
  const int position = at.step + at.number;
  // Renewed states are told apart by the position of the renewal, from 1 on; 0 is the sequence's own.
  constexpr std::uint64_t own = 0;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const int renewal = last_renewal(mix64(renewal_key_ ^ sequences[i]), position);
    const std::uint64_t sequence_key = mix64(source_key_ ^ sequences[i]);
    const std::uint64_t renewed = mix64(sequence_key ^ (static_cast<std::uint64_t>(renewal) + (renewal >= 0 ? 1 : 0)));
    const bool is_own = fraction(mix64(renewed)) < correlation_.sequence_affinity;
    const std::uint64_t state = is_own ? mix64(sequence_key ^ own) : renewed;
    const std::uint64_t of_layer = mix64(state ^ ((static_cast<std::uint64_t>(layer) + 1) << 32));
    const bool follows = follow_ >= 1 || fraction(mix64(of_layer)) < follow_;
    out[i] = one_of(follows ? state : of_layer, count);
  }
  if (!correlation_.bursts) return;
  const std::uint16_t hot = hot_topic(at.step);
  const std::uint64_t burst_key =
      mix64(burst_key_ ^ static_cast<std::uint64_t>(floor_quotient(at.step, correlation_.bursts->steps)));
  for (std::size_t i = 0; i < sequences.size(); ++i)
    if (fraction(mix64(burst_key ^ sequences[i])) < correlation_.bursts->share) out[i] = hot;
}

}  // namespace ringtail
