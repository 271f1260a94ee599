#include "model/dense_counterpart.hpp"

#include "model/parameters.hpp"

namespace ringtail {

double matched_parameters(const Model& moe, double q, MatchedParameters match) {
  const ParameterCount count = count_parameters(moe);
  if (match == MatchedParameters::active) return q * count.active();
  return q * moe.moe->experts_per_token * count.total() / moe.moe->experts;
}

Model dense_counterpart(const Model& moe, int width) {
  Model dense = moe;
  dense.ffn = {.intermediate_size = width, .gated = moe.moe->gated, .bias = moe.moe->bias};
  dense.moe.reset();
  dense.published.reset();
  return dense;
}

double counterpart_width(const Model& moe, double parameters) {
  return (parameters - count_parameters(dense_counterpart(moe, 0)).total()) / parameters_per_width(moe);
}

double parameters_per_width(const Model& moe) {
  const auto total = [&](int width) { return count_parameters(dense_counterpart(moe, width)).total(); };
  return total(1) - total(0);
}

double deviation_from_target(const Model& dense) {
  return count_parameters(dense).total() / dense.dense_match->target - 1;
}

}  // namespace ringtail
