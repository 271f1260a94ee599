#include "config/ignored_fields.hpp"

#include <algorithm>
#include <vector>

namespace ringtail {
namespace {

struct Ignored {
  std::string_view reason;
  std::vector<std::string_view> keys;
};

const std::vector<Ignored>& ignored() {
  static const std::vector<Ignored> table = {
      {"which class of which library reads the file",
       {"architectures", "model_type", "auto_map", "transformers_version", "torch_dtype", "dtype", "use_cache",
        "return_dict", "output_attentions", "output_hidden_states", "is_encoder_decoder", "is_decoder",
        "cache_implementation", "use_bfloat16", "torchscript", "name_or_path", "id", "transformers.js_config"}},
      {"token ids and texts",
       {"bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "decoder_start_token_id",
        "tokenizer_class", "boi_token_index", "eoi_token_index", "image_token_index", "image_token_id",
        "media_placeholder_token_id", "forced_bos_token_id", "forced_eos_token_id", "ignore_index"}},
      {"training and its losses",
       {"attention_dropout",
        "hidden_dropout",
        "resid_pdrop",
        "embd_pdrop",
        "initializer_range",
        "initializer_factor",
        "router_aux_loss_coef",
        "router_z_loss_coef",
        "aux_loss_alpha",
        "seq_aux",
        "router_jitter_noise",
        "jitter_noise",
        "output_router_logits",
        "initial_context_length",
        "pretraining_tp",
        "gradient_checkpointing",
        "ep_size",
        "tf_legacy_loss",
        "mlp_dropout",
        "for_llm_compressor"}},
      {"element by element, within kernels that move the same bytes",
       {"hidden_act",
        "hidden_activation",
        "activation_function",
        "swiglu_limit",
        "swiglu_alpha",
        "rms_norm_eps",
        "norm_eps",
        "layer_norm_eps",
        "attn_scale",
        "floor_scale",
        "attn_temperature_tuning",
        "query_pre_attn_scalar",
        "attention_scaling",
        "layernorm_full_attention_beta",
        "layernorm_full_attention_alpha",
        "layernorm_linear_attention_beta",
        "layernorm_linear_attention_alpha",
        "layernorm_mlp_alpha",
        "layernorm_mlp_beta",
        "final_logit_softcapping",
        "attn_logit_softcapping"}},
      {"angles of rotary positions",
       {"rope_theta", "rope_scaling", "rope_parameters", "rope_interleave", "partial_rotary_factor", "rotary_dim",
        "mrope_section", "use_mrope", "original_max_position_embeddings"}},
      {"a limit on the context, not a cost", {"max_position_embeddings", "max_sequence_length", "model_max_length"}},
      {"norms per head: 2 x head_dim parameters per layer, fused with the projections",
       {"use_qk_norm", "qk_norm_type", "qk_norm"}},
      {"how scores of the router become weights: element by element",
       {"scoring_func", "norm_topk_prob", "routed_scaling_factor", "use_routing_bias", "moe_router_activation_func",
        "shared_moe_mode", "router_softmax_type"}},
      {"encoders of images, audio and video: not part of decoding text",
       {"vision_config", "audio_config", "video_config", "vision_start_token_id", "vision_end_token_id",
        "vision_feature_layer", "vision_feature_select_strategy", "multimodal_projector_bias", "projector_hidden_act",
        "spatial_merge_size", "use_unified_vision_chunk", "video_placeholder"}},
      {"of dense layers in MiniMax's earlier models; M2 has none", {"mlp_intermediate_size"}},
      {"defaults for sampling tokens, which is counted by the vocabulary",
       {"temperature",
        "top_k",
        "top_p",
        "typical_p",
        "do_sample",
        "num_beams",
        "num_beam_groups",
        "early_stopping",
        "max_length",
        "min_length",
        "length_penalty",
        "repetition_penalty",
        "diversity_penalty",
        "no_repeat_ngram_size",
        "encoder_no_repeat_ngram_size",
        "exponential_decay_length_penalty",
        "bad_words_ids",
        "suppress_tokens",
        "begin_suppress_tokens",
        "num_return_sequences",
        "remove_invalid_values",
        "output_scores",
        "return_dict_in_generate"}},
      {"of tasks other than decoding text",
       {"id2label", "label2id", "problem_type", "finetuning_task", "task_specific_params", "prefix", "pruned_heads",
        "tie_encoder_decoder", "add_cross_attention", "cross_attention_hidden_size", "chunk_size_feed_forward"}},
  };
  return table;
}

}  // namespace

std::string_view reason_to_ignore(std::string_view key) {
  if (key.starts_with('_')) return "bookkeeping of the library that wrote the file";
  for (const auto& [reason, keys] : ignored())
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return reason;
  return {};
}

}  // namespace ringtail
