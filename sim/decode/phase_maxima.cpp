#include "decode/phase_maxima.hpp"

#include <algorithm>

namespace ringtail {

PhaseMaxima::PhaseMaxima(Program& program)
    : WrappedProgram(program), ranks_(static_cast<std::size_t>(program.ranks())) {}

void PhaseMaxima::next(int rank, std::vector<Op>& ops) {
  Rank& at = ranks_[static_cast<std::size_t>(rank)];
  std::size_t i = ops.size();
  for (program_.next(rank, ops); i < ops.size(); ++i) {
    if (auto* kernel = std::get_if<Kernel>(&ops[i])) shorten(*kernel, at);
    if (std::holds_alternative<EndStep>(ops[i])) at = {};
  }
}

void PhaseMaxima::shorten(Kernel& kernel, Rank& rank) {
  rank.phase = phase_of(static_cast<Stage>(kernel.stage)).value_or(rank.phase);
  Sums& sums = rank.sums[static_cast<std::size_t>(rank.phase)];
  const Seconds longest = std::max(sums.compute, sums.hbm);
  sums.compute += kernel.compute;
  sums.hbm += kernel.hbm;
  kernel.compute = std::max(0.0, sums.compute - longest);
  kernel.hbm = std::max(0.0, sums.hbm - longest);
}

}  // namespace ringtail
