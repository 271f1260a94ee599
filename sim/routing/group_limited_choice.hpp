#pragma once

#include <vector>

#include "routing/alias_table.hpp"
#include "routing/expert_choice.hpp"
#include "routing/group_limit.hpp"
#include "routing/random.hpp"

namespace ringtail {

/// Group-limited sampling (group_limit.hpp). The first word of a token picks the set of groups, the next ones an expert
/// in each, the others candidates in all of them; a repeat is drawn again.
class GroupLimitedChoice final : public ExpertChoice {
 public:
  GroupLimitedChoice(const RandomStream& stream, int experts, int k, const GroupLimit& limit, int topics = 1)
      : stream_(stream), experts_(experts), k_(k), topics_(topics), limit_(limit), sets_(group_sets(limit)) {}

  /// The next topic, or the first of the next layer, from the weights of its experts.
  void add_layer(std::span<const double> weights);

  void draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const override;

 private:
  struct Layer {
    std::vector<AliasCell> sets;    ///< Of the numbers of sets_.
    std::vector<AliasCell> groups;  ///< [group][cell], of experts.
    std::vector<AliasCell> unions;  ///< [set][cell], of experts.
    std::vector<double> weights;
  };

  /// An expert of the groups in `set` that `is_taken` does not know, by going through all of them.
  template <class IsTaken>
  [[nodiscard]] std::uint16_t walk(const Layer& layer, std::size_t set, double fraction, const IsTaken& is_taken) const;

  RandomStream stream_;
  int experts_;
  int k_;
  int topics_;
  GroupLimit limit_;
  std::vector<std::vector<std::uint16_t>> sets_;
  std::vector<Layer> layers_;  ///< [layer][topic]
};

}  // namespace ringtail
