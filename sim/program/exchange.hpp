#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/copier.hpp"
#include "base/units.hpp"

namespace ringtail {

/// Bytes on their way to one rank. Always more than zero.
struct Transfer {
  int dst = 0;
  Bytes bytes = 0;
};

/// One round of a collective: what each of its ranks sends to which other. A rank's transfers start together, when the
/// rank posts them; ranks post at times of their own. Immutable once made.
struct Exchange {
  std::uint64_t id = 0;          ///< Unique in a simulation, in order of creation.
  std::uint64_t collective = 0;  ///< The collective that this is a round of: the id of its first exchange.
  int family = 0;                ///< What the collective is for: an index into Program::families().
  int layer = -1;                ///< Layer of the model, -1 outside the layers.
  int rounds = 1;                ///< Exchanges that the collective consists of.
  /// If given, the exchange takes no network: all that is sent has left and come so long after the last member has
  /// posted. Each member then sends and receives something.
  std::optional<Seconds> seconds = std::nullopt;
  bool is_for_next_step = false;     ///< Members that are sent to wait in the step after the one it is posted in.
  Copier copier = Copier::none;      ///< Whose rate limits the transfers beside their ports.
  std::vector<int> ranks;            ///< Members, ascending.
  std::vector<std::uint32_t> first;  ///< Row of member i: transfers [first[i], first[i + 1]); ranks.size() + 1 entries.
  std::vector<Transfer> transfers;   ///< Rows one after another; dst is a rank, never the sender.
  std::vector<std::uint32_t> incoming;  ///< Transfers that each member receives; one entry per member.

  [[nodiscard]] std::span<const Transfer> row(std::size_t member) const {
    return {transfers.data() + first[member], transfers.data() + first[member + 1]};
  }
};

}  // namespace ringtail
