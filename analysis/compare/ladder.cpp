#include "compare/ladder.hpp"

#include <algorithm>
#include <cmath>

#include "compare/compare.hpp"
#include "simulation/effects.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

/// A step of the ladder that a simulation takes.
struct Climb {
  int number;
  std::string name;
  std::vector<std::string> effects;
};

const std::vector<Climb>& climbs() {
  static const std::vector<Climb> all = {
      {3, "maximum per kernel", {"kernel_maxima"}},
      {4, "kernel efficiency", {"kernel_efficiency", "tiles", "overheads", "activations"}},
      {5, "collective algorithms", {"collective_algorithms"}},
      {6, "fabric contention", {"fabric_contention"}},
      {7, "popularity", {"popularity"}},
      {8, "real draws", {"routing_draws", "context_lengths", "remainders"}},
      {9, "no barriers", {"skew"}},
      {10, "overlap", {"overlap"}},
  };
  return all;
}

void set(Effects& effects, const std::vector<std::string>& names, bool value) {
  for (const EffectSwitch& each : effect_switches())
    if (std::find(names.begin(), names.end(), each.name) != names.end()) effects.*each.member = value;
}

Effects no_effects() {
  Effects effects;
  for (const EffectSwitch& each : effect_switches()) effects.*each.member = false;
  return effects;
}

Effects with(Effects effects, const Climb& climb) {
  set(effects, climb.effects, true);
  return effects;
}

Effects without(Effects effects, const Climb& climb) {
  set(effects, climb.effects, false);
  return effects;
}

/// Runs each set of effects once; switches that make no difference to the deployment count as on.
class Runs {
 public:
  Runs(const Deployment& deployment, const RunWithEffects& run) : deployment_(deployment), run_(run) {}

  const LogRates& operator()(const Effects& effects) {
    const Effects key = significant(effects);
    for (const auto& [done, rates] : done_)
      if (done == key) return rates;
    return done_.emplace_back(key, run_(key)).second;
  }

 private:
  [[nodiscard]] Effects significant(Effects effects) const {
    const Deployment& d = deployment_;
    if (!d.model.moe) effects.routing_draws = true;
    const bool is_uniform = d.routing.popularity.kind == Popularity::Kind::uniform;
    if (!d.model.moe || (is_uniform && !d.routing.correlation && !d.routing.trace)) effects.popularity = true;
    if (d.decode.overlap.kind == Overlap::Kind::none) effects.overlap = true;
    if (d.decode.is_even()) effects.context_lengths = true;
    const bool is_one_switch = d.platform.fabric.topology == Fabric::Topology::single_switch;
    if ((is_one_switch && d.platform.degrade.empty()) || !effects.collective_algorithms)
      effects.fabric_contention = true;
    return effects;
  }

  const Deployment& deployment_;
  const RunWithEffects& run_;
  std::vector<std::pair<Effects, LogRates>> done_;
};

/// b - a by replication; a formula's single value counts for each of the other's.
LogRates difference(const LogRates& a, const LogRates& b) {
  LogRates differences(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < differences.size(); ++i)
    differences[i] = b[b.size() == 1 ? 0 : i] - a[a.size() == 1 ? 0 : i];
  return differences;
}

Factor factor_of(const LogRates& differences) { return {mean(differences), student_t_interval(differences)}; }

std::optional<Factor> factor_of(const LogRates& a, const LogRates& b) {
  if (a.empty() || b.empty()) return std::nullopt;
  return factor_of(difference(a, b));
}

bool depend_on_order(const LogRates& first, const LogRates& last) {
  const Factor between = factor_of(difference(first, last));
  const double half = between.log_ci95 ? (between.log_ci95->high - between.log_ci95->low) / 2 : 0;
  return std::abs(between.log) > std::max(half, least_order_effect);
}

/// Says what the step is if taken first (a to b) and last (c to d).
void set_orders(Rung& rung, const LogRates& a, const LogRates& b, const LogRates& c, const LogRates& d) {
  rung.first = factor_of(a, b);
  rung.last = factor_of(c, d);
  if (rung.first && rung.last) rung.is_order_dependent = depend_on_order(difference(a, b), difference(c, d));
}

