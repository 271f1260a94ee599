#pragma once

#include "model/model.hpp"

/// The dense model that reaches the quality of a mixture of experts ("The qs Inequality", arXiv:2603.08960): the same
/// depth, width, attention and KV cache, and in every layer a dense FFN as wide as the parameters ask for.
namespace ringtail {

/// Parameters that the counterpart is to have: q · s · P_total with the sparsity s = experts_per_token / experts
/// (equation 21), or q · P_active (equation 11 with the parameters that are counted as active). `moe` must have
/// experts.
double matched_parameters(const Model& moe, double q, MatchedParameters match);

/// The model with a dense FFN of this width in every layer, gated and biased like the experts that it replaces.
Model dense_counterpart(const Model& moe, int width);

/// The width, not rounded, with which the counterpart has so many parameters. Negative if attention, embeddings and
/// norms alone have more.
double counterpart_width(const Model& moe, double parameters);

/// Parameters that one more element of width costs: those of a slice of every layer's FFN.
double parameters_per_width(const Model& moe);

/// How many parameters a counterpart has, relative to its target, minus 1. `dense` must have a dense_match.
double deviation_from_target(const Model& dense);

}  // namespace ringtail
