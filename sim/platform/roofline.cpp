#include "platform/roofline.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringtail {

Seconds KernelTime::alone() const { return overhead + std::max(compute, hbm); }

KernelTime roofline(const Work& work, const Gpu& gpu) {
  const KernelEfficiency& efficiency = gpu.kernels.of(work.kernel_class);
  const FlopsPerSecond peak = gpu.peak.of(work.dtype);
  if (work.flops > 0 && peak <= 0) throw std::invalid_argument("the GPU has no peak FLOP/s for the kernel's format");
  return {.overhead = gpu.launch_overhead + efficiency.floor,
          .compute = work.flops > 0 ? work.flops / (peak * efficiency.compute) : 0,
          .hbm = work.bytes / (gpu.hbm.bandwidth * efficiency.bandwidth)};
}

}  // namespace ringtail
