#pragma once

#include "base/units.hpp"

namespace ringtail::closed_form {

/// Equation 20 (R): W_resident + B KV(L) <= M_HBM, all in bytes of one GPU, so B_max = floor((M_HBM - W_resident) /
/// KV(L)), in sequences of the group of GPUs (`kv_per_sequence` is one GPU's share of one sequence of the group). 0 if
/// not even one sequence fits.
[[nodiscard]] double largest_batch(Bytes memory, Bytes resident_weights, Bytes kv_per_sequence);

/// The same for sequences of L tokens, if `capacity` tokens fit in all: floor(C / L). B is proportional to 1/L as soon
/// as nothing per sequence but its KV cache is charged; table 4 is made so.
[[nodiscard]] double largest_batch(double capacity_tokens, double context);

}  // namespace ringtail::closed_form
