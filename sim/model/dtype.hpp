#pragma once

namespace ringtail {

/// Number formats of weights, KV cache and messages.
enum class Dtype { fp4, fp8, bf16, fp32 };

/// Bytes of one element, with its share of the scales where these are not negligible: fp4 is NVFP4, 4 bits and one fp8
/// scale per 16 elements (NVIDIA, "Introducing NVFP4", 2025). Weights in fp8 have one fp32 scale per 128 × 128 block
/// (DeepSeek-V3, arXiv:2412.19437 section 3.3.2), 0.02 %, which is left out.
constexpr double bytes_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::fp4: return 0.5 + 1.0 / 16.0;
    case Dtype::fp8: return 1.0;
    case Dtype::bf16: return 2.0;
    case Dtype::fp32: return 4.0;
  }
  return 0.0;
}

}  // namespace ringtail
