#pragma once

#include <string>

#include "base/units.hpp"
#include "model/dtype.hpp"

namespace ringtail {

/// How well one class of kernels uses a GPU.
struct KernelEfficiency {
  double compute = 1.0;    ///< Achieved fraction of peak FLOP/s, in (0, 1].
  double bandwidth = 1.0;  ///< Achieved fraction of HBM bandwidth, in (0, 1].
  Seconds floor = 0.0;     ///< Fixed cost of one kernel beside the launch overhead: prologue, epilogue, tail.
  int tile = 1;            ///< Rows of a GEMM are rounded up to a multiple of this (compute only).
};

/// What a kernel is like; each class reaches other fractions of the GPU's peaks.
enum class KernelClass {
  gemm,          ///< Dense matrix products.
  grouped_gemm,  ///< One product per expert, in one launch.
  attention,     ///< Decode attention over the KV cache.
  memory,        ///< Norms, RoPE, quantise, activation, top-k, permute, residual.
};

/// The efficiency of each kernel class on one GPU.
struct Kernels {
  KernelEfficiency gemm;
  KernelEfficiency grouped_gemm;
  KernelEfficiency attention;
  KernelEfficiency memory;

  [[nodiscard]] const KernelEfficiency& of(KernelClass kernel_class) const {
    switch (kernel_class) {
      case KernelClass::gemm: return gemm;
      case KernelClass::grouped_gemm: return grouped_gemm;
      case KernelClass::attention: return attention;
      case KernelClass::memory: return memory;
    }
    return memory;
  }
};

struct Hbm {
  Bytes capacity = 0;
  BytesPerSecond bandwidth = 0;
};

/// Peak dense FLOP/s per number format; 0 where the GPU has none.
struct PeakFlops {
  FlopsPerSecond fp4 = 0;
  FlopsPerSecond fp8 = 0;
  FlopsPerSecond bf16 = 0;
  FlopsPerSecond fp32 = 0;

  [[nodiscard]] FlopsPerSecond of(Dtype dtype) const {
    switch (dtype) {
      case Dtype::fp4: return fp4;
      case Dtype::fp8: return fp8;
      case Dtype::bf16: return bf16;
      case Dtype::fp32: return fp32;
    }
    return 0;
  }
};

struct Gpu {
  Hbm hbm;
  PeakFlops peak;
  Seconds launch_overhead = 0;  ///< From the end of one kernel to the start of the next inside a captured graph.
  Kernels kernels;
};

/// The GPUs on one non-blocking NVSwitch domain. Bandwidth is per GPU and direction.
struct Island {
  int size = 1;
  BytesPerSecond bandwidth = 0;
  double efficiency = 1.0;  ///< Fraction of the nominal bandwidth that transfers reach, in (0, 1].
  Seconds latency = 0;
};

/// The network between islands: one NIC per GPU, all on one non-blocking switch. Bandwidth is per GPU and direction.
struct Fabric {
  BytesPerSecond bandwidth = 0;
  double efficiency = 1.0;
  Seconds latency = 0;
};

/// The hardware of a deployment.
struct Platform {
  std::string name;
  std::string source;
  Gpu gpu;
  Island island;
  Fabric fabric;
};

}  // namespace ringtail
