#include "routing/successive_choice.hpp"

#include <algorithm>

#include "routing/successive_sampling.hpp"
#include "routing/word_batch.hpp"

namespace ringtail {
namespace {

/// An expert this close to π = 1 is in every token: the weight it would need grows without bound.
constexpr double certain_margin = 1e-9;
/// Candidates per expert, repeats included, that a token may need on average before dominant experts get tables without
/// them. Equal weights never need more than the harmonic number of 65536, 11.7.
constexpr double patience = 16;

/// The tables of all ranks but the certain ones.
void build(RankTables& tables, std::span<const double> weights, std::size_t wanted) {
  const auto tiresome = [&](std::size_t without) {
    const int rest = static_cast<int>(wanted - without);
    return rest > 0 && needs_more_candidates(weights.subspan(without), rest, patience * rest);
  };
  while (tiresome(tables.dominant)) ++tables.dominant;
  for (std::size_t without = 0; without <= tables.dominant; ++without) {
    tables.start.push_back(tables.cells.size());
    const auto first = static_cast<std::uint16_t>(tables.certain + without);
    for (const AliasCell& cell : alias_table(weights.subspan(without))) {
      tables.cells.push_back(
          {cell.threshold,
           {static_cast<std::uint16_t>(first + cell.item[0]), static_cast<std::uint16_t>(first + cell.item[1])}});
    }
  }
  tables.start.push_back(tables.cells.size());
}

}  // namespace

std::size_t certain_ranks(std::span<const double> inclusion_by_rank) {
  const auto open = std::find_if(inclusion_by_rank.begin(), inclusion_by_rank.end(),
                                 [](double pi) { return pi < 1 - certain_margin; });
  return static_cast<std::size_t>(open - inclusion_by_rank.begin());
}

RankTables tables_of(std::span<const double> weights_by_rank, std::size_t certain, int k) {
  RankTables tables;
  tables.certain = certain;
  build(tables, weights_by_rank, static_cast<std::size_t>(k) - certain);
  return tables;
}

RankTables calibrated_tables(std::span<const double> inclusion_by_rank, int k) {
  const std::size_t certain = certain_ranks(inclusion_by_rank);
  const std::span<const double> rest = inclusion_by_rank.subspan(certain);
  return tables_of(rest.empty() ? std::vector<double>{} : successive_weights(rest), certain, k);
}

RankTables weighted_tables(std::span<const double> weights_by_rank, int k) {
  RankTables tables;
  if (static_cast<std::size_t>(k) == weights_by_rank.size()) {
    tables.certain = weights_by_rank.size();
    build(tables, {}, 0);
  } else {
    build(tables, weights_by_rank, static_cast<std::size_t>(k));
  }
  return tables;
}

void SuccessiveChoice::add_layer(const RankTables& tables, std::span<const std::uint16_t> expert_of_rank) {
  const std::uint16_t* const certain = expert_of_rank.data();
  const std::uint16_t* const dominant = certain + tables.certain;
  Layer layer{{certain, dominant}, {dominant, dominant + tables.dominant}, tables.start, {}};
  for (const AliasCell& cell : tables.cells)
    layer.cells.push_back({cell.threshold, {expert_of_rank[cell.item[0]], expert_of_rank[cell.item[1]]}});
  layers_.push_back(std::move(layer));
}

void SuccessiveChoice::draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const {
  const Layer* const of_topic = &layers_[static_cast<std::size_t>(layer) * static_cast<std::size_t>(topics_)];
  const auto k = static_cast<std::size_t>(k_);
  WordBatch batch(stream_, layer, tokens.token_index);
  // The last token, counted from 1, that took the expert.
  std::vector<std::uint32_t> last_token(static_cast<std::size_t>(experts_), 0);
  std::uint32_t token = 0;
  std::uint16_t* chosen = out.data();
  for (std::size_t first = 0; first < tokens.sequences.size(); first += WordBatch::lanes) {
    const std::size_t together = std::min(WordBatch::lanes, tokens.sequences.size() - first);
    batch.fill(tokens.sequences.subspan(first, together));
    for (std::size_t lane = 0; lane < together; ++lane, chosen += k) {
      const Layer& at = of_topic[tokens.topic(first + lane)];
      ++token;
      std::copy(at.certain.begin(), at.certain.end(), chosen);
      std::size_t taken = at.certain.size();
      std::size_t without = 0;  // dominant experts known to be taken: the table without them serves as well
      const AliasCell* table = at.cells.data();
      std::size_t cells = at.start[1];
      for (WordBatch::Cursor words(batch, lane); taken < k;) {
        if (!at.dominant.empty() && words.at_block()) {
          while (without < at.dominant.size() && last_token[at.dominant[without]] == token) ++without;
          table = &at.cells[at.start[without]];
          cells = at.start[without + 1] - at.start[without];
        }
        const std::uint16_t expert = pick(table, cells, words.next());
        chosen[taken] = expert;  // a repeat is overwritten by the next candidate
        taken += last_token[expert] != token ? 1 : 0;
        last_token[expert] = token;
      }
    }
  }
}

}  // namespace ringtail
