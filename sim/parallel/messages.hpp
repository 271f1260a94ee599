#pragma once

#include "base/units.hpp"
#include "model/model.hpp"
#include "parallel/parallelism.hpp"

/// Sizes of the messages that one token causes.
namespace ringtail {

/// One token on its way to one expert: hidden elements, in fp8 one fp32 scale per 128 of them, in fp4 those of NVFP4
/// (dtype.hpp), and a 16-byte header with the token's index (DeepEP low-latency dispatch, github.com/deepseek-ai/DeepEP
/// csrc/config.hpp).
Bytes dispatch_message(const Model& model, Dtype dispatch);

/// One expert's output for one token on its way back: hidden elements, not reduced over experts.
Bytes combine_message(const Model& model, Dtype combine);

/// One token between ranks of a dense collective: hidden elements.
Bytes hidden_message(const Model& model, Dtype activations);

/// One token's partial attention between two KVP or CP ranks, for the heads of one of `tp` ranks: per head the output
/// of value_dim elements (W_UV applied first) and one fp32 log-sum-exp (Helix, arXiv:2507.07120).
Bytes partial_attention_message(const Model& model, Dtype activations, int tp);

/// One token's query between two CP ranks, for the heads of one of `tp` ranks: query_dim elements per head (pass-Q,
/// Yang et al., arXiv:2411.01783 section 3.5).
Bytes query_message(const Model& model, Dtype activations, int tp);

/// One cached token of one sequence and layer between two CP ranks: keys and values of one of `tp` ranks, or the latent
/// (pass-KV, arXiv:2411.01783 section 3.4; Ring Attention, arXiv:2310.01889).
Bytes cache_message(const Model& model, Dtype kv, int tp);

}  // namespace ringtail
