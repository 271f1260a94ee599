#include "routing/limited_race.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ringtail {

LimitedRace::LimitedRace(std::span<const double> weights, std::span<const double> first, std::vector<double> odds,
                         int r, const GroupLimit& limit)
    : r_(static_cast<std::size_t>(r)),
      m_(static_cast<std::size_t>(limit.per_token)),
      groups_(static_cast<std::size_t>(limit.groups)),
      size_(weights.size() / groups_),
      blocks_((groups_ + group_lanes - 1) / group_lanes),
      odds_(std::move(odds)),
      weights_(blocks_ * size_),
      first_(blocks_ * size_),
      absent_(blocks_ * size_),
      sums_(blocks_ * size_),
      none_(blocks_ * (size_ + 1) * r_),
      one_(blocks_ * (size_ + 1) * r_),
      rest_(groups_ * r_) {
  // Sets' probabilities are the products themselves: these add up to 1.
  std::vector<double> sums(m_ + 1);
  sums[0] = 1;
  for (const double odd : odds_)
    for (std::size_t m = m_; m > 0; --m) sums[m] += odd * sums[m - 1];
  for (double& odd : odds_) odd /= std::pow(sums[m_], 1.0 / static_cast<double>(m_));
  for (std::size_t e = 0; e < weights.size(); ++e) {
    weights_[place(e)][lane(e)] = weights[e];
    first_[place(e)][lane(e)] = first[e];
  }
}

#if defined(__x86_64__) && !defined(__clang__)  // clang 14 wants it in the declaration
__attribute__((flatten, target_clones("avx512f", "avx2", "default")))
#endif
double
LimitedRace::add(double time, double factor) {
  for (std::size_t block = 0; block < blocks_; ++block) count(block, time);
  const double fewer = combine_groups();
  for (std::size_t block = 0; block < blocks_; ++block) add_block(block, factor);
  return fewer;
}

/// Expert after expert.
void LimitedRace::count(std::size_t block, double time) {
  std::fill_n(none_.begin() + static_cast<long>(counts(block, 0)), r_, GroupLanes{});
  std::fill_n(one_.begin() + static_cast<long>(counts(block, 0)), r_, GroupLanes{});
  none_[counts(block, 0)] += 1;
  for (std::size_t i = 0; i < size_; ++i) {
    const std::size_t e = block * size_ + i;
    for (std::size_t l = 0; l < group_lanes; ++l) absent_[e][l] = std::exp(-weights_[e][l] * time);
    const GroupLanes absent = absent_[e];
    const GroupLanes there = 1 - absent;
    const GroupLanes first = first_[e];
    const GroupLanes* const n = &none_[counts(block, i)];
    const GroupLanes* const o = &one_[counts(block, i)];
    GroupLanes* const next_none = &none_[counts(block, i + 1)];
    GroupLanes* const next_one = &one_[counts(block, i + 1)];
    next_none[0] = n[0] * absent;
    next_one[0] = o[0] * absent + n[0] * first;
    for (std::size_t a = 1; a < r_; ++a) {
      next_none[a] = n[a] * absent + n[a - 1] * there;
      next_one[a] = o[a] * absent + o[a - 1] * there + n[a] * first;
    }
  }
}

/// sets[m · r + a] ← the sum over sets of m groups, after `group` may be a member too.
void LimitedRace::add_to_sets(Coefficients& sets, std::size_t group) const {
  const GroupLanes* const arrivals = &one_[counts(group / group_lanes, size_)];
  for (std::size_t m = m_; m > 0; --m)
    for (std::size_t b = 0; b < r_; ++b)
      for (std::size_t a = 0; a + b < r_; ++a)
        sets[m * r_ + a + b] += odds_[group] * sets[(m - 1) * r_ + b] * arrivals[a][group % group_lanes];
}

/// Fills rest_; returns P(fewer than r arrivals in all).
double LimitedRace::combine_groups() {
  std::vector<Coefficients> before(groups_ + 1, Coefficients((m_ + 1) * r_));
  before[0][0] = 1;
  for (std::size_t g = 0; g < groups_; ++g) {
    before[g + 1] = before[g];
    add_to_sets(before[g + 1], g);
  }
  std::fill(rest_.begin(), rest_.end(), 0.0);
  Coefficients behind((m_ + 1) * r_);
  behind[0] = 1;
  for (std::size_t g = groups_; g-- > 0;) {
    double* const rest = &rest_[g * r_];
    for (std::size_t m = 0; m < m_; ++m)
      for (std::size_t b = 0; b < r_; ++b)
        for (std::size_t a = 0; a + b < r_; ++a) rest[a + b] += before[g][m * r_ + a] * behind[(m_ - 1 - m) * r_ + b];
    double sum = 0;
    for (std::size_t a = 0; a < r_; ++a) rest[a] = sum += rest[a] * odds_[g];
    add_to_sets(behind, g);
  }
  const auto last = before[groups_].begin() + static_cast<long>(m_ * r_);
  return std::accumulate(last, last + static_cast<long>(r_), 0.0);
}

/// Goes backwards through a block's groups with the (cumulative) counts of what is behind and in other groups.
void LimitedRace::add_block(std::size_t block, double factor) {
  GroupLanesVector later_none(r_);
  GroupLanesVector later_one(r_);
  for (std::size_t g = block * group_lanes; g < std::min(groups_, (block + 1) * group_lanes); ++g)
    for (std::size_t a = 0; a < r_; ++a) later_none[a][g % group_lanes] = rest_[g * r_ + a];
  for (std::size_t i = size_; i-- > 0;) {
    const std::size_t e = block * size_ + i;
    const GroupLanes* const n = &none_[counts(block, i)];
    const GroupLanes* const o = &one_[counts(block, i)];
    GroupLanes below{};
    for (std::size_t a = 0; a < r_; ++a) below += o[a] * later_none[r_ - 1 - a] + n[a] * later_one[r_ - 1 - a];
    const GroupLanes absent = absent_[e];
    const GroupLanes there = 1 - absent;
    const GroupLanes first = first_[e];
    sums_[e] += factor * weights_[e] * absent * below;
    for (std::size_t a = r_ - 1; a > 0; --a) {
      later_one[a] = later_one[a] * absent + later_one[a - 1] * there + later_none[a] * first;
      later_none[a] = later_none[a] * absent + later_none[a - 1] * there;
    }
    later_one[0] = later_one[0] * absent + later_none[0] * first;
    later_none[0] *= absent;
  }
}

}  // namespace ringtail
