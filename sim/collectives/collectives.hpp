#pragma once

#include <vector>

#include "collectives/collectives_config.hpp"
#include "collectives/round.hpp"

namespace ringtail {

/// The algorithms of the dense collectives as rounds of transfers. A member may post its part of round j + 1 when it
/// has received its part of round j. `shares[i]` are the bytes that belong to member i: what it contributes to an
/// all-gather, what it keeps of a reduce-scatter. One member needs no rounds.

/// Everyone ends up with all shares. direct: one round, member i sends its share to each other member. ring (Patarasuk
/// and Yuan, 2009): N-1 rounds, member i passes the share of member i-j on to member i+1.
std::vector<Round> all_gather(GatherAlgorithm algorithm, const std::vector<Bytes>& shares);

/// Member i ends up with the sum over members of share i. The all-gather's rounds turned around.
std::vector<Round> reduce_scatter(GatherAlgorithm algorithm, const std::vector<Bytes>& shares);

/// Everyone ends up with the sums of all shares: a reduce-scatter and an all-gather. With equal shares S/N, ring takes
/// 2(N-1) rounds of S/N bytes.
std::vector<Round> all_reduce(AllReduceAlgorithm algorithm, const std::vector<Bytes>& shares);

/// One round: member i sends bytes[i][j] to member j, all at once. The diagonal stays at home.
std::vector<Round> all_to_all(const std::vector<std::vector<Bytes>>& bytes);

}  // namespace ringtail
