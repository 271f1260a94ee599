#include "closed_form/quality.hpp"

#include <cmath>

namespace ringtail::closed_form {

double loss_ratio(double parameter_ratio, double alpha) { return std::pow(parameter_ratio, -alpha); }

double quality_multiplier(double dense_loss, double moe_loss, double alpha) {
  return std::pow(dense_loss / moe_loss, 1 / alpha);
}

double matched_weights(double q, double active) { return q * active; }

double matched_parameters(double q, double sparsity, double total) { return q * sparsity * total; }

double weight_traffic_ratio(double q, double sparsity) { return 1 / (q * sparsity); }

bool favours_dense(double q, double sparsity) { return q * sparsity < 1; }

}  // namespace ringtail::closed_form
