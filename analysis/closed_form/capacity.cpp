#include "closed_form/capacity.hpp"

#include <algorithm>
#include <cmath>

namespace ringtail::closed_form {

double largest_batch(Bytes memory, Bytes resident_weights, Bytes kv_per_sequence) {
  return std::max(0.0, std::floor((memory - resident_weights) / kv_per_sequence));
}

double largest_batch(double capacity_tokens, double context) { return std::floor(capacity_tokens / context); }

}  // namespace ringtail::closed_form
