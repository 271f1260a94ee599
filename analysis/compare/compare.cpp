#include "compare/compare.hpp"

#include <algorithm>
#include <cmath>

#include "decode/length_law.hpp"
#include "decode/stages.hpp"
#include "simulation/simulate.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

/// Builds the terms in the order in which they are shown.
class Terms {
 public:
  Terms(const Result& result, const closed_form::ClosedForm& form) : result_(result), form_(form) {}

  std::vector<Term> build() {
    const Deployment& d = result_.deployment;
    add_known("largest_batch", form_.largest_batch, max_batch(d));
    if (!result_.feasible()) return std::move(terms_);
    add_known("batch", form_.batch, result_.capacity.batch_total);
    add("compute", form_.compute, [](const Replication& r) { return r.work.compute; });
    add("hbm", form_.hbm, [](const Replication& r) { return r.work.hbm; });
    add_collectives();
    add_state("exposed_communication", form_.exposed_communication, State::exposed_communication);
    add_state("straggler_wait", std::nullopt, State::straggler_wait);
    add_state("overhead", std::nullopt, State::overhead);
    add("step", form_.step, [](const Replication& r) { return r.step; });
    const auto rate = [&](const Replication& r) { return r.pace * result_.capacity.batch_total / r.step; };
    add("tokens_per_s", form_.tokens_per_s, rate, Unit::tokens_per_s);
    add(
        "tokens_per_s_per_gpu", form_.tokens_per_s_per_gpu,
        [&](const Replication& r) { return rate(r) / result_.deployment.gpus; }, Unit::tokens_per_s);
    return std::move(terms_);
  }

 private:
  void add_known(std::string name, double closed_form, double simulated) {
    terms_.push_back({std::move(name), Unit::sequences, closed_form, simulated, {}, std::nullopt});
  }

  template <class Value>
  void add(std::string name, std::optional<double> closed_form, const Value& value, Unit unit = Unit::seconds) {
    std::vector<double> values;
    for (const Replication& replication : result_.measurement->replications) values.push_back(value(replication));
    terms_.push_back({std::move(name), unit, closed_form, mean(values), values, student_t_interval(values)});
  }

  void add_state(std::string name, std::optional<double> closed_form, State state) {
    add(std::move(name), closed_form,
        [state](const Replication& r) { return r.breakdown[static_cast<std::size_t>(state)]; });
  }

  /// Each family that the formula or the simulation has, in the order of a step. Simulated is the time in which data
  /// were on their way, hidden or exposed, without waits for a late sender.
  void add_collectives() {
    for (std::size_t family = 0; family < family_names().size(); ++family) {
      const std::string& name = family_names()[family];
      const auto formula = std::find_if(form_.collectives.begin(), form_.collectives.end(),
                                        [&](const closed_form::Collective& c) { return c.family == name; });
      const auto& used = result_.measurement->overlap;
      const bool is_used =
          std::any_of(used.begin(), used.end(), [&](const FamilyOverlap& each) { return each.family == name; });
      const bool has_formula = formula != form_.collectives.end();
      if (!has_formula && !is_used) continue;
      add("collective." + name, has_formula ? std::optional(formula->seconds) : std::nullopt,
          [family](const Replication& r) { return r.overlap[family].hidden + r.overlap[family].exposed; });
    }
  }

  const Result& result_;
  const closed_form::ClosedForm& form_;
  std::vector<Term> terms_;
};

std::optional<double> quotient(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b && *a > 0 ? std::optional(*b / *a) : std::nullopt;
}

/// Of exp(mean log b - mean log a); none if a value is not positive.
std::optional<Interval> ratio_interval(const Term& a, const Term& b, Pairing pairing) {
  const auto logarithms = [](const std::vector<double>& values) {
    std::vector<double> logs(values.size());
    std::transform(values.begin(), values.end(), logs.begin(), [](double value) { return std::log(value); });
    return logs;
  };
  const auto is_positive = [](const Term& term) {
    return !term.per_replication.empty() &&
           std::all_of(term.per_replication.begin(), term.per_replication.end(), [](double v) { return v > 0; });
  };
  if (!is_positive(a) || !is_positive(b)) return std::nullopt;
  const auto logs = difference_interval(logarithms(a.per_replication), logarithms(b.per_replication), pairing);
  if (!logs) return std::nullopt;
  return Interval{std::exp(logs->low), std::exp(logs->high)};
}

}  // namespace

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::sequences: return "sequences";
    case Unit::seconds: return "s";
    case Unit::tokens_per_s: return "tokens/s";
  }
  return "";
}

std::optional<double> Term::ratio() const { return quotient(closed_form, simulated); }

closed_form::System system_of(const Deployment& deployment) {
  return {deployment.model,       deployment.platform,  deployment.gpus,
          deployment.parallelism, deployment.precision, mean_context(deployment.decode.context)};
}

Comparison compare(const Result& result, const closed_form::Switches& switches) {
  Comparison comparison{
      result, switches, closed_form::evaluate(system_of(result.deployment), switches, result.capacity.batch_total), {}};
  comparison.terms = Terms(comparison.result, comparison.closed_form).build();
  return comparison;
}

PairedComparison pair(Comparison a, Comparison b) {
  PairedComparison paired{std::move(a), std::move(b), {}, {}};
  const Result& of_a = paired.a.result;
  const Result& of_b = paired.b.result;
  if (of_a.feasible() && of_b.feasible())
    paired.pairing = choose_pairing({of_a.deployment.run.seed, of_a.measurement->replications.size()},
                                    {of_b.deployment.run.seed, of_b.measurement->replications.size()});
  else
    paired.pairing.reason = "an infeasible deployment was not simulated";
  for (const Term& term : paired.a.terms) {
    const auto other = std::find_if(paired.b.terms.begin(), paired.b.terms.end(),
                                    [&](const Term& each) { return each.name == term.name; });
    if (other == paired.b.terms.end()) continue;
    paired.ratios.push_back({term.name, quotient(term.closed_form, other->closed_form),
                             quotient(term.simulated, other->simulated),
                             ratio_interval(term, *other, paired.pairing.pairing)});
  }
  return paired;
}

}  // namespace ringtail
