#pragma once

#include <boost/align/aligned_allocator.hpp>
#include <cstddef>
#include <span>
#include <vector>

#include "routing/group_limit.hpp"

namespace ringtail {

/// A number of each of eight groups: what is done for a group's experts one after the other is done for eight groups at
/// once.
constexpr std::size_t group_lanes = 8;
using GroupLanes [[gnu::vector_size(group_lanes * sizeof(double))]] = double;

/// Aligned for the widest registers, which the type asks for only in code that is compiled for these.
using GroupLanesVector = std::vector<GroupLanes, boost::alignment::aligned_allocator<GroupLanes, sizeof(GroupLanes)>>;

/// The integrals of group-limited sampling (docs/decisions/0012-group-limits.md), of all experts, one quadrature node
/// at a time. Experts arrive at random times of rates w; the first r of those that are not their group's first are
/// taken. The chance that expert e is taken so is
///   ∫_0^∞ w_e exp(-w_e t) P(g is chosen, e is not first, N_e(t) ≤ r - 1) dt,
/// with N_e(t) the other arrivals by t. The probability is a coefficient of products of polynomials: one polynomial in
/// x per group counts its arrivals.
class LimitedRace {
 public:
  /// `odds`, by group: a set of limit.per_token groups is chosen in proportion to their product. `first`, by expert:
  /// the chance that it is its group's first, if the group is chosen. r is at least 1.
  LimitedRace(std::span<const double> weights, std::span<const double> first, std::vector<double> odds, int r,
              const GroupLimit& limit);

  /// Adds factor · integrand at `time` to each expert's integral; returns P(fewer than r have arrived).
  double add(double time, double factor);

  [[nodiscard]] double integral(std::size_t expert) const { return sums_[place(expert)][lane(expert)]; }

 private:
  using Coefficients = std::vector<double>;  ///< Of x^0 .. x^(r-1).

  [[nodiscard]] std::size_t place(std::size_t expert) const {
    return expert / size_ / group_lanes * size_ + expert % size_;
  }
  [[nodiscard]] std::size_t lane(std::size_t expert) const { return expert / size_ % group_lanes; }
  [[nodiscard]] std::size_t counts(std::size_t block, std::size_t experts) const {
    return (block * (size_ + 1) + experts) * r_;
  }
  void count(std::size_t block, double time);
  void add_to_sets(Coefficients& sets, std::size_t group) const;
  double combine_groups();
  void add_block(std::size_t block, double factor);

  std::size_t r_;
  std::size_t m_;  ///< Groups of a token.
  std::size_t groups_;
  std::size_t size_;    ///< Experts of a group.
  std::size_t blocks_;  ///< Of up to eight groups each; groups that are missing have weight 0.
  std::vector<double> odds_;
  GroupLanesVector weights_;  ///< [block · size + place in the group], as the next three.
  GroupLanesVector first_;
  GroupLanesVector absent_;  ///< exp(-w t)
  GroupLanesVector sums_;    ///< The integrals.
  /// [(block · (size + 1) + n) · r + a]: P(a of the first n experts of a group have arrived), without a first one among
  /// them, and with one, which does not count as arrived.
  GroupLanesVector none_, one_;
  std::vector<double> rest_;  ///< [group · r + a]: P(it is chosen, at most a arrivals in the other groups).
};

}  // namespace ringtail
