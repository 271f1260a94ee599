#pragma once

#include <array>
#include <vector>

#include "decode/stages.hpp"
#include "program/wrapped_program.hpp"

namespace ringtail {

/// A decode program in which the larger of compute and HBM is that of a whole phase of the step, not of each kernel:
/// equation 3 of closed forms. A kernel takes as long as max(C, H) grows by it, where C and H are the sums over the
/// rank's kernels of the phase so far; so all of them take max(ΣC, ΣH), and each is where it was. What of its
/// compute or HBM time the other resource had left free before is taken off its own.
class PhaseMaxima final : public WrappedProgram {
 public:
  /// `program`'s stages are those of decode/stages.hpp; it must outlive this.
  explicit PhaseMaxima(Program& program);

  void next(int rank, std::vector<Op>& ops) override;

 private:
  struct Sums {
    Seconds compute = 0;
    Seconds hbm = 0;
  };
  struct Rank {
    std::array<Sums, 2> sums;  ///< Of the step, by phase.
    Phase phase = Phase::attention;
  };

  static void shorten(Kernel& kernel, Rank& rank);

  std::vector<Rank> ranks_;
};

}  // namespace ringtail
