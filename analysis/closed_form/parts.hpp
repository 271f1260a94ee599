#pragma once

#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "closed_form/latency.hpp"
#include "closed_form/switches.hpp"
#include "closed_form/system.hpp"

/// What a model's parts take of one GPU. One table serves memory (equation 20) and latency (equations 3, 4, 19), so
/// that what is read is what is resident.
namespace ringtail::closed_form {

/// The work between two waits of a layer. The LM head counts to the FFN.
enum class Phase { attention, ffn };

struct Part {
  std::string_view name;
  Phase phase = Phase::ffn;
  Bytes resident = 0;   ///< Weights on the GPU.
  Bytes read = 0;       ///< From HBM, per step: weights by the reuse that the switches give them, and the KV cache.
  Seconds compute = 0;  ///< Flops / peak of their format, per step.
};

/// KV_per_GPU(L) of equation 20: a GPU's share of the KV cache of one sequence of the group, in bytes. Layers with a
/// window keep min(L, window) tokens; grouped-query heads are stored again where TP exceeds them.
[[nodiscard]] Bytes kv_per_sequence(const System& system, const Switches& switches);

/// All parts for `batch` sequences over all GPUs, loads being equal: a GPU computes for batch / groups sequences, which
/// need not be whole. Norms, the embedding's rows and all
/// activations are left out.
[[nodiscard]] std::vector<Part> parts(const System& system, const Switches& switches, double batch);

/// Sums over the parts of a phase.
[[nodiscard]] Roofline roofline_of(const std::vector<Part>& parts, Phase phase, BytesPerSecond bandwidth);

}  // namespace ringtail::closed_form
