#pragma once

#include <vector>

#include "closed_form/step_collectives.hpp"

namespace ringtail::closed_form {

/// The closed form of one decode step. Times are seconds per step; the paper's times per token are these / batch.
struct ClosedForm {
  double batch = 0;            ///< Sequences over all GPUs that the times are for; need not be whole.
  Bytes resident_weights = 0;  ///< W_resident of equation 20,
  Bytes kv_per_sequence = 0;   ///< KV_per_GPU(L),
  double largest_batch = 0;    ///< and B_max.
  Seconds compute = 0;         ///< Of all phases; at the GPU's peak.
  Seconds hbm = 0;             ///< Of all phases; at the nominal bandwidth.
  std::vector<Collective> collectives;
  Seconds exposed_communication = 0;
  Seconds step = 0;         ///< Equation 19, or 2 and 3. 0 if batch is 0: nothing fits.
  double tokens_per_s = 0;  ///< batch / step,
  double tokens_per_s_per_gpu = 0;
};

/// Equations 2 to 4, 19 and 20 for a system. `ledger_batch` is the batch of BatchChoice::ledger, in sequences over all
/// GPUs. Throws std::invalid_argument for models with an encoder and for formats that the GPU does not compute in.
[[nodiscard]] ClosedForm evaluate(const System& system, const Switches& switches, double ledger_batch);

}  // namespace ringtail::closed_form
