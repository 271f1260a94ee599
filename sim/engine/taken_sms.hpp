#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/copier.hpp"
#include "program/exchange.hpp"

namespace ringtail {

/// Which of a rank's SMs its collectives hold: from the first post until all of the rank's transfers have left and all
/// that are sent to it have come.
class TakenSms {
 public:
  TakenSms(int ranks, const TakenShares& shares) : shares_(shares), holders_(static_cast<std::size_t>(ranks)) {}

  /// The rank has posted its part of an exchange.
  void posted(int rank, const Exchange& exchange);

  /// The rank's transfers of an exchange have left, or those to it have come: each is told once, also if there are
  /// none.
  void ended(int rank, const Exchange& exchange);

  /// What is left for kernels.
  [[nodiscard]] double compute_share(int rank) const;

 private:
  struct Collective {
    int ends_left = 0;
    bool is_begun = false;
  };

  Collective& at(int rank, const Exchange& exchange);
  [[nodiscard]] bool takes(const Exchange& exchange) const {
    return shares_[static_cast<std::size_t>(exchange.copier)] > 0;
  }

  TakenShares shares_;
  std::vector<std::array<int, copier_count>> holders_;  ///< By rank: its collectives under way.
  std::map<std::pair<std::uint64_t, int>, Collective> collectives_;
};

}  // namespace ringtail
