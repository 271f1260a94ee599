#pragma once

#include <vector>

#include "routing/expert_choice.hpp"
#include "routing/group_limit.hpp"

namespace ringtail {

/// No draw: experts take turns. Of T tokens with consecutive sequence numbers each expert gets exactly T·k/E if T is a
/// multiple of period(), else at most one more than another. With a group limit that binds, groups take turns, and in
/// each the same number of experts.
class BalancedChoice final : public ExpertChoice {
 public:
  /// Throws std::invalid_argument if a binding limit's per_token does not divide k.
  BalancedChoice(int experts, int k, const GroupLimit& limit);

  /// One layer more: the order in which experts take their turns, the groups one after the other.
  void add_layer(std::span<const std::uint16_t> order) { orders_.insert(orders_.end(), order.begin(), order.end()); }

  /// An order in which the experts of one token lie far apart.
  [[nodiscard]] std::vector<std::uint16_t> spread_order() const;

  [[nodiscard]] int period() const;

  void draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const override;

 private:
  int experts_;
  int groups_ = 1;            ///< That take turns,
  int groups_per_token_ = 1;  ///< so many for each token,
  int experts_per_group_;     ///< and so many experts in each.
  std::vector<std::uint16_t> orders_;
};

}  // namespace ringtail
