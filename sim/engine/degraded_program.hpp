#pragma once

#include <string>
#include <vector>

#include "platform/platform.hpp"
#include "program/program.hpp"

namespace ringtail {

/// What is left of a GPU's nominal speeds: factors in (0, 1].
struct GpuSpeed {
  double compute = 1.0;
  double hbm = 1.0;
};

/// The product of all degradations of a GPU.
GpuSpeed gpu_speed(const Platform& platform, int gpu);

/// A program on GPUs of which some are degraded: their kernels compute and read for longer. Overheads stay.
class DegradedProgram final : public Program {
 public:
  /// Rank r runs on GPU slot_of_rank[r] (on GPU r if empty). `program` must outlive this.
  DegradedProgram(Program& program, const Platform& platform, const std::vector<int>& slot_of_rank);

  [[nodiscard]] int ranks() const override { return program_.ranks(); }
  [[nodiscard]] int block_ranks() const override { return program_.block_ranks(); }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return program_.stages(); }
  [[nodiscard]] const std::vector<std::string>& families() const override { return program_.families(); }
  void next(int rank, std::vector<Op>& ops) override;

 private:
  Program& program_;
  std::vector<GpuSpeed> speed_;  ///< By rank.
};

}  // namespace ringtail
