#pragma once

#include "closed_form/communication.hpp"
#include "platform/platform.hpp"

/// Island mapping: which links a group of ranks has, rank r on GPU r (a reconstruction; the paper names a primary and a
/// secondary link and no island size).
namespace ringtail::closed_form {

/// `ranks` ranks, each `stride` GPUs after the one before.
struct RankGroup {
  int ranks = 1;
  int stride = 1;
};

/// Members on one island, at most all.
[[nodiscard]] Spread spread_of(const RankGroup& group, const Platform& platform);

/// The links that a rank sends over, at their achieved fractions of the nominal rate: on an island its port, of a mesh
/// all links to `peers` peers together; on the fabric its share of the island's NICs.
[[nodiscard]] Link island_link(const Platform& platform, int peers);
[[nodiscard]] Link fabric_link(const Platform& platform);

/// The slowest hop of a ring through the group.
[[nodiscard]] Link ring_link(const Spread& spread, const Platform& platform);

}  // namespace ringtail::closed_form
