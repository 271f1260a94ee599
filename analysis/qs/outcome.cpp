#include "qs/outcome.hpp"

#include <algorithm>
#include <numeric>

#include "compare/compare.hpp"

namespace ringtail {
namespace {

constexpr int paper_tp = 8;  // arXiv:2603.08960 table 2

double paper_throughput(const PairSide& side) {
  closed_form::System system = system_of(side.deployment);
  const int tp = std::gcd(system.gpus, paper_tp);
  system.parallelism = {{.dp = 1, .kvp = system.gpus / tp, .tp = tp}, {.dp = 1, .ep = system.gpus / tp, .tp = tp}};
  closed_form::Switches switches = closed_form::paper_switches();
  if (side.deployment.decode.batch.kind != Batch::Kind::max) switches.batch = closed_form::BatchChoice::ledger;
  return closed_form::evaluate(system, switches, side.plan.capacity.batch_total).tokens_per_s;
}

std::optional<double> ratio(double moe, double dense) {
  return moe > 0 && dense > 0 ? std::optional(dense / moe) : std::nullopt;
}

OutcomeSide shown(const PairSide& side) {
  return {side.deployment.parallelism, side.obstacle().empty() ? side.plan.capacity.batch_total : 0, side.obstacle()};
}

void add_simulation(Outcome& result, const MatchedPair& pair, const SimulatePair& simulate) {
  const auto compared = [&](const PairSide& side) {
    return compare(simulate(side.deployment, side.plan), closed_form::physical_switches());
  };
  const PairedComparison paired = ringtail::pair(compared(pair.moe), compared(pair.dense));
  const auto tokens = std::find_if(paired.ratios.begin(), paired.ratios.end(),
                                   [](const TermRatio& each) { return each.name == "tokens_per_s"; });
  result.physical = tokens->closed_form;
  result.simulated = tokens->simulated;
  result.ci95 = tokens->ci95;
  result.winner = winner_of(*tokens->simulated, tokens->ci95);
}

}  // namespace

std::string_view name_of(Winner winner) {
  switch (winner) {
    case Winner::moe: return "moe";
    case Winner::dense: return "dense";
    case Winner::even: return "even";
    case Winner::none: break;
  }
  return "none";
}

Winner winner_of(double ratio, const std::optional<Interval>& ci95) {
  if (ratio == 1 || (ci95 && ci95->low <= 1 && ci95->high >= 1)) return Winner::even;
  return ratio > 1 ? Winner::dense : Winner::moe;
}

Outcome outcome(const Deployment& moe, const QsPoint& point, LayoutRule rule, const SimulatePair& simulate) {
  const MatchedPair pair = matched_pair(moe, point, rule);
  Outcome result{.point = point, .moe = shown(pair.moe), .dense = shown(pair.dense)};
  if (!pair.moe.impossible.empty() || !pair.dense.impossible.empty()) return result;
  result.paper = ratio(paper_throughput(pair.moe), paper_throughput(pair.dense));
  const bool moe_fits = pair.moe.obstacle().empty();
  const bool dense_fits = pair.dense.obstacle().empty();
  if (moe_fits && dense_fits)
    add_simulation(result, pair, simulate);
  else if (moe_fits || dense_fits)
    result.winner = moe_fits ? Winner::moe : Winner::dense;
  return result;
}

}  // namespace ringtail
