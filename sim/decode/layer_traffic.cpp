#include "decode/layer_traffic.hpp"

#include <numeric>

#include "collectives/collectives.hpp"
#include "parallel/messages.hpp"

namespace ringtail {
namespace {

/// DeepEP low-latency dispatch ends with one int32 per (expert, source) that carries the number of tokens
/// (github.com/deepseek-ai/DeepEP csrc/kernels/internode_ll.cu).
constexpr Bytes count_flag_bytes = 4;

std::vector<int> all_ranks(const DecodeSpec& spec) {
  std::vector<int> ranks(static_cast<std::size_t>(spec.layout.ranks()));
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}

}  // namespace

LayerTraffic draw_traffic(const DecodeSpec& spec, const ExpertSampler& sampler, int moe_layer, int step) {
  const Layout& layout = spec.layout;
  const Moe& moe = *spec.model.moe;
  const auto ranks = static_cast<std::size_t>(layout.ranks());
  std::vector<std::uint32_t> sequences(static_cast<std::size_t>(layout.batch_total()));
  std::iota(sequences.begin(), sequences.end(), 0U);
  const auto k = static_cast<std::size_t>(moe.experts_per_token);
  std::vector<std::uint16_t> chosen(sequences.size() * k);
  sampler.draw(moe_layer, static_cast<std::uint32_t>(step), sequences, chosen);

  LayerTraffic traffic{all_ranks(spec), std::vector<int>(static_cast<std::size_t>(moe.experts)),
                       std::vector<int>(ranks), std::vector<int>(ranks * ranks)};
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const auto owner = static_cast<std::size_t>(layout.owner(static_cast<int>(i)));
    int* const row = traffic.copies_between.data() + owner * ranks;
    for (std::size_t j = i * k; j < (i + 1) * k; ++j) {
      ++traffic.copies_of_expert[chosen[j]];
      for (const int holder : layout.expert_holders(chosen[j])) ++row[holder];
    }
  }
  for (std::size_t owner = 0; owner < ranks; ++owner)
    traffic.sent_by_rank[owner] =
        std::accumulate(traffic.copies_between.begin() + static_cast<long>(owner * ranks),
                        traffic.copies_between.begin() + static_cast<long>((owner + 1) * ranks), 0);
  return traffic;
}

CollectivePlan dispatch_plan(const DecodeSpec& spec, const LayerTraffic& traffic) {
  const auto ranks = static_cast<std::size_t>(spec.layout.ranks());
  const Bytes message = dispatch_message(spec.model, spec.precision.dispatch);
  Round round(ranks);
  for (std::size_t owner = 0; owner < ranks; ++owner) {
    for (std::size_t holder = 0; holder < ranks; ++holder) {
      const int copies = traffic.copies_between[owner * ranks + holder];
      const Bytes flags = spec.layout.experts_of(static_cast<int>(holder)).count * count_flag_bytes;
      if (owner != holder) round[owner].push_back({static_cast<int>(holder), copies * message + flags});
    }
  }
  return make_plan(traffic.ranks, {round});
}

CollectivePlan combine_plan(const DecodeSpec& spec, const LayerTraffic& traffic) {
  const auto ranks = static_cast<std::size_t>(spec.layout.ranks());
  const Bytes message = combine_message(spec.model, spec.precision.combine);
  Round round(ranks);
  for (std::size_t owner = 0; owner < ranks; ++owner) {
    for (std::size_t holder = 0; holder < ranks; ++holder) {
      const int copies = traffic.copies_between[owner * ranks + holder];
      if (owner != holder && copies > 0) round[holder].push_back({static_cast<int>(owner), copies * message});
    }
  }
  return make_plan(traffic.ranks, {round});
}

}  // namespace ringtail