LogRates formula(const Deployment& deployment, closed_form::Switches switches, closed_form::BatchChoice choice,
                 int batch) {
  switches.batch = choice;
  const auto form = closed_form::evaluate(system_of(deployment), switches, batch);
  if (form.batch <= 0) return {};
  return {std::log(form.tokens_per_s)};
}

/// Rungs 0 to 2. The first and last of the formulas are those among formulas.
std::vector<Rung> formulas(const Deployment& deployment, int batch) {
  using Batch = closed_form::BatchChoice;
  const auto paper = closed_form::paper_switches();
  const auto physical = closed_form::physical_switches();
  std::vector<Rung> rungs(3);
  rungs[0] = {0, "closed form of the paper", {}, formula(deployment, paper, Batch::equation, batch), {}, {}, {}};
  rungs[1] = {1, "physical traffic and shards", {}, formula(deployment, physical, Batch::equation, batch), {}, {}, {}};
  rungs[2] = {2, "batch from the ledger", {}, formula(deployment, physical, Batch::ledger, batch), {}, {}, {}};
  const LogRates other = formula(deployment, paper, Batch::ledger, batch);
  set_orders(rungs[1], rungs[0].rates, rungs[1].rates, other, rungs[2].rates);
  set_orders(rungs[2], rungs[0].rates, other, rungs[1].rates, rungs[2].rates);
  return rungs;
}

}  // namespace

std::optional<double> Rung::tokens_per_s() const {
  return rates.empty() ? std::nullopt : std::optional(std::exp(mean(rates)));
}

Ladder climb(const Deployment& deployment, int batch, const RunWithEffects& run) {
  Ladder ladder{deployment, batch, {}, formulas(deployment, batch)};
  Runs rates(deployment, run);
  const LogRates lowest = rates(no_effects());
  const LogRates highest = rates({});
  ladder.limit_error = std::expm1(factor_of(difference(ladder.rungs.back().rates, lowest)).log);
  Effects effects = no_effects();
  for (const Climb& step : climbs()) {
    effects = with(effects, step);
    Rung rung{step.number, step.name, step.effects, rates(effects), {}, {}, {}};
    set_orders(rung, lowest, rates(with(no_effects(), step)), rates(without({}, step)), highest);
    ladder.rungs.push_back(std::move(rung));
  }
  for (std::size_t i = 1; i < ladder.rungs.size(); ++i)
    ladder.rungs[i].factor = factor_of(ladder.rungs[i - 1].rates, ladder.rungs[i].rates);
  return ladder;
}

int runs_of_ladder(const Deployment& deployment) {
  int runs = 0;
  const RunWithEffects count = [&](const Effects&) {
    ++runs;
    return LogRates{0};
  };
  Runs rates(deployment, count);
  Effects effects = no_effects();
  rates(no_effects());
  rates({});
  for (const Climb& step : climbs()) {
    effects = with(effects, step);
    for (const Effects& each : {effects, with(no_effects(), step), without({}, step)}) rates(each);
  }
  return runs;
}

std::optional<Factor> total_of(const Ladder& ladder) {
  for (const Rung& rung : ladder.rungs)
    if (!rung.rates.empty()) return factor_of(rung.rates, ladder.rungs.back().rates);
  return std::nullopt;
}

LadderPair pair(Ladder a, Ladder b) {
  LadderPair paired{std::move(a), std::move(b), {}};
  const auto& of_a = paired.a.rungs;
  const auto& of_b = paired.b.rungs;
  if (of_a.empty() || of_b.empty()) return paired;
  const bool are_as_many = of_a.back().rates.size() == of_b.back().rates.size();
  const auto comparable = [&](const LogRates& rates) {
    return are_as_many || rates.empty() ? rates : LogRates{mean(rates)};
  };
  LogRates before;
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    const LogRates in_a = comparable(of_a[i].rates);
    const LogRates in_b = comparable(of_b[i].rates);
    LogRates ratio = in_a.empty() || in_b.empty() ? LogRates{} : difference(in_a, in_b);
    RungRatio rung{of_a[i].number, of_a[i].name, {}, factor_of(before, ratio)};
    if (!ratio.empty()) rung.ratio = factor_of(ratio);
    paired.ratios.push_back(std::move(rung));
    before = std::move(ratio);
  }
  return paired;
}

}  // namespace ringtail
