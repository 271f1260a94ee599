#include "engine/degraded_program.hpp"

namespace ringtail {

GpuSpeed gpu_speed(const Platform& platform, int gpu) {
  GpuSpeed speed;
  for (const Degradation& degradation : platform.degrade) {
    if (degradation.gpu != gpu) continue;
    speed.compute *= degradation.compute;
    speed.hbm *= degradation.hbm;
  }
  return speed;
}

DegradedProgram::DegradedProgram(Program& program, const Platform& platform, const std::vector<int>& gpu_of_rank)
    : WrappedProgram(program) {
  for (int rank = 0; rank < program.ranks(); ++rank)
    speed_.push_back(gpu_speed(platform, gpu_of_rank.empty() ? rank : gpu_of_rank[static_cast<std::size_t>(rank)]));
}

void DegradedProgram::next(int rank, std::vector<Op>& ops) {
  const GpuSpeed& speed = speed_[static_cast<std::size_t>(rank)];
  std::size_t i = ops.size();
  for (program_.next(rank, ops); i < ops.size(); ++i) {
    auto* kernel = std::get_if<Kernel>(&ops[i]);
    if (auto* relay = std::get_if<Relay>(&ops[i])) kernel = &relay->copy;
    if (!kernel) continue;
    kernel->compute /= speed.compute;
    kernel->hbm /= speed.hbm;
  }
}

}  // namespace ringtail
