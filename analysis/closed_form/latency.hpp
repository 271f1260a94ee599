#pragma once

#include "base/units.hpp"

/// Equations 2 to 4 and 19 of "The qs Inequality" (arXiv:2603.08960), here in seconds per decode step of B tokens; the
/// paper's times per token are these / B. (R): the notation is a reconstruction.
namespace ringtail::closed_form {

/// Times on the GPU's two resources.
struct Roofline {
  Seconds compute = 0;
  Seconds hbm = 0;

  /// Equation 3 (R): T = max(T_compute, T_HBM).
  [[nodiscard]] constexpr Seconds bound() const { return compute > hbm ? compute : hbm; }
};

/// Equation 4 (R): T_HBM = W / (BW r) per token, where r tokens share what is read.
[[nodiscard]] constexpr Seconds weight_time_per_token(Bytes weights, BytesPerSecond bandwidth, double reuse) {
  return weights / (bandwidth * reuse);
}

/// Equation 19: max(compute, HBM) over the whole token + exposed communication. Attention's HBM time may hide the FFN's
/// compute.
[[nodiscard]] constexpr Seconds token_latency(Roofline attention, Roofline ffn, Seconds exposed) {
  return Roofline{attention.compute + ffn.compute, attention.hbm + ffn.hbm}.bound() + exposed;
}

/// Equation 2 (R) with 3 (R): attention and FFN each with a maximum of their own, since one waits for the other.
[[nodiscard]] constexpr Seconds phase_latency(Roofline attention, Roofline ffn, Seconds exposed) {
  return attention.bound() + ffn.bound() + exposed;
}

/// Tokens per second of a group that decodes `batch` sequences.
[[nodiscard]] constexpr double throughput(double batch, Seconds step) { return batch / step; }

}  // namespace ringtail::closed_form
