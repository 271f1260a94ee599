#include "qs/qs_study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/count_text.hpp"
#include "closed_form/distinct_experts.hpp"
#include "closed_form/quality.hpp"
#include "closed_form/reuse.hpp"
#include "config/effective.hpp"
#include "model/dense_counterpart.hpp"

namespace ringtail {
namespace {

/// Simulates each deployment once.
class Simulations {
 public:
  explicit Simulations(const QsOptions& options) : options_(options) {}

  void begin(std::string what) { what_ = std::move(what); }

  const Result& operator()(const Deployment& deployment, const BatchPlan& plan) {
    const std::string key = config_hash(deployment);
    if (const auto known = results_.find(key); known != results_.end()) return known->second;
    const auto on_progress = [&](const StepProgress& progress) { options_.on_progress(what_, progress); };
    return results_.emplace(key, simulate(deployment, plan, {options_.jobs, on_progress})).first->second;
  }

 private:
  const QsOptions& options_;
  std::string what_;
  std::map<std::string, Result> results_;
};

class Study {
 public:
  Study(const Deployment& moe, const QsOptions& options)
      : moe_(moe),
        options_(options),
        simulations_(options),
        here_{.q = options.q, .context = moe.decode.context.fixed, .gpus = moe.gpus, .batch = moe.decode.batch} {}

  QsStudy make() {
    QsStudy study;
    study.moe = moe_;
    study.layout = options_.layout;
    study.q = options_.q;
    study.sparsity = closed_form::sparsity(moe_.model.moe->experts, moe_.model.moe->experts_per_token);
    study.dense_parameters = matched_parameters(moe_.model, study.q, MatchedParameters::total);
    study.predicted = closed_form::favours_dense(study.q, study.sparsity) ? Winner::dense : Winner::moe;
    study.crossover_batch = closed_form::crossover_batch(study.q, study.sparsity);
    study.here = at(here_, "deployment");
    if (options_.parts.break_even) {
      study.q_search = search_q(study.sparsity);
      study.context_search = search_context();
      study.batch_search = search_batch();
    }
    if (options_.parts.map) study.map = map();
    if (options_.parts.sensitivity) study.sensitivity = sensitivity();
    return study;
  }

 private:
  Outcome at(const QsPoint& point, const std::string& what) { return at(moe_, point, what); }
  Outcome at(const Deployment& moe, const QsPoint& point, const std::string& what) {
    simulations_.begin(what);
    return outcome(moe, point, options_.layout, std::ref(simulations_));
  }

  /// Searches along one quantity of the point, which `place` sets.
  template <class Place>
  BreakEvenStudy search(const std::string& what, const std::vector<double>& grid, bool is_whole, const Place& place) {
    std::map<double, Outcome> outcomes;
    const auto winner_at = [&](double value) {
      QsPoint point = here_;
      place(point, value);
      return outcomes.emplace(value, at(point, fmt::format("break-even {} {:.4g}", what, value))).first->second.winner;
    };
    BreakEvenStudy result;
    result.found = find_break_even(winner_at, grid, options_.accuracy, is_whole);
    for (auto& [value, each] : outcomes) result.outcomes.push_back(std::move(each));
    return result;
  }

  BreakEvenStudy search_q(double sparsity) {
    return search("q", geometric_grid(1, 2 / sparsity, 2), false, [](QsPoint& point, double q) { point.q = q; });
  }

  BreakEvenStudy search_context() {
    constexpr double shortest = 1024;
    constexpr double longest = 1024 * 1024;
    return search("context", geometric_grid(shortest, longest, 4), true,
                  [](QsPoint& point, double tokens) { point.context = static_cast<int>(tokens); });
  }

  BreakEvenStudy search_batch() {
    QsPoint point = here_;
    point.batch = {};
    const MatchedPair pair = matched_pair(moe_, point, options_.layout);
    BreakEvenStudy none;
    for (const PairSide* const side : {&pair.moe, &pair.dense})
      if (none.not_searched.empty()) none.not_searched = side->obstacle();
    if (!none.not_searched.empty()) return none;
    // A given layout has so many groups; a chosen one depends on the batch.
    const int least = options_.layout == LayoutRule::given ? moe_.parallelism.attention.dp : 1;
    const int largest = std::min(pair.moe.plan.capacity.batch_total, pair.dense.plan.capacity.batch_total);
    return search("batch", geometric_grid(least, largest, 4), true, [](QsPoint& at, double sequences) {
      at.batch = {Batch::Kind::total, static_cast<int>(sequences)};
    });
  }

  std::vector<Outcome> map() {
    std::vector<Outcome> cells;
    for (const int context : options_.contexts)
      for (const int gpus : options_.sizes) {
        QsPoint point = here_;
        point.context = context;
        point.gpus = gpus;
        cells.push_back(at(point, fmt::format("map, {} tokens on {}", context, count_text(gpus, "GPU"))));
      }
    return cells;
  }

  std::vector<Sensitivity> sensitivity() {
    std::vector<Sensitivity> results;
    for (const auto& [name, scale] : hardware_knobs())
      for (const double factor : {0.75, 1.25}) {  // a quarter, as the paper's table 2
        Deployment changed = moe_;
        scale(changed.platform, factor);
        results.push_back({name, factor, at(changed, here_, fmt::format("{} x {}", name, factor))});
      }
    return results;
  }

  const Deployment& moe_;
  const QsOptions& options_;
  Simulations simulations_;
  QsPoint here_;
};

}  // namespace

QsStudy study_qs(const Deployment& moe, const QsOptions& options) { return Study(moe, options).make(); }

}  // namespace ringtail
