#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "qs/break_even.hpp"
#include "qs/sensitivity.hpp"

namespace ringtail {

/// What a study looks at beside the deployment itself.
struct QsParts {
  bool break_even = true;
  bool map = true;
  bool sensitivity = true;
};

struct QsOptions {
  double q = 5;
  LayoutRule layout = LayoutRule::given;
  std::vector<int> contexts;  ///< Of the map, rising; tokens.
  std::vector<int> sizes;     ///< Of the map, rising; GPUs.
  double accuracy = 0.02;     ///< Of break-evens, relative.
  QsParts parts = {};
  int jobs = 1;  ///< Replications at a time.
  std::function<void(const std::string& what, const StepProgress&)> on_progress = [](const std::string&,
                                                                                     const StepProgress&) {};
};

/// A break-even with how the pair compares at each place that was tried.
struct BreakEvenStudy {
  BreakEven found;
  std::vector<Outcome> outcomes;  ///< Of found.trials.
  std::string not_searched;       ///< Why there was no search; empty if there was one.
};

/// The hardware with one figure changed.
struct Sensitivity {
  std::string_view knob;
  double factor = 1;
  Outcome outcome;
};

/// An MoE against the dense model of its quality.
struct QsStudy {
  Deployment moe;
  LayoutRule layout = LayoutRule::given;
  double q = 0;
  double sparsity = 0;              ///< s = k / E, equation 9.
  double dense_parameters = 0;      ///< q s P_total, equation 21.
  Winner predicted = Winner::none;  ///< Of the qs inequality, equation 18.
  double crossover_batch = 0;       ///< Below it the MoE touches fewer FFN bytes; infinite if q s >= 1.
  Outcome here;                     ///< The deployment itself.
  std::optional<BreakEvenStudy> q_search;
  std::optional<BreakEvenStudy> context_search;
  std::optional<BreakEvenStudy> batch_search;  ///< Both models with one batch.
  std::vector<Outcome> map;                    ///< Sizes inside contexts.
  std::vector<Sensitivity> sensitivity;
};

/// Makes the study; equal deployments are simulated once. `moe` is decoder-only and has experts. Searched are q in
/// [1, 2/s], contexts from 1k to 1M, and batches up to the largest that both models
/// can have. Throws TaskFailed.
[[nodiscard]] QsStudy study_qs(const Deployment& moe, const QsOptions& options);

}  // namespace ringtail
