#include "advice/advice.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>

#include "config/load.hpp"
#include "simulation/forked.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

constexpr int screening_steps = 2;
constexpr int screening_warmup = 1;
constexpr std::size_t most_finalists = 8;
constexpr int finalists_of_a_lever = 2;
constexpr std::size_t most_advised = 3;

using Replications = std::vector<Replication>;

struct Candidate {
  const Lever* lever;
  Change change;
  Deployment deployment;
  int batch_total;
  double screened = 0;  ///< Tokens per second per GPU of a few steps.
  double score = 0;     ///< As last simulated, screened or in full.
  std::optional<Gain> gain;
  std::optional<Measurement> measurement;
};

/// Tokens per second per GPU of each replication.
std::vector<double> throughputs(const Replications& replications, int batch_total, const Deployment& deployment) {
  const double tokens_per_gpu = batch_total * deployment.decode.accepted_tokens() / deployment.gpus;
  std::vector<double> values;
  for (const Replication& r : replications) values.push_back(r.pace * tokens_per_gpu / r.step);
  return values;
}

/// The changed deployment, if the checks and the memory allow it.
std::optional<Candidate> make_candidate(const DeploymentSource& source, const Lever& lever, Change change) {
  std::vector<std::string> overrides = source.overrides;
  overrides.insert(overrides.end(), change.set.begin(), change.set.end());
  LoadResult loaded = load_deployment(source.file, overrides, source.data);
  if (!loaded.deployment) return std::nullopt;
  const BatchPlan plan = plan_batch(*loaded.deployment);
  if (plan.error || !plan.infeasible_reason.empty()) return std::nullopt;
  return Candidate{
      &lever, std::move(change), std::move(*loaded.deployment), plan.capacity.batch_total, 0, 0, std::nullopt, {}};
}

/// Simulates deployments side by side and keeps count of steps.
class Simulations {
 public:
  Simulations(const SimulateOptions& options, std::int64_t steps_total) : options_(options), total_(steps_total) {}

  struct Case {
    const Deployment* deployment;
    int batch_total;
  };

  /// The replications of each case as `run` says; none of a case that fails, which harms no other.
  std::vector<Replications> run(const std::vector<Case>& cases, const Run& run) {
    std::vector<Deployment> deployments;
    for (const Case& each : cases) {
      deployments.push_back(*each.deployment);
      deployments.back().run = run;
    }
    const int tasks = static_cast<int>(cases.size()) * run.replications;
    const auto task = [&](int index, const TellProgress& tell) -> std::string {
      const auto at = static_cast<std::size_t>(index / run.replications);
      try {
        return serialize(simulate_replication(deployments[at], cases[at].batch_total, index % run.replications, tell));
      } catch (const std::exception&) {
        return {};
      }
    };
    const auto texts = run_forked(tasks, options_.jobs, task, [&](const std::vector<int>& steps) {
      options_.on_progress({done_ + std::accumulate(steps.begin(), steps.end(), std::int64_t{0}), total_});
    });
    done_ += std::int64_t{tasks} * (std::int64_t{*run.warmup} + run.steps);
    return grouped(texts, run.replications);
  }

 private:
  static std::vector<Replications> grouped(const std::vector<std::string>& texts, int replications) {
    std::vector<Replications> groups;
    for (auto text = texts.begin(); text != texts.end(); text += replications) {
      groups.emplace_back();
      if (std::any_of(text, text + replications, [](const std::string& each) { return each.empty(); })) continue;
      std::transform(text, text + replications, std::back_inserter(groups.back()), deserialize_replication);
    }
    return groups;
  }

  const SimulateOptions& options_;
  std::int64_t total_;
  std::int64_t done_ = 0;
};

std::vector<Simulations::Case> cases_of(const std::vector<Candidate>& candidates) {
  std::vector<Simulations::Case> cases;
  for (const Candidate& candidate : candidates) cases.push_back({&candidate.deployment, candidate.batch_total});
  return cases;
}

void sort_by_score(std::vector<Candidate>& candidates) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
}

/// The first `most` candidates, of each lever no more than `of_a_lever`.
std::vector<Candidate> first_of(std::vector<Candidate> candidates, std::size_t most, int of_a_lever) {
  std::vector<Candidate> chosen;
  for (Candidate& candidate : candidates) {
    const auto is_same = [&](const Candidate& other) { return other.lever == candidate.lever; };
    if (chosen.size() < most && std::count_if(chosen.begin(), chosen.end(), is_same) < of_a_lever)
      chosen.push_back(std::move(candidate));
  }
  return chosen;
}

/// Sets scores from a few steps of replication 0 and takes out what fails, or gains nothing worth the full simulation.
/// Returns how many failed.
int screen(std::vector<Candidate>& candidates, const Result& base, const Run& run, Simulations& simulations) {
  auto cases = cases_of(candidates);
  if (base.feasible()) cases.push_back({&base.deployment, base.capacity.batch_total});
  const auto screened = simulations.run(cases, run);
  double least = 0;
  if (base.feasible() && !screened.back().empty())
    least = throughputs(screened.back(), base.capacity.batch_total, base.deployment).front() * (1 + least_gain);
  int failed = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Candidate& each = candidates[i];
    if (screened[i].empty())
      ++failed;
    else
      each.score = each.screened = throughputs(screened[i], each.batch_total, each.deployment).front();
  }
  std::erase_if(candidates, [&](const Candidate& each) { return each.score <= 0 || each.score < least; });
  sort_by_score(candidates);
  return failed;
}

