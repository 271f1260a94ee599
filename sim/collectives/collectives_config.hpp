#pragma once

#include <optional>

namespace ringtail {

/// Algorithms of collectives (collectives.hpp says what each does). automatic: the one with the least estimated time.
/// formula: no algorithm, but the closed form's time (formula.hpp); not in YAML, but for
/// Effects::collective_algorithms.
enum class AllReduceAlgorithm { automatic, one_shot, two_shot, recursive_doubling, ring, in_switch, formula };
enum class GatherAlgorithm { automatic, direct, ring, formula };  ///< Of all-gather and reduce-scatter.
enum class AllToAllAlgorithm { automatic, direct, pairwise, ring, formula };

/// How MoE dispatch and combine carry tokens (docs/decisions/0005-dispatch-modes.md). ll: one message per (token,
/// expert), straight to the expert's GPU; intra: one copy per (token, GPU), inside one island; inter: one copy per
/// (token, island) to the GPU of the same rail, which forwards one per GPU, in chunks;
/// formula: as above, of as many messages as ll has.
enum class DispatchMode { automatic, ll, intra, inter, formula };

struct Collectives {
  AllReduceAlgorithm all_reduce = AllReduceAlgorithm::automatic;
  GatherAlgorithm all_gather = GatherAlgorithm::automatic;
  GatherAlgorithm reduce_scatter = GatherAlgorithm::automatic;
  AllToAllAlgorithm all_to_all = AllToAllAlgorithm::automatic;
  DispatchMode dispatch = DispatchMode::ll;
  int dispatch_chunks = 4;  ///< Of inter.

  // SMs that a GPU gives to copying; not given: as many as the ports need.
  std::optional<int> dispatch_sms;  ///< Of dispatch and combine in modes intra and inter.
  std::optional<int> dense_sms;     ///< Of dense collectives.

  // Families that differ from the above.
  std::optional<AllReduceAlgorithm> embedding_all_reduce;
  std::optional<AllToAllAlgorithm> kvp_exchange;
  std::optional<AllToAllAlgorithm> cp_return;
  std::optional<AllReduceAlgorithm> attention_all_reduce;
  std::optional<GatherAlgorithm> attention_reduce_scatter;
  std::optional<GatherAlgorithm> ffn_all_gather;
  std::optional<AllReduceAlgorithm> ffn_all_reduce;
  std::optional<GatherAlgorithm> ffn_reduce_scatter;
  std::optional<GatherAlgorithm> token_all_gather;
  std::optional<GatherAlgorithm> sampling_all_gather;
};

}  // namespace ringtail
