#include "study/point.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "config/effective.hpp"
#include "results/json.hpp"
#include "simulation/run_estimate.hpp"

namespace ringtail {
namespace {

/// Estimates of points, which share what only routing and the number of steps tell apart.
class Estimates {
 public:
  /// Leaves a point without estimate if its program cannot be written: why is for its outcome to say.
  void try_to_fill_in(const Deployment& deployment, PlannedPoint& point) {
    try {
      fill_in(deployment, point);
    } catch (const std::exception&) {
      point.expected_wall_s = 0;
    }
  }

 private:
  void fill_in(const Deployment& deployment, PlannedPoint& point) {
    constexpr double ops_to_count = 2e5;  // a layer or two: good enough to put points in order
    constexpr double oracle_cost = 20;    // network.solver: simgrid, relative to fluid: docs/performance.md
    Deployment like = deployment;
    like.name = "estimate";
    like.run = {};
    like.routing.popularity = {};
    like.routing.correlation.reset();
    like.routing.trace.reset();
    like.routing.placement = PlacementPolicy::contiguous;
    like.network.solver = NetworkSolver::fluid;
    like.decode.batch = {Batch::Kind::total, point.batch_total};
    const auto [known, is_new] = steps_.try_emplace(config_hash(like));
    if (is_new) known->second = count_step(like, point.batch_total, ops_to_count);
    const RunEstimate estimate = estimate_run(deployment, known->second, 1);
    point.expected_wall_s = estimate.wall * (deployment.network.solver == NetworkSolver::fluid ? 1 : oracle_cost);
    point.expected_memory = estimate.peak_memory;
  }

  std::map<std::string, StepWork> steps_;
};

/// The texts of mistakes, each once: an axis' wrong value is in many points.
class Mistakes {
 public:
  void add(const std::string& errors, const std::string& label) {
    for (auto& [text, first, others] : found_)
      if (text == errors) {
        ++others;
        return;
      }
    found_.push_back({errors, label, 0});
  }

  [[nodiscard]] std::string text() const {
    constexpr std::size_t most_shown = 10;
    std::string result;
    for (std::size_t i = 0; i < std::min(most_shown, found_.size()); ++i) {
      const auto& [text, first, others] = found_[i];
      result += fmt::format("{}note: in point {}{}\n", text, first,
                            others == 0 ? "" : fmt::format(" and {} other{}", others, others == 1 ? "" : "s"));
    }
    if (found_.size() > most_shown) result += fmt::format("and {} more kinds of points\n", found_.size() - most_shown);
    return result;
  }

  [[nodiscard]] bool are_too_many() const { return found_.size() > 100; }

 private:
  struct Found {
    std::string text;
    std::string first;
    int others;
  };
  std::vector<Found> found_;
};

/// A batch that does not fit makes a point of a study infeasible, where a single deployment has a mistake: in a study
/// the batch is rarely what a point is about.
std::string infeasible_reason(const BatchPlan& plan) {
  if (plan.error) return plan.error->message.substr(0, plan.error->message.find('\n'));
  return plan.infeasible_reason;
}

}  // namespace

StudyPlan plan_study(const StudySource& source, bool estimates) {
  StudyPlan plan;
  Mistakes mistakes;
  Estimates known;
  std::size_t number = 0;
  for (PointLevels& levels : study_points(source.study)) {
    ++number;
    const LoadResult loaded = load_point(source.study, source.sources, levels, source.overrides, source.data);
    if (!loaded.deployment) {
      mistakes.add(loaded.errors, point_label(source.study, levels));
      if (mistakes.are_too_many()) break;
      continue;
    }
    const BatchPlan batch = plan_batch(*loaded.deployment);
    PlannedPoint point{
        std::move(levels), point_identity(*loaded.deployment), number - 1, 0, infeasible_reason(batch), 0, 0};
    if (point.infeasible_reason.empty()) {
      point.batch_total = batch.capacity.batch_total;
      if (estimates) known.try_to_fill_in(*loaded.deployment, point);
    }
    plan.points.push_back(std::move(point));
  }
  plan.errors = mistakes.text();
  return plan;
}

std::optional<PointRecord> known_record(const PlannedPoint& point) {
  if (point.infeasible_reason.empty()) return std::nullopt;
  return PointRecord{point.identity, "infeasible", point.infeasible_reason, {}, 0, 0};
}

PointRecord simulate_point(const StudySource& source, const PlannedPoint& point) {
  if (const auto record = known_record(point)) return *record;
  const auto begin = std::chrono::steady_clock::now();
  const LoadResult loaded = load_point(source.study, source.sources, point.levels, source.overrides, source.data);
  if (!loaded.deployment || point_identity(*loaded.deployment) != point.identity)
    throw std::runtime_error("a file that the study reads has changed since the sweep began");
  const Result result = simulate(*loaded.deployment, plan_batch(*loaded.deployment), {});
  auto json = reproducible_json(result);
  json.erase("critical_path");  // by layer; per_replication has its sums over layers
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return {point.identity, "done", {}, json.dump(), wall.count(), result.measurement->cost.peak_memory};
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PointRecord, identity, outcome, reason, result, wall_s, peak_memory)

std::string serialize(const PointRecord& record) { return nlohmann::json(record).dump(); }

PointRecord deserialize_point(const std::string& text) { return nlohmann::json::parse(text).get<PointRecord>(); }

}  // namespace ringtail
