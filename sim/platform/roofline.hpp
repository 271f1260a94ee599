#pragma once

#include <cmath>

#include "base/units.hpp"
#include "model/dtype.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// Work of one kernel, as executed: the rows of a product are already padded to the class's tile.
struct Work {
  KernelClass kernel_class = KernelClass::memory;
  Dtype dtype = Dtype::bf16;  ///< Format that is multiplied: chooses the peak FLOP/s.
  Flops flops = 0;
  Bytes bytes = 0;   ///< Read from and written to HBM.
  double items = 0;  ///< That cost the class's `per_item` each.
};

/// How long a kernel needs each resource. Alone on its GPU it takes overhead + max(compute, hbm).
struct KernelTime {
  Seconds overhead = 0;
  Seconds compute = 0;
  Seconds hbm = 0;

  [[nodiscard]] Seconds alone() const;
};

/// The roofline (Williams, Waterman, Patterson, CACM 2009) with the achieved fractions of the kernel's class as
/// ceilings: overhead = launch overhead + floor + items · per_item, compute = flops / (peak · fraction), hbm = bytes /
/// (bandwidth · fraction). Throws std::invalid_argument if there are flops in a format that the GPU does not compute in
/// (peak 0).
KernelTime roofline(const Work& work, const Gpu& gpu);

/// `rows` rounded up to a multiple of `tile`: what a GEMM computes. Zero rows stay zero.
constexpr int padded(int rows, int tile) { return (rows + tile - 1) / tile * tile; }

/// The same of a mean number of rows, which need not be whole: a tile of one row adds nothing to it.
inline double padded(double rows, int tile) { return tile == 1 ? rows : std::ceil(rows / tile) * tile; }

}  // namespace ringtail
