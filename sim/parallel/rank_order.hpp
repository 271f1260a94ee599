#pragma once

#include <vector>

#include "parallel/parallelism.hpp"

namespace ringtail {

/// Whether the order names each degree above 1, and none twice; or none at all, which is the order of ranks.
[[nodiscard]] bool is_order(const Parallelism& parallelism);

/// By rank: the GPU that it is on, with `order` counting GPUs as ranks are counted by the order tp, kvp, cp, dp, pp. A
/// permutation of 0 .. ranks - 1 if that is an order.
[[nodiscard]] std::vector<int> gpu_of_rank(const Parallelism& parallelism);

/// Whether rank r is on GPU r.
[[nodiscard]] bool is_in_order(const Parallelism& parallelism);

/// EP ranks that fill an island: where an EP rank is wider than an island, each counts as one. 0 if ranks are not in
/// order and the EP ranks of some FFN group do not lie on islands one after the other, as many on each.
[[nodiscard]] int ep_ranks_per_island(const Parallelism& parallelism, int island_size);

}  // namespace ringtail
