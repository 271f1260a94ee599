#include "simulation/run_replications.hpp"

#include <algorithm>
#include <numeric>

#include "simulation/forked.hpp"
#include "simulation/step_time.hpp"
#include "stats/stopping.hpp"

namespace ringtail {
namespace {

/// Simulates replications of a deployment side by side, and keeps count of steps.
class Replicator {
 public:
  Replicator(const Deployment& deployment, int batch_total, const SimulateOptions& options)
      : deployment_(deployment), batch_total_(batch_total), options_(options) {}

  /// Steps that will be simulated later than the next call's.
  void expect_later(std::int64_t steps) { later_ = steps; }

  /// Adds `count` replications, with `warmup` and `steps` instead of the deployment's. The first of all is recorded.
  void add(int count, int warmup, int steps, std::vector<Replication>& replications, const Recording& recording = {}) {
    Deployment deployment = deployment_;
    deployment.run.warmup = warmup;
    deployment.run.steps = steps;
    const int first = static_cast<int>(replications.size());
    const std::int64_t added = std::int64_t{count} * (std::int64_t{warmup} + steps);
    const auto texts = run_forked(
        count, options_.jobs,
        [&](int task, const TellProgress& tell) {
          return serialize(simulate_replication(deployment, batch_total_, first + task, tell,
                                                first + task == 0 ? recording : Recording{}));
        },
        [&](const std::vector<int>& told) {
          options_.on_progress(
              {done_ + std::accumulate(told.begin(), told.end(), std::int64_t{0}), done_ + added + later_});
        });
    done_ += added;
    std::transform(texts.begin(), texts.end(), std::back_inserter(replications), deserialize_replication);
  }

 private:
  const Deployment& deployment_;
  int batch_total_;
  const SimulateOptions& options_;
  std::int64_t done_ = 0;
  std::int64_t later_ = 0;
};

/// Steps to drop: those given, or as MSER-5 says of a pilot that starts like the replications themselves.
WarmUp find_warmup(const Run& run, Replicator& replicator) {
  if (run.warmup) return {*run.warmup, 0, true};
  std::vector<Replication> pilots;
  replicator.expect_later(std::int64_t{run.replications} * run.steps);
  replicator.add(run.replications, 0, pilot_steps(run), pilots);
  replicator.expect_later(0);
  const Truncation truncation = mser5(pooled_steps(pilots)).value();
  return {static_cast<int>(truncation.dropped), pilot_steps(run), truncation.over || !truncation.significant};
}

/// Adds replications until `run.precision` is reached, or there are `run.max_replications`; those beyond are removed.
Stopping add_until_precise(const Run& run, int warmup, int jobs, Replicator& replicator,
                           std::vector<Replication>& replications) {
  const auto means = [&] {
    std::vector<double> values;
    for (const Replication& r : replications) values.push_back(r.step);
    return values;
  };
  const auto least = static_cast<std::size_t>(run.replications);
  std::optional<std::size_t> needed;
  for (;;) {
    needed = replications_needed(means(), least, *run.precision);
    const int left = run.max_replications - static_cast<int>(replications.size());
    if (needed || left <= 0) break;
    replicator.add(std::min(jobs, left), warmup, run.steps, replications);
  }
  if (needed) replications.resize(*needed);
  return {*run.precision, relative_half_width(means()).value(), needed.has_value()};
}

}  // namespace

int pilot_steps(const Run& run) {
  constexpr int least = 100;  // 20 groups of MSER-5: of fewer, chance alone would often drop half.
  return std::max(run.steps, least);
}

SimulatedRun run_replications(const Deployment& deployment, int batch_total, const SimulateOptions& options) {
  const Run& run = deployment.run;
  Replicator replicator(deployment, batch_total, options);
  SimulatedRun simulated;
  simulated.warmup = find_warmup(run, replicator);
  replicator.add(run.replications, simulated.warmup.steps, run.steps, simulated.replications, options.recording);
  if (run.precision)
    simulated.stopping =
        add_until_precise(run, simulated.warmup.steps, options.jobs, replicator, simulated.replications);
  return simulated;
}

}  // namespace ringtail
