#include "decode/kv_imbalance.hpp"

#include <algorithm>
#include <numeric>

#include "decode/blocks.hpp"

namespace ringtail {
namespace {

double max_over_mean(const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return sum > 0 ? *std::max_element(values.begin(), values.end()) * static_cast<double>(values.size()) / sum : 1;
}

}  // namespace

KvImbalance kv_imbalance(const DecodeSpec& given) {
  DecodeSpec spec = given;
  spec.layout = spec.layout.with_tokens_per_sequence(1 + spec.draft);
  spec.reads = std::make_shared<const CacheReads>(cache_reads(spec));
  std::vector<double> tokens, seconds;
  for (int rank = 0; rank < spec.layout.ranks(); ++rank) {
    double of_rank = 0, time = 0;
    for (int layer = 0; layer < spec.model.layers; ++layer) {
      of_rank += spec.attended_tokens(rank, layer) * spec.group_tokens(rank);
      time += attention_core_seconds(spec, rank, layer);
    }
    tokens.push_back(of_rank);
    seconds.push_back(time);
  }
  const std::vector<int>& contexts = spec.deal->contexts;
  const std::vector<int>& groups = spec.deal->of_group;
  return {.rank_max_over_mean = max_over_mean(tokens),
          .attention_max_over_mean = max_over_mean(seconds),
          .mean_context = std::accumulate(contexts.begin(), contexts.end(), 0.0) / static_cast<double>(contexts.size()),
          .shortest_context = static_cast<double>(*std::min_element(contexts.begin(), contexts.end())),
          .longest_context = static_cast<double>(*std::max_element(contexts.begin(), contexts.end())),
          .fewest_sequences = static_cast<double>(*std::min_element(groups.begin(), groups.end())),
          .most_sequences = static_cast<double>(*std::max_element(groups.begin(), groups.end()))};
}

}  // namespace ringtail
