#include "decode/stages.hpp"

#include <cassert>

namespace ringtail {

const std::vector<std::string>& stage_names() {
  static const std::vector<std::string> names = {"embedding",
                                                 "attention_norm",
                                                 "qkv_projection",
                                                 "qkv_down",
                                                 "latent_norm",
                                                 "query_up",
                                                 "key_absorb",
                                                 "rope",
                                                 "attention",
                                                 "value_up",
                                                 "kvp_merge",
                                                 "cp_merge",
                                                 "output_projection",
                                                 "cross_norm",
                                                 "cross_query_projection",
                                                 "cross_attention",
                                                 "cross_kvp_merge",
                                                 "cross_output_projection",
                                                 "ffn_norm",
                                                 "dense_up",
                                                 "dense_activation",
                                                 "dense_down",
                                                 "router",
                                                 "top_k",
                                                 "shared_up",
                                                 "shared_activation",
                                                 "shared_down",
                                                 "dispatch_send",
                                                 "dispatch_forward",
                                                 "dispatch_receive",
                                                 "expert_up",
                                                 "expert_activation",
                                                 "expert_down",
                                                 "combine_send",
                                                 "combine_forward",
                                                 "combine_receive",
                                                 "collective_send",
                                                 "collective_receive",
                                                 "final_norm",
                                                 "lm_head",
                                                 "sample",
                                                 "draft_norm",
                                                 "draft_projection",
                                                 "expert_send",
                                                 "expert_receive",
                                                 "host"};
  assert(names.size() == static_cast<std::size_t>(Stage::count));
  return names;
}

std::optional<Phase> phase_of(Stage stage) {
  if (stage == Stage::collective_send || stage == Stage::collective_receive || stage >= Stage::expert_send)
    return std::nullopt;
  return stage < Stage::ffn_norm ? Phase::attention : Phase::ffn;
}

const std::vector<std::string>& family_names() {
  static const std::vector<std::string> names = {"embedding_all_reduce",
                                                 "kvp_exchange",
                                                 "cp_ring",
                                                 "cp_return",
                                                 "attention_all_reduce",
                                                 "attention_reduce_scatter",
                                                 "cross_token_all_gather",
                                                 "cross_kvp_exchange",
                                                 "cross_attention_all_reduce",
                                                 "cross_attention_reduce_scatter",
                                                 "ffn_all_gather",
                                                 "ffn_all_reduce",
                                                 "ffn_reduce_scatter",
                                                 "dispatch",
                                                 "combine",
                                                 "token_all_gather",
                                                 "sampling_all_gather",
                                                 "expert_move",
                                                 "stage_send",
                                                 "stage_all_gather",
                                                 "token_return",
                                                 "barrier"};
  assert(names.size() == static_cast<std::size_t>(Family::count));
  return names;
}

}  // namespace ringtail
