#pragma once

/// What equation 17 leaves out: a step touches only some experts. Not of the paper; elementary probability.
namespace ringtail::closed_form {

/// Expected number of experts with at least one of `batch` tokens, each of which visits experts_per_token of them,
/// uniformly: E (1 - (1 - k/E)^B).
[[nodiscard]] double expected_distinct_experts(int experts, int experts_per_token, double batch);

/// The batch from which on the MoE touches as many FFN bytes as its dense match, W_total (1 - (1 - s)^B) = q s W_total:
/// B = ln(1 - q s) / ln(1 - s), about q. Infinite if q s >= 1: then it always touches fewer.
[[nodiscard]] double crossover_batch(double q, double sparsity);

}  // namespace ringtail::closed_form
