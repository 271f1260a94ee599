#include "tune/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <string>

#include "simulation/forked.hpp"
#include "simulation/replication.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

constexpr std::size_t wave_size = 8;
constexpr std::size_t narrowed_designs = 3;
constexpr int halvings = 4;
constexpr std::size_t points_per_octave = 3;

double value(double tokens_per_s, Seconds tpot, Goal goal) {
  return goal == Goal::throughput ? tokens_per_s : 1 / tpot;
}

/// A step after one of warm-up, in this process. The text is "tokens per second, seconds per token".
std::string simulate_briefly(Deployment deployment, int batch) {
  deployment.run = {.steps = 1, .warmup = 1, .replications = 1, .seed = deployment.run.seed};
  const Replication replication = simulate_replication(deployment, batch, 0, [](int) {});
  const Measurement m = measure({replication}, batch, deployment.gpus, deployment.decode.accepted_tokens());
  return fmt::format("{:.17g} {:.17g}", m.throughput.tokens_per_s, m.step.tpot);
}

}  // namespace

double score(const TunedPoint& point, const TuneOptions& options) {
  if (point.tpot <= 0 || (options.tpot_limit && point.tpot > *options.tpot_limit)) return 0;
  return value(point.tokens_per_s, point.tpot, options.goal);
}

Search::Search(const Deployment& base, const std::vector<Design>& designs, const TuneOptions& options)
    : base_(base), options_(options) {
  for (const Design& design : designs) {
    for (const int batch : batches_of(base, design)) {
      const Deployment deployment = deployment_of(base, design, batch);
      if (plan_batch(deployment).error) continue;
      points_.push_back({{design, batch, forecast(deployment, batch)}});
    }
  }
  std::stable_sort(points_.begin(), points_.end(),
                   [&](const Candidate& a, const Candidate& b) { return hope(a.point) > hope(b.point); });
}

double Search::hope(const TunedPoint& point) const {
  const auto& [tokens_per_s, tpot] = point.forecast;
  if (options_.tpot_limit && tpot / options_.margin > *options_.tpot_limit) return 0;
  return options_.margin * value(tokens_per_s, tpot, options_.goal);
}

double Search::best_score() const {
  double best = 0;
  for (const TunedPoint& point : simulated_) best = std::max(best, score(point, options_));
  return best;
}

void Search::simulate(std::vector<TunedPoint> wave, const std::string& what) {
  const auto tell = [&](const std::vector<int>&) {
    options_.on_progress(what, {static_cast<std::int64_t>(simulated_.size()), options_.most_simulations});
  };
  const auto texts = run_forked(
      static_cast<int>(wave.size()), options_.jobs,
      [&](int i, const TellProgress&) {
        const TunedPoint& point = wave[static_cast<std::size_t>(i)];
        return simulate_briefly(deployment_of(base_, point.design, point.batch), point.batch);
      },
      tell);
  for (std::size_t i = 0; i < wave.size(); ++i) {
    std::istringstream text(texts[i]);
    text >> wave[i].tokens_per_s >> wave[i].tpot;
    simulated_.push_back(std::move(wave[i]));
  }
}

void Search::simulate_candidates(const std::vector<std::size_t>& wave, const std::string& what) {
  std::vector<TunedPoint> points;
  for (const std::size_t i : wave) {
    points_[i].done = true;
    points.push_back(points_[i].point);
  }
  simulate(std::move(points), what);
}

void Search::find_best() {
  std::size_t next = 0;
  const auto could_win = [&] { return next < points_.size() && hope(points_[next].point) > best_score(); };
  while (could_win() && simulated_.size() < static_cast<std::size_t>(options_.most_simulations)) {
    std::vector<std::size_t> wave;
    for (; wave.size() < wave_size && could_win(); ++next) wave.push_back(next);
    simulate_candidates(wave, "search: ");
  }
  for (; could_win(); ++next) ++left_out_;
}

/// Half-way between the largest batch within the limit and the smallest beyond it, of the best designs that have both.
std::vector<TunedPoint> Search::batches_between() const {
  struct Bracket {
    const TunedPoint* within = nullptr;
    const TunedPoint* beyond = nullptr;
  };
  std::map<std::string, Bracket> brackets;
  for (const TunedPoint& point : simulated_) {
    auto& [within, beyond] = brackets[text_of(point.design)];
    if (point.tpot <= *options_.tpot_limit) {
      if (!within || point.batch > within->batch) within = &point;
    } else if (!beyond || point.batch < beyond->batch) {
      beyond = &point;
    }
  }
  std::vector<Bracket> open;
  for (const auto& [name, bracket] : brackets)
    if (bracket.within && bracket.beyond) open.push_back(bracket);
  std::stable_sort(open.begin(), open.end(), [&](const Bracket& a, const Bracket& b) {
    return score(*a.within, options_) > score(*b.within, options_);
  });
  std::vector<TunedPoint> between;
  for (const auto& [within, beyond] : open) {
    if (between.size() == narrowed_designs) break;
    const int groups = within->design.parallelism.attention.dp * within->design.parallelism.pipeline.batches();
    const int batch = (within->batch + beyond->batch) / 2 / groups * groups;
    if (batch <= within->batch || batch >= beyond->batch) continue;
    const Deployment deployment = deployment_of(base_, within->design, batch);
    between.push_back({within->design, batch, forecast(deployment, batch)});
  }
  return between;
}

void Search::narrow_batches() {
  if (!options_.tpot_limit || options_.goal != Goal::throughput || base_.decode.batch.kind != Batch::Kind::max) return;
  for (int i = 0; i < halvings; ++i) {
    std::vector<TunedPoint> between = batches_between();
    if (between.empty()) return;
    simulate(std::move(between), "batches: ");
  }
}

void Search::find_front() {
  std::map<int, std::vector<std::size_t>> octaves;
  for (std::size_t i = 0; i < points_.size(); ++i)
    octaves[static_cast<int>(std::floor(std::log2(points_[i].point.forecast.tpot)))].push_back(i);
  std::vector<std::size_t> wanted;
  for (auto& [octave, points] : octaves) {
    std::stable_sort(points.begin(), points.end(), [&](std::size_t a, std::size_t b) {
      return points_[a].point.forecast.tokens_per_s > points_[b].point.forecast.tokens_per_s;
    });
    points.resize(std::min(points.size(), points_per_octave));
    std::copy_if(points.begin(), points.end(), std::back_inserter(wanted),
                 [&](std::size_t i) { return !points_[i].done; });
  }
  for (std::size_t first = 0; first < wanted.size(); first += wave_size) {
    const auto begin = wanted.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = wanted.begin() + static_cast<std::ptrdiff_t>(std::min(first + wave_size, wanted.size()));
    simulate_candidates({begin, end}, "front: ");
  }
}

}  // namespace ringtail
