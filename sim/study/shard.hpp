#pragma once

#include <optional>
#include <string>
#include <vector>

#include "study/point.hpp"

namespace ringtail {

/// One of several parts of a study.
struct Shard {
  int index = 1;  ///< From 1.
  int count = 1;
};

/// "2/8"; or "env": what Open MPI or Slurm say in the environment. Nothing if it is neither.
[[nodiscard]] std::optional<Shard> parse_shard(const std::string& text);

/// The points of a shard, each identity once: sorted by identity, which has nothing to do with how long they take, and
/// dealt in turn.
[[nodiscard]] std::vector<const PlannedPoint*> points_of(const Shard& shard, const std::vector<PlannedPoint>& points);

}  // namespace ringtail
