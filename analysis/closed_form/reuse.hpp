#pragma once

/// How often a weight that is read from HBM is used ("The qs Inequality", arXiv:2603.08960). B sequences decode one
/// token each in a step; E experts, of which a token visits k. All without units. The equations' text was lost in the
/// copy at hand; (R) marks those whose notation is a reconstruction, their content is certain from the prose.
namespace ringtail::closed_form {

/// Equation 9: s = k / E, the fraction of the experts that one token visits.
[[nodiscard]] double sparsity(int experts, int experts_per_token);

/// Equations 1 and 10: b_e = B k / E = s B, the tokens that one expert gets on average.
[[nodiscard]] double tokens_per_expert(double batch, double sparsity);

/// Equation 5: r = B, a dense weight serves every token of the step.
[[nodiscard]] double dense_reuse(double batch);

/// Equations 6 and 22: r = B k / E, an expert's weight serves the tokens of that expert; with `has_floor` no fewer than
/// one, since an expert without tokens is not read.
[[nodiscard]] double expert_reuse(double batch, double sparsity, bool has_floor);

/// Equation 23: r_dense / r_MoE as the product of two penalties.
struct ReuseGap {
  double routing = 0;   ///< E / k.
  double capacity = 0;  ///< B_dense / B_MoE. Above 1: equation 7 (R), the MoE's weights leave room for fewer sequences.

  [[nodiscard]] double total() const { return routing * capacity; }
};

/// Equations 8 (R) and 23.
[[nodiscard]] ReuseGap reuse_gap(double dense_batch, double moe_batch, double sparsity);

}  // namespace ringtail::closed_form
