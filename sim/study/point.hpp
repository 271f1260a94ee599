#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/study.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {

/// Where a study's points come from.
struct StudySource {
  Study study;
  SourceMap sources;
  std::vector<std::string> overrides;  ///< "path=value", in every point, after all that the study changes.
  std::filesystem::path data;          ///< data_directory().
};

/// A point of a study before it is simulated.
struct PlannedPoint {
  PointLevels levels;
  std::string identity;
  std::size_t number = 0;         ///< Its place among all points of the study.
  int batch_total = 0;            ///< 0 if infeasible.
  std::string infeasible_reason;  ///< Empty if feasible.
  double expected_wall_s = 0;     ///< Of all its replications, one after another.
  Bytes expected_memory = 0;
};

/// What is simulated by what: 16 hexadecimal digits that differ between points that differ in anything that matters.
/// Of the complete deployment all but its name, the counts that it read from a file, the seed, and Ringtail's version
/// and commit. FNV-1a as in config/effective.hpp.
[[nodiscard]] std::string point_identity(const Deployment& deployment);

/// The points of a study in order, or the text of all mistakes in them: each once, with a point that has it.
struct StudyPlan {
  std::vector<PlannedPoint> points;
  std::string errors;  ///< Empty exactly if all are sound.
};

/// Loads every point. With `estimates`, what they take is estimated too.
[[nodiscard]] StudyPlan plan_study(const StudySource& source, bool estimates);

/// The outcome of simulating a point.
struct PointRecord {
  std::string identity;
  std::string outcome;  ///< "done", "infeasible", "failed" or "timeout".
  std::string reason;   ///< Unless done.
  std::string result;   ///< JSON, a line: results/json.hpp's reproducible part, without the critical path by layer;
                        ///< empty unless done.
  double wall_s = 0;
  Bytes peak_memory = 0;
};

/// The record of a point of which that can be said without simulating it: an infeasible one.
[[nodiscard]] std::optional<PointRecord> known_record(const PlannedPoint& point);

/// Simulates a point in this process and its children, one replication after another. Throws like simulate().
[[nodiscard]] PointRecord simulate_point(const StudySource& source, const PlannedPoint& point);

/// A record as a line of text and back, to carry it between processes.
[[nodiscard]] std::string serialize(const PointRecord& record);
[[nodiscard]] PointRecord deserialize_point(const std::string& text);

}  // namespace ringtail
