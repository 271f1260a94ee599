#include "closed_form/reuse.hpp"

#include <algorithm>

namespace ringtail::closed_form {

double sparsity(int experts, int experts_per_token) { return static_cast<double>(experts_per_token) / experts; }

double tokens_per_expert(double batch, double sparsity) { return sparsity * batch; }

double dense_reuse(double batch) { return batch; }

double expert_reuse(double batch, double sparsity, bool has_floor) {
  const double reuse = tokens_per_expert(batch, sparsity);
  return has_floor ? std::max(1.0, reuse) : reuse;
}

ReuseGap reuse_gap(double dense_batch, double moe_batch, double sparsity) {
  return {.routing = 1 / sparsity, .capacity = dense_batch / moe_batch};
}

}  // namespace ringtail::closed_form
