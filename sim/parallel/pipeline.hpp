#pragma once

#include "model/weights.hpp"
#include "parallel/parallelism.hpp"

namespace ringtail {

/// Layers first .. first + count - 1 of the model.
struct LayerRange {
  int first = 0;
  int count = 0;

  [[nodiscard]] int end() const { return first + count; }
};

/// The layers of pipeline stage `stage` of `stages`: divided as evenly as possible, the first stages get one more. The
/// first stage also has the embedding, the last one the head.
[[nodiscard]] constexpr LayerRange layers_of_stage(int layers, int stages, int stage) {
  const int more = layers % stages;
  return {stage * (layers / stages) + (stage < more ? stage : more), layers / stages + (stage < more ? 1 : 0)};
}

/// Sequences of the largest micro-batch in the fullest attention group: those that go through a stage at a time.
[[nodiscard]] inline int sequences_at_a_time(const Parallelism& parallelism, int batch_total) {
  return largest_share(largest_share(batch_total, parallelism.attention.dp), parallelism.pipeline.batches());
}

}  // namespace ringtail
