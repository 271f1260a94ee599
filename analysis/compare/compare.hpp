#pragma once

#include <optional>
#include <string>
#include <vector>

#include "closed_form/evaluate.hpp"
#include "results/pairing.hpp"
#include "simulation/result.hpp"

namespace ringtail {

enum class Unit { sequences, seconds, tokens_per_s };

/// Name of a unit as in JSON and CSV.
[[nodiscard]] std::string_view name_of(Unit unit);

/// One figure by formula and by simulation. Neither need know it.
struct Term {
  std::string name;  ///< "step", "collective.dispatch", ..
  Unit unit = Unit::seconds;
  std::optional<double> closed_form;
  std::optional<double> simulated;      ///< Mean over replications.
  std::vector<double> per_replication;  ///< Empty if the simulation knows it without simulating.
  std::optional<Interval> ci95;         ///< Of `simulated`: Student-t over replications.

  /// simulated / closed form; none if one is missing or the closed form is 0.
  [[nodiscard]] std::optional<double> ratio() const;
};

/// A deployment by formula and by simulation.
struct Comparison {
  Result result;
  closed_form::Switches switches;
  closed_form::ClosedForm closed_form;
  std::vector<Term> terms;  ///< Of an infeasible deployment only its largest batch.
};

/// What the closed form knows of a deployment: all but `degrade`, `runtime`, `routing`, `collectives` and `network`.
[[nodiscard]] closed_form::System system_of(const Deployment& deployment);

/// The terms side by side. `result` is the deployment's simulation. Throws like closed_form::evaluate.
[[nodiscard]] Comparison compare(const Result& result, const closed_form::Switches& switches);

/// A term of B as a multiple of A's.
struct TermRatio {
  std::string name;
  std::optional<double> closed_form;
  std::optional<double> simulated;  ///< Of the means.
  std::optional<Interval> ci95;     ///< Of the geometric mean of replications' ratios, by differences of logarithms.
};

/// Two deployments side by side.
struct PairedComparison {
  Comparison a;
  Comparison b;
  std::vector<TermRatio> ratios;  ///< Of the terms that both have.
  PairingChoice pairing;          ///< Of the ratios' intervals.
};

[[nodiscard]] PairedComparison pair(Comparison a, Comparison b);

}  // namespace ringtail
