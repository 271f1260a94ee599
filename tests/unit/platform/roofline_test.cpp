#include "platform/roofline.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ringtail {
namespace {

/// Round numbers: 1 TB/s, 100 TFLOPS in bf16, 200 in fp8.
Gpu round_gpu() {
  Gpu gpu;
  gpu.hbm = {.capacity = 80e9, .bandwidth = 1e12};
  gpu.peak = {.fp4 = 0, .fp8 = 200e12, .bf16 = 100e12, .fp32 = 0};
  gpu.launch_overhead = 1e-6;
  gpu.kernels.gemm = {.compute = 0.5, .bandwidth = 0.8, .floor = 2e-6, .tile = 64};
  gpu.kernels.grouped_gemm = {.compute = 0.25, .bandwidth = 0.5, .floor = 3e-6, .tile = 64};
  gpu.kernels.attention = {.compute = 1.0, .bandwidth = 0.9, .floor = 4e-6, .tile = 1};
  gpu.kernels.memory = {.compute = 1.0, .bandwidth = 0.75, .floor = 5e-6, .tile = 1};
  return gpu;
}

// 100 MFLOP at 0.5 · 100 TFLOPS are 2 us, 8 MB at 0.8 · 1 TB/s are 10 us, after 1 us launch and 2 us floor.
TEST(Roofline, OverheadComputeAndHbmByHand) {
  const KernelTime time =
      roofline({.kernel_class = KernelClass::gemm, .dtype = Dtype::bf16, .flops = 1e8, .bytes = 8e6}, round_gpu());
  EXPECT_DOUBLE_EQ(time.overhead, 3e-6);
  EXPECT_DOUBLE_EQ(time.compute, 2e-6);
  EXPECT_DOUBLE_EQ(time.hbm, 10e-6);
  EXPECT_DOUBLE_EQ(time.alone(), 13e-6);
}

// The same with 20 times the flops: 40 us of compute hide the 10 us of HBM.
TEST(Roofline, TheSlowerResourceDecides) {
  const KernelTime time =
      roofline({.kernel_class = KernelClass::gemm, .dtype = Dtype::bf16, .flops = 2e9, .bytes = 8e6}, round_gpu());
  EXPECT_DOUBLE_EQ(time.alone(), 43e-6);
}

// fp8 has twice the peak of bf16 here, so half the compute time for the same flops.
TEST(Roofline, FormatChoosesThePeak) {
  Work work{.kernel_class = KernelClass::gemm, .dtype = Dtype::fp8, .flops = 1e8, .bytes = 0};
  EXPECT_DOUBLE_EQ(roofline(work, round_gpu()).compute, 1e-6);
  work.dtype = Dtype::fp4;  // This GPU has no fp4.
  EXPECT_THROW(roofline(work, round_gpu()), std::invalid_argument);
  work.flops = 0;  // Moving fp4 data is no problem.
  EXPECT_EQ(roofline(work, round_gpu()).compute, 0);
}

// 9 MB take 9/0.8, 9/0.5, 9/0.9 and 9/0.75 us in the four classes, with floors of 2, 3, 4 and 5 us.
TEST(Roofline, EachClassHasItsOwnEfficiency) {
  const auto time = [](KernelClass kernel_class) {
    return roofline({.kernel_class = kernel_class, .dtype = Dtype::bf16, .flops = 0, .bytes = 9e6}, round_gpu());
  };
  EXPECT_DOUBLE_EQ(time(KernelClass::gemm).alone(), 3e-6 + 11.25e-6);
  EXPECT_DOUBLE_EQ(time(KernelClass::grouped_gemm).alone(), 4e-6 + 18e-6);
  EXPECT_DOUBLE_EQ(time(KernelClass::attention).alone(), 5e-6 + 10e-6);
  EXPECT_DOUBLE_EQ(time(KernelClass::memory).alone(), 6e-6 + 12e-6);
}

// 512 items of 2 ns are 1.024 us of overhead, after 1 us launch and 2 us floor; rates stay.
TEST(Roofline, ItemsAddToTheOverhead) {
  Gpu gpu = round_gpu();
  gpu.kernels.gemm.per_item = 2e-9;
  const KernelTime time = roofline(
      {.kernel_class = KernelClass::gemm, .dtype = Dtype::bf16, .flops = 1e8, .bytes = 8e6, .items = 512}, gpu);
  EXPECT_DOUBLE_EQ(time.overhead, 4.024e-6);
  EXPECT_DOUBLE_EQ(time.compute, 2e-6);
  EXPECT_DOUBLE_EQ(time.hbm, 10e-6);
}

// The most special that is given: class in the format, then class; latent attention falls back to attention likewise.
TEST(Kernels, TheMostSpecialHolds) {
  Kernels kernels = round_gpu().kernels;
  const auto floor_of = [&](KernelClass c, Dtype d) { return kernels.of(c, d).floor; };
  EXPECT_EQ(floor_of(KernelClass::latent_attention, Dtype::fp8), 4e-6);
  kernels.fp8.emplace().attention = KernelEfficiency{.floor = 7e-6};
  EXPECT_EQ(floor_of(KernelClass::attention, Dtype::fp8), 7e-6);
  EXPECT_EQ(floor_of(KernelClass::attention, Dtype::bf16), 4e-6);
  EXPECT_EQ(floor_of(KernelClass::gemm, Dtype::fp8), 2e-6);
  EXPECT_EQ(floor_of(KernelClass::latent_attention, Dtype::fp8), 7e-6);
  kernels.latent_attention = KernelEfficiency{.floor = 8e-6};
  EXPECT_EQ(floor_of(KernelClass::latent_attention, Dtype::fp8), 8e-6);
  kernels.fp8->latent_attention = KernelEfficiency{.floor = 9e-6};
  EXPECT_EQ(floor_of(KernelClass::latent_attention, Dtype::fp8), 9e-6);
  EXPECT_EQ(floor_of(KernelClass::latent_attention, Dtype::bf16), 8e-6);
}

// Without classes of their own collectives are kernels of class memory.
TEST(Kernels, CollectivesAreMemoryKernelsUnlessGiven) {
  Kernels kernels = round_gpu().kernels;
  for (const auto c : {KernelClass::collective, KernelClass::dispatch, KernelClass::combine}) {
    EXPECT_FALSE(kernels.stays(c));
    EXPECT_EQ(&kernels.of(c, Dtype::bf16), &kernels.memory);
  }
  kernels.dispatch = KernelEfficiency{.floor = 6e-6};
  EXPECT_TRUE(kernels.stays(KernelClass::dispatch));
  EXPECT_FALSE(kernels.stays(KernelClass::combine));
  EXPECT_EQ(kernels.of(KernelClass::dispatch, Dtype::bf16).floor, 6e-6);
}

// The smallest multiple of the tile that is not below the rows.
TEST(Padded, IsTheNextMultipleOfTheTile) {
  for (const int tile : {1, 8, 64, 128}) {
    for (int rows = 0; rows <= 300; ++rows) {
      const int result = padded(rows, tile);
      EXPECT_EQ(result % tile, 0);
      EXPECT_GE(result, rows);
      EXPECT_LT(result - rows, tile);
    }
  }
}

}  // namespace
}  // namespace ringtail
