#include "config/schema.hpp"

/// The field tables of platform files. What makes a platform imperfect (efficiencies, latencies, overheads) is nothing
/// by default.
namespace ringtail {

namespace {

const Range duration = between(0, 1);

Format<BytesPerSecond> bandwidth() { return quantity(unit::bandwidth(), between(1, 1e18)); }

Format<KernelEfficiency> kernel_format() {
  return mapping<KernelEfficiency>({
      defaulted("compute", &KernelEfficiency::compute, number(fraction()), "Achieved fraction of the peak FLOP rate."),
      defaulted("bandwidth", &KernelEfficiency::bandwidth, number(fraction()),
                "Achieved fraction of the HBM bandwidth."),
      defaulted("floor", &KernelEfficiency::floor, quantity(unit::time(), duration),
                "Fixed cost of one kernel beside the launch."),
      defaulted("tile", &KernelEfficiency::tile, integer(between(1, 4096)),
                "Rows of a product are rounded up to a multiple of this."),
  });
}

Format<Kernels> kernels_format() {
  return mapping<Kernels>({
      defaulted("gemm", &Kernels::gemm, kernel_format(), "Dense matrix products."),
      defaulted("grouped_gemm", &Kernels::grouped_gemm, kernel_format(), "One product per expert, in one launch."),
      defaulted("attention", &Kernels::attention, kernel_format(), "Decode attention over the KV cache."),
      defaulted("memory", &Kernels::memory, kernel_format(),
                "Norms, RoPE, quantise, activation, top-k, permute, residual."),
  });
}

Format<Hbm> hbm_format() {
  return mapping<Hbm>({
      required("capacity", &Hbm::capacity, quantity(unit::bytes(), between(1, 1e18)), "Memory of one GPU."),
      required("bandwidth", &Hbm::bandwidth, bandwidth(), "Peak bandwidth of that memory."),
  });
}

Format<PeakFlops> peak_format() {
  const auto rate = quantity(unit::flop_rate(), between(0, 1e21));
  return mapping<PeakFlops>({
      defaulted("fp4", &PeakFlops::fp4, rate, "Dense peak in FP4; 0 if the GPU does not compute in it, as below."),
      defaulted("fp8", &PeakFlops::fp8, rate, "Dense peak in FP8."),
      defaulted("bf16", &PeakFlops::bf16, rate, "Dense peak in BF16."),
      defaulted("fp32", &PeakFlops::fp32, rate, "Peak in FP32."),
  });
}

Format<Gpu> gpu_format() {
  return mapping<Gpu>({
      required("hbm", &Gpu::hbm, hbm_format(), "Memory."),
      required("peak", &Gpu::peak, peak_format(), "Peak FLOP rates without sparsity."),
      defaulted("launch_overhead", &Gpu::launch_overhead, quantity(unit::time(), duration),
                "Cost before each kernel, inside a captured graph."),
      defaulted("kernels", &Gpu::kernels, kernels_format(), "How well the classes of kernels use the GPU."),
  });
}

Format<Island> island_format() {
  return mapping<Island>({
      required("size", &Island::size, integer(between(1, 65536)), "GPUs on one NVSwitch domain."),
      required("bandwidth", &Island::bandwidth, bandwidth(), "Per GPU and direction."),
      defaulted("efficiency", &Island::efficiency, number(fraction()),
                "Fraction of that bandwidth that transfers reach."),
      defaulted("latency", &Island::latency, quantity(unit::time(), duration), "From GPU to GPU."),
  });
}

Format<Fabric> fabric_format() {
  return mapping<Fabric>({
      required("bandwidth", &Fabric::bandwidth, bandwidth(), "Per GPU (its NIC) and direction."),
      defaulted("efficiency", &Fabric::efficiency, number(fraction()),
                "Fraction of that bandwidth that transfers reach."),
      defaulted("latency", &Fabric::latency, quantity(unit::time(), duration), "From GPU to GPU."),
  });
}

}  // namespace

Format<Platform> platform_format() {
  Format<Platform> format = mapping<Platform>({
      required("name", &Platform::name, label(), "Name in results."),
      defaulted("source", &Platform::source, text(), "Where the figures are from."),
      required("gpu", &Platform::gpu, gpu_format(), "One GPU."),
      required("island", &Platform::island, island_format(), "The GPUs on one NVSwitch domain."),
      required("fabric", &Platform::fabric, fabric_format(), "The network between islands."),
  });
  format.info.folder = "platforms";
  return format;
}

}  // namespace ringtail