Gain gain_over(const std::vector<double>& base, const std::vector<double>& changed) {
  const double unit = mean(base);
  std::vector<double> gains;
  for (std::size_t r = 0; r < base.size(); ++r) gains.push_back((changed[r] - base[r]) / unit);
  return {mean(gains), student_t_interval(gains).value()};
}

bool helps(const Candidate& each) {
  return each.measurement && (!each.gain || (each.gain->ci95.low > 0 && each.gain->mean >= least_gain));
}

/// Simulates the finalists like the base.
void measure_fully(std::vector<Candidate>& finalists, const Result& base, Simulations& simulations) {
  const auto simulated = simulations.run(cases_of(finalists), base.deployment.run);
  for (std::size_t i = 0; i < finalists.size(); ++i) {
    if (simulated[i].empty()) continue;
    Candidate& finalist = finalists[i];
    const Deployment& deployment = finalist.deployment;
    finalist.measurement =
        measure(simulated[i], finalist.batch_total, deployment.gpus, deployment.decode.accepted_tokens());
    finalist.score = finalist.measurement->throughput.tokens_per_s_per_gpu;
    if (base.feasible())
      finalist.gain = gain_over(throughputs(base.measurement->replications, base.capacity.batch_total, base.deployment),
                                throughputs(simulated[i], finalist.batch_total, deployment));
  }
}

/// Takes out those that cannot be advised any more, as far as screening can tell: what few steps of one replication
/// said of the leaders was off by some factor, and of these it may be off by the largest, and by as much again as the
/// factors differ.
void keep_contenders(std::vector<Candidate>& others, const std::vector<Candidate>& leaders) {
  double largest = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (const Candidate& leader : leaders) {
    if (!leader.measurement) continue;
    largest = std::max(largest, leader.score / leader.screened);
    smallest = std::min(smallest, leader.score / leader.screened);
  }
  std::vector<const Candidate*> standing;
  for (const Candidate& leader : leaders)
    if (helps(leader)) standing.push_back(&leader);
  if (standing.size() < most_advised) return;
  const auto to_beat = [&](const Candidate& other) {
    double least = std::numeric_limits<double>::infinity();
    for (const Candidate* const leader : standing) {
      if (leader->lever == other.lever) return leader->score;
      least = std::min(least, leader->score);
    }
    return least;
  };
  std::erase_if(others,
                [&](const Candidate& each) { return each.screened * largest * (largest / smallest) < to_beat(each); });
}

/// The finalists that surely help, the best first: simulated like the base are the best of three levers as screened,
/// then what could still take the place of one of them.
std::vector<Candidate> measured(std::vector<Candidate> finalists, const Result& base, Simulations& simulations) {
  std::vector<Candidate> leaders;
  std::vector<Candidate> others;
  for (Candidate& candidate : finalists) {
    const auto is_same = [&](const Candidate& leader) { return leader.lever == candidate.lever; };
    const bool leads = leaders.size() < most_advised && std::none_of(leaders.begin(), leaders.end(), is_same);
    (leads ? leaders : others).push_back(std::move(candidate));
  }
  measure_fully(leaders, base, simulations);
  keep_contenders(others, leaders);
  measure_fully(others, base, simulations);
  std::move(others.begin(), others.end(), std::back_inserter(leaders));
  std::erase_if(leaders, [](const Candidate& each) { return !helps(each); });
  sort_by_score(leaders);
  return leaders;
}

}  // namespace

Advice advise(const DeploymentSource& source, const Result& base, const SimulateOptions& options) {
  Advice advice;
  std::vector<Candidate> candidates;
  for (const Lever& lever : levers()) {
    for (Change& change : lever.changes(base)) {
      if (auto candidate = make_candidate(source, lever, std::move(change)))
        candidates.push_back(std::move(*candidate));
      else
        ++advice.dropped;
    }
  }
  const Run& full = base.deployment.run;
  Run brief = full;
  brief.steps = std::min(full.steps, screening_steps);
  brief.warmup = std::min(*full.warmup, screening_warmup);
  brief.replications = 1;
  const auto screened = static_cast<std::int64_t>(candidates.size() + (base.feasible() ? 1 : 0));
  const auto finals = static_cast<std::int64_t>(std::min(candidates.size(), most_finalists)) * full.replications;
  Simulations simulations(options, screened * (std::int64_t{*brief.warmup} + brief.steps) +
                                       finals * (std::int64_t{*full.warmup} + full.steps));
  const auto tried = static_cast<int>(candidates.size());
  const int failed = screen(candidates, base, brief, simulations);
  advice.tried = tried - failed;
  advice.dropped += failed;
  auto finalists = first_of(std::move(candidates), most_finalists, finalists_of_a_lever);
  for (Candidate& best : first_of(measured(std::move(finalists), base, simulations), most_advised, 1))
    advice.changes.push_back(
        {std::move(best.change), best.lever->kind, best.gain, best.measurement->step.tpot, best.score});
  return advice;
}

}  // namespace ringtail
