#include "routing/routing_trace.hpp"

#include <algorithm>
#include <numeric>

namespace ringtail {
namespace {

/// Tokens at the beginning of both in which all choices agree.
std::size_t common_tokens(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b, std::size_t row) {
  const auto end = a.begin() + static_cast<long>(std::min(a.size(), b.size()));
  return static_cast<std::size_t>(std::mismatch(a.begin(), end, b.begin()).first - a.begin()) / row;
}

}  // namespace

std::size_t RoutingTrace::tokens() const {
  std::size_t total = 0;
  for (std::size_t s = 0; s < sequences.size(); ++s) total += tokens(s);
  return total;
}

RoutingTrace RoutingTrace::of(std::span<const std::size_t> wanted) const {
  RoutingTrace part = {.layers = layers, .experts_per_token = experts_per_token, .experts = experts};
  for (const std::size_t s : wanted) {
    part.names.push_back(names[s]);
    part.sequences.push_back(sequences[s]);
  }
  return part;
}

std::vector<std::vector<double>> expert_counts(const RoutingTrace& trace) {
  std::vector<std::vector<double>> counts(static_cast<std::size_t>(trace.layers),
                                          std::vector<double>(static_cast<std::size_t>(trace.experts)));
  for (std::size_t s = 0; s < trace.sequences.size(); ++s)
    for (std::size_t t = 0; t < trace.tokens(s); ++t)
      for (int layer = 0; layer < trace.layers; ++layer)
        for (const std::uint16_t expert : trace.chosen(s, t, layer)) ++counts[static_cast<std::size_t>(layer)][expert];
  return counts;
}

RoutingTrace without_common_prefixes(const RoutingTrace& trace, std::size_t& dropped) {
  // In sorted order a sequence has most in common with one of its neighbours.
  const std::size_t n = trace.sequences.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return trace.sequences[a] < trace.sequences[b]; });
  std::vector<std::size_t> common(n);
  for (std::size_t i = 1; i < n; ++i) {
    const std::size_t a = order[i - 1];
    const std::size_t b = order[i];
    const std::size_t tokens = common_tokens(trace.sequences[a], trace.sequences[b], trace.row());
    common[a] = std::max(common[a], tokens);
    common[b] = std::max(common[b], tokens);
  }
  RoutingTrace rest = {.layers = trace.layers, .experts_per_token = trace.experts_per_token, .experts = trace.experts};
  dropped = 0;
  for (std::size_t s = 0; s < n; ++s) {
    dropped += common[s];
    if (common[s] == trace.tokens(s)) continue;
    rest.names.push_back(trace.names[s]);
    rest.sequences.emplace_back(trace.sequences[s].begin() + static_cast<long>(common[s] * trace.row()),
                                trace.sequences[s].end());
  }
  return rest;
}

}  // namespace ringtail
