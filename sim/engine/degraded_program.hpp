#pragma once

#include <vector>

#include "platform/platform.hpp"
#include "program/wrapped_program.hpp"

namespace ringtail {

/// What is left of a GPU's nominal speeds: factors in (0, 1].
struct GpuSpeed {
  double compute = 1.0;
  double hbm = 1.0;
};

/// The product of all degradations of a GPU.
GpuSpeed gpu_speed(const Platform& platform, int gpu);

/// A program on GPUs of which some are degraded: their kernels compute and read for longer. Overheads stay.
class DegradedProgram final : public WrappedProgram {
 public:
  /// Rank r runs on GPU gpu_of_rank[r] (on GPU r if empty). `program` must outlive this.
  DegradedProgram(Program& program, const Platform& platform, const std::vector<int>& gpu_of_rank);

  void next(int rank, std::vector<Op>& ops) override;

 private:
  std::vector<GpuSpeed> speed_;  ///< By rank.
};

}  // namespace ringtail
