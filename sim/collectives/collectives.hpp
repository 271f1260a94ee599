#pragma once

#include <vector>

#include "collectives/collectives_config.hpp"
#include "collectives/round.hpp"

namespace ringtail {

/// The algorithms of the dense collectives as rounds of transfers (docs/collectives.md). A member may post its part of
/// round j + 1 when it has received its part of round j. `shares[i]` are the bytes that belong to member i: what it
/// contributes to an all-gather, what it keeps of a reduce-scatter. N members, S = sum of the shares. One member needs
/// no rounds. None of these takes `automatic` or `formula`: std::invalid_argument (choice.hpp chooses).

/// Everyone ends up with all shares. direct: one round, member i sends its share to each other member. ring (Patarasuk
/// and Yuan, 2009): N-1 rounds, member i passes the share of member i-j on to member i+1.
std::vector<Round> all_gather(GatherAlgorithm algorithm, const std::vector<Bytes>& shares);

/// Member i ends up with the sum over members of share i. The all-gather's rounds turned around.
std::vector<Round> reduce_scatter(GatherAlgorithm algorithm, const std::vector<Bytes>& shares);

/// Everyone ends up with the sums of all shares.
/// - ring, two_shot: reduce-scatter and all-gather, ring or direct. With equal shares ring takes 2(N-1) rounds of S/N.
/// - one_shot: one round, everyone sends all S bytes to everyone and adds up for itself.
/// - recursive_doubling: in round j members whose numbers differ in bit j swap sums of S bytes. If N is no power of
/// two,
///   N = 2^p + r, the even ones of the first 2r members first hand their S bytes to their successors, sit out, and get
///   the sums at the end: p + 2 rounds (Thakur, Rabenseifner and Gropp, "Optimization of Collective Communication
///   Operations in MPICH", 2005, section 3.5).
/// - in_switch: the switch adds up what it reads from all members and writes sums to all (NVLink SHARP). A member
/// owning
///   S/N of the sum gives S to the reads and sends its sums, S/N; it gets S/N sums of the reads and S written: S(1+1/N)
///   out and in, while reads and writes overlap. Two rounds (a read, a write) of half of it, spread evenly over the
///   others, load the ports alike.
std::vector<Round> all_reduce(AllReduceAlgorithm algorithm, const std::vector<Bytes>& shares);

/// Member i's bytes[i][j] end up with member j; the diagonal stays at home.
/// - direct: one round, all at once.
/// - pairwise: N-1 rounds; in round j = 1.. member i sends to i XOR j if N is a power of two, else to i+j and hears
/// from
///   i-j (modulo N; Thakur, Rabenseifner and Gropp, 2005, section 3.3).
/// - ring: N-1 rounds; everything goes from neighbour to neighbour until it is there.
std::vector<Round> all_to_all(AllToAllAlgorithm algorithm, const std::vector<std::vector<Bytes>>& bytes);

}  // namespace ringtail
