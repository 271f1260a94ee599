#include "routing/group_limited_choice.hpp"

#include <algorithm>

#include "routing/word_batch.hpp"

namespace ringtail {
namespace {

/// Candidates of a token after which the rest is drawn without repeats: only where a few experts have nearly all
/// weight.
constexpr int patience = 64;

void add_table(std::vector<AliasCell>& tables, std::span<const double> weights,
               std::span<const std::uint16_t> experts) {
  for (const AliasCell& cell : alias_table(weights))
    tables.push_back({cell.threshold, {experts[cell.item[0]], experts[cell.item[1]]}});
}

}  // namespace

void GroupLimitedChoice::add_layer(std::span<const double> weights) {
  Layer layer;
  layer.sets = alias_table(group_set_probabilities(weights, limit_));
  layer.weights.assign(weights.begin(), weights.end());
  const std::size_t size = weights.size() / static_cast<std::size_t>(limit_.groups);
  std::vector<std::uint16_t> group(size);
  for (std::size_t g = 0; g < static_cast<std::size_t>(limit_.groups); ++g) {
    for (std::size_t i = 0; i < size; ++i) group[i] = static_cast<std::uint16_t>(g * size + i);
    add_table(layer.groups, weights.subspan(g * size, size), group);
  }
  for (const auto& set : sets_) {
    std::vector<std::uint16_t> experts;
    std::vector<double> members;
    for (const std::uint16_t g : set) {
      for (std::size_t e = g * size; e < (g + std::size_t{1}) * size; ++e) {
        experts.push_back(static_cast<std::uint16_t>(e));
        members.push_back(weights[e]);
      }
    }
    add_table(layer.unions, members, experts);
  }
  layers_.push_back(std::move(layer));
}

template <class IsTaken>
std::uint16_t GroupLimitedChoice::walk(const Layer& layer, std::size_t set, double fraction,
                                       const IsTaken& is_taken) const {
  const std::size_t size = layer.weights.size() / static_cast<std::size_t>(limit_.groups);
  const auto visit = [&](const auto& each) {
    for (const std::uint16_t g : sets_[set])
      for (std::size_t e = g * size; e < (g + std::size_t{1}) * size; ++e)
        if (!is_taken(e)) each(static_cast<std::uint16_t>(e));
  };
  double total = 0;
  visit([&](std::uint16_t e) { total += layer.weights[e]; });
  double before = fraction * total;
  int found = -1;
  std::uint16_t last = 0;
  visit([&](std::uint16_t e) {
    before -= layer.weights[e];
    last = e;
    if (found < 0 && before < 0) found = e;
  });
  return found >= 0 ? static_cast<std::uint16_t>(found) : last;
}

void GroupLimitedChoice::draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const {
  const Layer* const of_topic = &layers_[static_cast<std::size_t>(layer) * static_cast<std::size_t>(topics_)];
  const auto k = static_cast<std::size_t>(k_);
  const auto m = static_cast<std::size_t>(limit_.per_token);
  const std::size_t size = static_cast<std::size_t>(experts_ / limit_.groups);
  WordBatch batch(stream_, layer, tokens.token_index);
  std::vector<std::uint32_t> last_token(static_cast<std::size_t>(experts_), 0);  // see SuccessiveChoice
  std::uint32_t token = 0;
  std::uint16_t* chosen = out.data();
  for (std::size_t first = 0; first < tokens.sequences.size(); first += WordBatch::lanes) {
    const std::size_t together = std::min(WordBatch::lanes, tokens.sequences.size() - first);
    batch.fill(tokens.sequences.subspan(first, together));
    for (std::size_t lane = 0; lane < together; ++lane, chosen += k) {
      const Layer& at = of_topic[tokens.topic(first + lane)];
      ++token;
      WordBatch::Cursor words(batch, lane);
      const std::size_t set = pick(at.sets.data(), at.sets.size(), words.next());
      std::size_t taken = 0;
      for (const std::uint16_t group : sets_[set]) {
        chosen[taken] = pick(&at.groups[group * size], size, words.next());
        last_token[chosen[taken++]] = token;
      }
      const AliasCell* const table = &at.unions[set * m * size];
      for (int candidates = 0; taken < k; ++candidates) {
        const std::uint32_t word = words.next();
        const std::uint16_t expert =
            candidates < patience
                ? pick(table, m * size, word)
                : walk(at, set, word * 0x1p-32, [&](std::size_t e) { return last_token[e] == token; });
        chosen[taken] = expert;  // a repeat is overwritten by the next candidate
        taken += last_token[expert] != token ? 1 : 0;
        last_token[expert] = token;
      }
    }
  }
}

}  // namespace ringtail
