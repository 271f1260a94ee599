#pragma once

namespace ringtail {

/// Algorithms of the all-gather and reduce-scatter. direct: each rank exchanges with every other at once; ring: N-1
/// rounds between neighbours.
enum class GatherAlgorithm { direct, ring };

/// Algorithms of the all-reduce. two_shot: direct reduce-scatter, then direct all-gather; ring: 2(N-1) rounds.
enum class AllReduceAlgorithm { two_shot, ring };

/// How MoE dispatch and combine carry tokens (docs/decisions/0005-dispatch-modes.md). ll: one message per (token,
/// expert), straight to the expert's GPU; intra: one copy per (token, GPU), inside one island; inter: one copy per
/// (token, island) to the GPU of the same rail, which forwards one per GPU, in chunks.
enum class DispatchMode { ll, intra, inter };

struct Collectives {
  AllReduceAlgorithm all_reduce = AllReduceAlgorithm::two_shot;
  GatherAlgorithm all_gather = GatherAlgorithm::direct;
  GatherAlgorithm reduce_scatter = GatherAlgorithm::direct;
  DispatchMode dispatch = DispatchMode::ll;
  int dispatch_chunks = 4;  ///< Of inter.
};

}  // namespace ringtail
