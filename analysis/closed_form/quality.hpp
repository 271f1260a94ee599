#pragma once

/// When a dense model is as good as a mixture of experts, and what the two read per step ("The qs Inequality",
/// arXiv:2603.08960). q is without unit: dense parameters as a multiple of the MoE's active ones. (R): the notation is
/// a reconstruction.
namespace ringtail::closed_form {

/// Exponent of equation 12 (R): Loss(N) is proportional to N^-alpha in the parameters N (Kaplan et al.,
/// arXiv:2001.08361, alpha_N of their equation 1.1).
inline constexpr double loss_exponent = 0.076;

/// Equation 13 (R): Loss_M / Loss_D = (N_M / N_D)^-alpha, for the ratio N_M / N_D.
[[nodiscard]] double loss_ratio(double parameter_ratio, double alpha = loss_exponent);

/// Equation 14: q = (Loss_D / Loss_M)^(1 / alpha): the dense model with loss `dense_loss` has to grow q times to reach
/// the MoE's `moe_loss` at the same active size. Equations 15 and 16 are its values for DeepSpeed-MoE.
[[nodiscard]] double quality_multiplier(double dense_loss, double moe_loss, double alpha = loss_exponent);

/// Equation 11: W_dense = q W_active, in the unit of `active`.
[[nodiscard]] double matched_weights(double q, double active);

/// Equation 21: P_dense = q s P_total. Active parameters are counted as s P_total, attention and embeddings included
/// (the qs column of table 3 uses it); sim/model/dense_counterpart.hpp sizes a real model to it.
[[nodiscard]] double matched_parameters(double q, double sparsity, double total);

/// Equation 17: bytes of expert weights per token of the MoE over the dense model's, at one batch and with every expert
/// touched: [W_active / (s B)] / [q W_active / B] = 1 / (q s).
[[nodiscard]] double weight_traffic_ratio(double q, double sparsity);

/// Equation 18, the qs inequality: q s < 1, the dense model reads fewer weight bytes per token.
[[nodiscard]] bool favours_dense(double q, double sparsity);

}  // namespace ringtail::closed_form
