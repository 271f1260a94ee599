#include "parallel/messages.hpp"

#include "model/attention_core.hpp"
#include "model/weights.hpp"

namespace ringtail {

Bytes dispatch_message(const Model& model, Dtype dispatch) {
  constexpr Bytes header = 16;
  const Bytes scales = dispatch == Dtype::fp8 ? bytes_of(Dtype::fp32) * largest_share(model.hidden_size, 128) : 0;
  return model.hidden_size * bytes_of(dispatch) + scales + header;
}

Bytes combine_message(const Model& model, Dtype combine) { return model.hidden_size * bytes_of(combine); }

Bytes hidden_message(const Model& model, Dtype activations) { return model.hidden_size * bytes_of(activations); }

Bytes partial_attention_message(const Model& model, Dtype activations, int tp) {
  const double heads = heads_per_rank(model.attention, tp);
  return heads * (value_dim(model.attention) * bytes_of(activations) + bytes_of(Dtype::fp32));
}

Bytes query_message(const Model& model, Dtype activations, int tp) {
  return heads_per_rank(model.attention, tp) * query_dim(model.attention) * bytes_of(activations);
}

Bytes cache_message(const Model& model, Dtype kv, int tp) {
  return kv_elements_per_token(model.attention, tp) * bytes_of(kv);
}

}  // namespace ringtail
