#include "platform/roofline.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringtail {
namespace {

using InFormat = std::optional<KernelEfficiency> FormatKernels::*;

/// Of the format if it is given there.
const KernelEfficiency* given(const Kernels& kernels, Dtype dtype, InFormat member) {
  const auto& format = dtype == Dtype::fp4 ? kernels.fp4 : dtype == Dtype::fp8 ? kernels.fp8 : kernels.bf16;
  return dtype != Dtype::fp32 && format && (*format).*member ? &*((*format).*member) : nullptr;
}

}  // namespace

const KernelEfficiency& Kernels::of(KernelClass kernel_class, Dtype dtype) const {
  const auto most_special = [&](InFormat member, const KernelEfficiency& usual) -> const KernelEfficiency& {
    const KernelEfficiency* const special = given(*this, dtype, member);
    return special ? *special : usual;
  };
  const auto attention_of = [&]() -> const KernelEfficiency& {
    return most_special(&FormatKernels::attention, attention);
  };
  switch (kernel_class) {
    case KernelClass::gemm: return most_special(&FormatKernels::gemm, gemm);
    case KernelClass::grouped_gemm: return most_special(&FormatKernels::grouped_gemm, grouped_gemm);
    case KernelClass::attention: return attention_of();
    case KernelClass::latent_attention:
      return most_special(&FormatKernels::latent_attention, latent_attention ? *latent_attention : attention_of());
    case KernelClass::memory: return memory;
    default: break;
  }
  const KernelEfficiency* const collective_kernel = of_collective(kernel_class);
  return collective_kernel ? *collective_kernel : memory;
}

const KernelEfficiency* Kernels::of_collective(KernelClass kernel_class) const {
  const auto given = [](const std::optional<KernelEfficiency>& kernel) { return kernel ? &*kernel : nullptr; };
  switch (kernel_class) {
    case KernelClass::collective: return given(collective);
    case KernelClass::dispatch: return given(dispatch);
    case KernelClass::combine: return given(combine);
    case KernelClass::intra_dispatch: return intra ? given(intra->dispatch) : nullptr;
    case KernelClass::intra_combine: return intra ? given(intra->combine) : nullptr;
    case KernelClass::inter_dispatch: return inter ? given(inter->dispatch) : nullptr;
    case KernelClass::inter_combine: return inter ? given(inter->combine) : nullptr;
    default: return nullptr;
  }
}

Seconds KernelTime::alone() const { return overhead + std::max(compute, hbm); }

KernelTime roofline(const Work& work, const Gpu& gpu) {
  const KernelEfficiency& efficiency = gpu.kernels.of(work.kernel_class, work.dtype);
  const FlopsPerSecond peak = gpu.peak.of(work.dtype);
  if (work.flops > 0 && peak <= 0) throw std::invalid_argument("the GPU has no peak FLOP/s for the kernel's format");
  return {.overhead = gpu.launch_overhead + efficiency.floor + work.items * efficiency.per_item,
          .compute = work.flops > 0 ? work.flops / (peak * efficiency.compute) : 0,
          .hbm = work.bytes / (gpu.hbm.bandwidth * efficiency.bandwidth)};
}

}  // namespace ringtail
