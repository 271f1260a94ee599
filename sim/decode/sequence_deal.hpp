#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "decode/decode_config.hpp"
#include "routing/random.hpp"

namespace ringtail {

/// Name of the random stream of assignments.
inline constexpr std::string_view assignment_stream = "sequence_assignment";

/// Which sequences each attention group has, and how long they are. Places are those of a Layout: group by group.
struct SequenceDeal {
  std::vector<int> of_group;       ///< How many sequences each group has.
  std::vector<std::uint32_t> ids;  ///< By place; ascending in a group.
  std::vector<int> contexts;       ///< By place: cached tokens.
};

/// Deals sequences 0 .. lengths.size() - 1 to `groups` attention groups:
/// - round_robin: all groups have as many, but for the first ones that have one more. Which ids a group has makes no
///   difference to lengths that are drawn independently, so they are numbered through group by group, as a Layout does
///   of itself.
/// - random: each sequence goes to any group with equal chances.
/// - least_loaded: in the order of ids, each goes to the group whose sequences have the fewest cached tokens so far,
/// the
///   first of those (list scheduling; Graham: Bounds on multiprocessing timing anomalies, SIAM J. Appl. Math. 17,
///   1969).
/// With the last two a sequence's group depends on no later one.
SequenceDeal deal_sequences(Assignment assignment, std::span<const int> lengths, int groups,
                            const RandomStream& stream);

/// The sequences of a replication; null if they are all alike and the groups as even as can be, which needs no table.
std::shared_ptr<const SequenceDeal> deal_of(const Decode& decode, int batch_total, int groups, std::uint64_t seed,
                                            int replication);

}  // namespace ringtail
