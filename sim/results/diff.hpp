#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/pairing.hpp"
#include "results/result_file.hpp"

namespace ringtail {

/// A value that is not the same in both results; none where a result does not have it.
struct ValueChange {
  std::string path;
  std::optional<std::string> a;
  std::optional<std::string> b;
};

/// A line of time in both results, 0 where a result does not have it.
struct TimeChange {
  std::string what;  ///< As in TimeLines.
  Seconds a = 0;
  Seconds b = 0;
  std::optional<Interval> ci95;  ///< Of b - a.

  [[nodiscard]] Seconds difference() const { return b - a; }
};

/// What changed from one result to another.
struct Difference {
  std::vector<ValueChange> configuration;
  std::vector<ValueChange> capacity;
  std::vector<ValueChange> algorithms;  ///< Of collective families that both use.
  std::vector<TimeChange> times;        ///< All lines; empty if a result is infeasible.
  Pairing pairing = Pairing::none;
  std::string pairing_reason;

  /// Nothing is different: neither values nor times.
  [[nodiscard]] bool empty() const;
};

/// Intervals of times are as choose_pairing says.
[[nodiscard]] Difference diff(const ResultFile& a, const ResultFile& b);

/// For people: what is different, B - A with its interval.
[[nodiscard]] std::string to_text(const Difference& difference, const ResultFile& a, const ResultFile& b);

/// For programs; docs/results.md lists the keys.
[[nodiscard]] std::string to_json(const Difference& difference, const ResultFile& a, const ResultFile& b);

}  // namespace ringtail
