#pragma once

namespace ringtail {

/// What real systems have and the closed form has not. Each can be switched off, which leaves the closed form's
/// assumption; without any, a simulation is the closed form (docs/decisions/0016-effects.md).
struct Effects {
  bool kernel_maxima = true;          ///< Off: the larger of compute and HBM over a phase of the step.
  bool kernel_efficiency = true;      ///< Off: kernels reach the peaks, no GPU is slow.
  bool tiles = true;                  ///< Off: no rows are added to products.
  bool overheads = true;              ///< Off: no launches, floors and host time.
  bool activations = true;            ///< Off: HBM moves weights and KV cache alone.
  bool collective_algorithms = true;  ///< Off: collectives take the formula's time.
  bool fabric_contention = true;      ///< Off: islands are connected by one switch, no link is slow.
  bool popularity = true;             ///< Off: experts are equally popular.
  bool routing_draws = true;          ///< Off: equal loads, the expected number of distinct experts.
  bool context_lengths = true;        ///< Off: all sequences have the mean context, groups are even.
  bool remainders = true;             ///< Off: tokens and KV blocks need not be whole.
  bool skew = true;                   ///< Off: all GPUs wait for each other after each phase.
  bool overlap = true;                ///< Off: nothing runs beside communication.

  bool operator==(const Effects&) const = default;
};

}  // namespace ringtail
