#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/deployment.hpp"

/// What `ringtail tune` chooses among: everything about a deployment that its owner decides, on given GPUs.
namespace ringtail {

/// How a deployment could be run.
struct Design {
  Parallelism parallelism;
  Overlap overlap;
  int redundant_experts = 0;
  PlacementPolicy placement = PlacementPolicy::contiguous;
  int largest_batch = 0;  ///< Sequences over all GPUs; at least 1.
};

/// Why designs are impossible: what the first of them says, and how many say it with other numbers.
struct Obstacle {
  std::string message;
  int designs = 0;
};

struct DesignSpace {
  std::vector<Design> designs;      ///< Those that are possible.
  std::vector<Obstacle> obstacles;  ///< By falling number of designs.
  int tried = 0;                    ///< Possible or not.
};

/// All designs of the base's model on its GPUs: attention DP x KVP or CP x TP and FFN DP x EP x TP over the GPUs of
/// each of PP stages, in all ways that come out even; every overlap policy; for an MoE whose popularity is uneven
/// without replicas and with one on each EP rank, placed by `spread`, and as the base has it. All else is the base's.
[[nodiscard]] DesignSpace design_space(const Deployment& base);

/// The base with a design and so many sequences over all GPUs.
[[nodiscard]] Deployment deployment_of(const Deployment& base, const Design& design, int batch);

/// "attention DP8 x TP8, FFN EP64, two-batch, 64 redundant experts".
[[nodiscard]] std::string text_of(const Design& design);

/// The `--set` arguments that make the base's file this design with so many sequences.
[[nodiscard]] std::vector<std::string> overrides_of(const Design& design, int batch, bool is_moe);

/// Batches to try of a design: the largest, and halves of it down to one sequence per attention group, each a multiple
/// of the groups where that is possible; or the base's own, if it is given and fits.
[[nodiscard]] std::vector<int> batches_of(const Deployment& base, const Design& design);

}  // namespace ringtail
