#pragma once

namespace ringtail {

/// Algorithms of the all-gather and reduce-scatter. direct: each rank exchanges with every other at once; ring: N-1
/// rounds between neighbours.
enum class GatherAlgorithm { direct, ring };

/// Algorithms of the all-reduce. two_shot: direct reduce-scatter, then direct all-gather; ring: 2(N-1) rounds.
enum class AllReduceAlgorithm { two_shot, ring };

struct Collectives {
  AllReduceAlgorithm all_reduce = AllReduceAlgorithm::two_shot;
  GatherAlgorithm all_gather = GatherAlgorithm::direct;
  GatherAlgorithm reduce_scatter = GatherAlgorithm::direct;
};

}  // namespace ringtail
