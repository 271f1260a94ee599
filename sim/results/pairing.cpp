#include "results/pairing.hpp"

#include <fmt/format.h>

#include <vector>

namespace ringtail {

PairingChoice choose_pairing(const ReplicationSet& a, const ReplicationSet& b) {
  if (a.replications < 2 || b.replications < 2)
    return {Pairing::none, "one replication says nothing about its own uncertainty"};
  if (a.seed != b.seed) return {Pairing::unpaired, fmt::format("seeds differ: {} and {}", a.seed, b.seed)};
  if (a.replications != b.replications)
    return {Pairing::unpaired,
            fmt::format("numbers of replications differ: {} and {}", a.replications, b.replications)};
  return {Pairing::paired, fmt::format("both have seed {} and {} replications, which share their random numbers",
                                       a.seed, a.replications)};
}

std::optional<Interval> difference_interval(std::span<const double> a, std::span<const double> b, Pairing pairing) {
  if (pairing == Pairing::none) return std::nullopt;
  if (pairing == Pairing::unpaired) return welch_interval(a, b);
  std::vector<double> differences;
  for (std::size_t r = 0; r < a.size(); ++r) differences.push_back(b[r] - a[r]);
  return student_t_interval(differences);
}

}  // namespace ringtail
