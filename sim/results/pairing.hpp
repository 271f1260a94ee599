#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "stats/confidence.hpp"

namespace ringtail {

/// How intervals of differences are made.
enum class Pairing {
  paired,    ///< Student-t over the differences of replications with the same random numbers.
  unpaired,  ///< Welch: the replications are independent.
  none       ///< There are not enough replications.
};

/// The replications of one simulation.
struct ReplicationSet {
  std::uint64_t seed = 0;
  std::size_t replications = 0;
};

struct PairingChoice {
  Pairing pairing = Pairing::none;
  std::string reason;
};

/// Intervals are paired if seed and number of replications are the same: replication r of both then draws the same
/// random numbers (Law and Kelton, Simulation Modeling and Analysis, common random numbers), and what both have in
/// common cancels.
[[nodiscard]] PairingChoice choose_pairing(const ReplicationSet& a, const ReplicationSet& b);

/// Of mean(b) - mean(a), from the values of replications; nothing with Pairing::none. Paired values are equally many.
[[nodiscard]] std::optional<Interval> difference_interval(std::span<const double> a, std::span<const double> b,
                                                          Pairing pairing);

}  // namespace ringtail
