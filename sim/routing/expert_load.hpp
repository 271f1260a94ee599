#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ringtail {

/// How unevenly tokens fall on experts and ranks, in one MoE layer of one step or as a mean of several. A copy is one
/// (token, expert) pair: a token has k of them. Where several groups of ranks each hold all experts, figures of ranks
/// are over the ranks of all groups; figures of experts are those of one group, as a mean over the groups with tokens.
struct RoutingSummary {
  double rank_max_over_mean = 0;    ///< Copies on the busiest rank / mean copies per rank; 1 is even.
  double expert_max_over_mean = 0;  ///< Copies of the busiest expert / mean copies per expert.
  double distinct_experts = 0;      ///< Experts with at least one copy.
  double idle_ranks = 0;            ///< Ranks without any copy.
  double gini = 0;                  ///< Gini coefficient of copies per expert, see gini().
  double dropped = 0;               ///< Fraction of all copies that exceeded their experts' capacity.
};

/// Adds to counts[e] how often expert e occurs in `chosen`.
void count_experts(std::span<const std::uint16_t> chosen, std::span<int> counts);

/// The Gini coefficient G = Σ_i (2i − n − 1) x_(i) / (n Σx) of counts x sorted ascending, i = 1..n: half the relative
/// mean difference (Gini 1912; in this form Damgaard and Weiner, Ecology 81 (2000) 1139, equation 1). 0 is even,
/// (n−1)/n is all on one. `counts` is sorted in place. Throws std::invalid_argument if they sum to 0.
[[nodiscard]] double gini(std::span<int> counts);

/// Means over (step, MoE layer) of RoutingSummary.
class RoutingStatistics {
 public:
  /// `rank_of_slot[s]` in 0 .. ranks-1 is the rank that has slot s in each group.
  RoutingStatistics(std::span<const int> rank_of_slot, int ranks);

  /// Adds one layer of one step: groups[g][s] token copies in slot s of group g, and so many that were dropped. Slot s
  /// holds expert_of_slot[s], or if that is empty, expert s. Throws std::invalid_argument if there is no copy at all or
  /// the number of slots differs.
  void add(std::span<const std::vector<int>> groups, long dropped = 0,
           std::span<const std::uint16_t> expert_of_slot = {});

  /// The same of a single group.
  void add(std::span<const int> copies) { add(std::vector<std::vector<int>>{{copies.begin(), copies.end()}}); }

  /// The means of what was added. Throws std::logic_error if nothing was.
  [[nodiscard]] RoutingSummary mean() const;

 private:
  void add_experts(std::vector<int> copies, double share);

  std::vector<int> rank_of_slot_;
  std::size_t ranks_;
  RoutingSummary sum_;
  long layers_ = 0;
};

}  // namespace ringtail
