#include "config/import_architectures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/import_parts.hpp"

namespace ringtail {
namespace {

void read_latent_attention(ConfigReader& config, ModelTree& model) {
  model.set("attention.heads", config.required("num_attention_heads", "query heads"));
  (void)config.find("num_key_value_heads");  // as many as heads, all from one latent
  (void)config.find("head_dim");             // some configs repeat qk_rope_head_dim in it
  (void)config.find("qk_head_dim");
  if (config.flag("attention_bias", false))
    config.refuse("attention_bias", "latent attention is simulated without biases");
  model.set("attention.latent.q_lora_rank", config.integer_or("q_lora_rank", 0));  // null: no latent
  model.set("attention.latent.kv_lora_rank", config.required("kv_lora_rank", "elements of the shared latent"));
  model.set("attention.latent.qk_nope_head_dim",
            config.required("qk_nope_head_dim", "elements of a head's query and key without position"));
  model.set("attention.latent.qk_rope_head_dim",
            config.required("qk_rope_head_dim", "elements of a head's query and key with position"));
  model.set("attention.latent.v_head_dim", config.required("v_head_dim", "elements of a head's value"));
}

/// Qwen: only with `use_sliding_window`, and from layer max_window_layers on.
void read_qwen_window(ConfigReader& config, ModelTree& model) {
  const bool used = config.flag("use_sliding_window", false);
  const auto tokens = config.integer("sliding_window");
  const Figure first = config.integer_or("max_window_layers", 28);
  const auto full = full_attention(
      config, "sliding_attention", [](int layer, int from) { return layer < from; }, first.value);
  if (used && tokens) set_window(config, model, *tokens, full, "max_window_layers");
}

/// Experts as DeepSeek names them, also in GLM-4.5: dense before first_k_dense_replace, then in each layer that
/// moe_layer_freq divides.
void read_deepseek_experts(ConfigReader& config, ModelTree& model) {
  const Figure first = config.integer_or("first_k_dense_replace", 0);
  const Figure every = config.integer_or("moe_layer_freq", 1);
  const int layers = layers_of(config);
  if (every.value < 1) return config.refuse("moe_layer_freq", "must be at least 1");
  std::vector<bool> moe;
  for (int layer = 0; layer < layers; ++layer) moe.push_back(layer >= first.value && layer % every.value == 0);
  read_experts(config, model, "n_routed_experts", "moe_intermediate_size");
  model.set("moe.shared_experts", config.integer_or("n_shared_experts", 0));
  const bool all_dense = first.value >= layers;
  read_moe_layers(config, model, moe, all_dense ? "first_k_dense_replace" : "moe_layer_freq", "intermediate_size");
  (void)config.find("topk_method");  // greedy has one group; the others choose groups first
  set_groups(config, model);
  set_mtp(config, model, "num_nextn_predict_layers");
}

void read_deepseek(ConfigReader& config, ModelTree& model) {
  read_latent_attention(config, model);
  read_deepseek_experts(config, model);
}

void read_glm(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model);
  model.set_true_if("attention.qkv_bias", config.flag("attention_bias", false));  // not of the output projection
  read_deepseek_experts(config, model);
}

void read_gpt_oss(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model, {.head_dim = 64});
  const bool bias = config.flag("attention_bias", true);
  model.set_true_if("attention.qkv_bias", bias);
  model.set_true_if("attention.output_bias", bias);
  const Figure tokens = config.integer_or("sliding_window", 128);
  set_window(config, model, tokens,
             full_attention(
                 config, "sliding_attention", [](int layer, int) { return layer % 2 == 1; }, 0),
             "layer_types");
  (void)config.find("experts_per_token");  // num_experts_per_tok once more
  read_experts(config, model, "num_local_experts", "intermediate_size");
  model.set_true_if("moe.bias", true);
}

void read_llama(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model, {.kv_heads_needed = false});
  read_biases(config, model);
  read_ffn(config, model, "intermediate_size");
  model.set_true_if("ffn.bias", config.flag("mlp_bias", false));
}

/// Chunks in the layers with rotary positions, which `no_rope_layers` marks with 1: all but every fourth.
void read_chunks(ConfigReader& config, ModelTree& model) {
  const int layers = layers_of(config);
  const auto rope = config.integers("no_rope_layers").value_or(std::vector<int>());
  const Figure interval = config.integer_or("no_rope_layer_interval", 4);
  if (interval.value < 1) return config.refuse("no_rope_layer_interval", "must be at least 1");
  if (!rope.empty() && rope.size() != static_cast<std::size_t>(layers) && config.sound("num_hidden_layers"))
    return config.refuse("no_rope_layers",
                         fmt::format("{} layers are listed, num_hidden_layers is {}", rope.size(), layers));
  std::vector<bool> full;
  for (int layer = 0; layer < layers; ++layer)
    full.push_back(rope.empty() ? (layer + 1) % interval.value == 0 : rope[static_cast<std::size_t>(layer)] == 0);
  (void)config.find("layer_types");  // follows from no_rope_layers
  const auto tokens = config.integer("attention_chunk_size");
  if (tokens) set_window(config, model, *tokens, full, "no_rope_layers");
}

void read_llama4(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model);
  read_biases(config, model);
  read_chunks(config, model);
  const int layers = layers_of(config);
  const Figure step = config.integer_or("interleave_moe_layer_step", 1);
  if (step.value < 1) return config.refuse("interleave_moe_layer_step", "must be at least 1");
  std::vector<bool> moe(static_cast<std::size_t>(layers), false);
  const std::vector<int> listed = listed_layers(config, "moe_layers");
  for (int layer = 0; layer < layers; ++layer)
    moe[static_cast<std::size_t>(layer)] = !listed.empty()
                                               ? std::find(listed.begin(), listed.end(), layer) != listed.end()
                                               : (layer + 1) % step.value == 0;
  read_experts(config, model, "num_local_experts", "intermediate_size");
  model.set("moe.shared_experts", 1);  // Llama4TextMoe has one beside the routed ones
  read_moe_layers(config, model, moe, !listed.empty() ? "moe_layers" : "interleave_moe_layer_step",
                  "intermediate_size_mlp");
}

void read_minimax(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model);
  model.set_true_if("attention.qkv_bias", config.flag("attention_bias", false));
  const auto kinds = config.integers("attn_type_list").value_or(std::vector<int>());
  if (std::find(kinds.begin(), kinds.end(), 0) != kinds.end())
    config.refuse("attn_type_list", "layers with linear attention (0) are not simulated");
  read_window_everywhere(config, model);
  read_experts(config, model, "num_local_experts", "intermediate_size");
  read_shared_width(config, model, "shared_intermediate_size", "intermediate_size");
  const Figure depth = config.integer_or("mtp_transformer_layers", 1);
  if (depth.value > 1) config.refuse("mtp_transformer_layers", "modules of one layer each are simulated");
  const Figure modules = config.integer_or("num_mtp_modules", 0);
  if (config.flag("use_mtp", false) && modules.value > 0) model.set("mtp.modules", modules);
}

void read_mistral(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model);
  read_window_everywhere(config, model);
  read_ffn(config, model, "intermediate_size");
}

void read_mixtral(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model);
  read_window_everywhere(config, model);
  read_experts(config, model, "num_local_experts", "intermediate_size");
}

void read_qwen2(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model);
  model.set_true_if("attention.qkv_bias", true);  // Qwen2Attention: of the three projections, not of the output's
  read_qwen_window(config, model);
  read_ffn(config, model, "intermediate_size");
}

void read_qwen3(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model, {.head_dim = 128});
  read_biases(config, model);
  read_qwen_window(config, model);
  read_ffn(config, model, "intermediate_size");
}

/// Every decoder_sparse_step-th layer has experts, but not those that mlp_only_layers lists.
void read_qwen_experts(ConfigReader& config, ModelTree& model) {
  const Figure step = config.integer_or("decoder_sparse_step", 1);
  if (step.value < 1) return config.refuse("decoder_sparse_step", "must be at least 1");
  const std::vector<int> dense = listed_layers(config, "mlp_only_layers");
  const int layers = layers_of(config);
  std::vector<bool> moe;
  for (int layer = 0; layer < layers; ++layer)
    moe.push_back((layer + 1) % step.value == 0 && std::find(dense.begin(), dense.end(), layer) == dense.end());
  read_experts(config, model, "num_experts", "moe_intermediate_size");
  read_shared_width(config, model, "shared_expert_intermediate_size", "moe_intermediate_size");
  read_moe_layers(config, model, moe, dense.empty() ? "decoder_sparse_step" : "mlp_only_layers", "intermediate_size");
}

void read_qwen2_moe(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model);
  model.set_true_if("attention.qkv_bias", config.flag("qkv_bias", true));
  read_qwen_window(config, model);
  read_qwen_experts(config, model);
}

void read_qwen3_moe(ConfigReader& config, ModelTree& model) {
  read_grouped_attention(config, model);
  read_biases(config, model);
  read_qwen_window(config, model);
  read_qwen_experts(config, model);
}

}  // namespace

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> table = {
      {"DeepseekV2ForCausalLM", {"deepseek_v2"}, read_deepseek},
      {"DeepseekV3ForCausalLM", {"deepseek_v3", "kimi_k2"}, read_deepseek},
      {"Glm4MoeForCausalLM", {"glm4_moe"}, read_glm},
      {"GptOssForCausalLM", {"gpt_oss"}, read_gpt_oss},
      {"LlamaForCausalLM", {"llama"}, read_llama},
      {"Llama4ForConditionalGeneration", {"Llama4ForCausalLM", "llama4_text", "llama4"}, read_llama4},
      {"MiniMaxM2ForCausalLM", {"minimax_m2"}, read_minimax},
      {"MistralForCausalLM", {"mistral"}, read_mistral},
      {"MixtralForCausalLM", {"mixtral"}, read_mixtral},
      {"Qwen2ForCausalLM", {"qwen2"}, read_qwen2},
      {"Qwen2MoeForCausalLM", {"qwen2_moe"}, read_qwen2_moe},
      {"Qwen3ForCausalLM", {"qwen3"}, read_qwen3},
      {"Qwen3MoeForCausalLM", {"qwen3_moe"}, read_qwen3_moe},
  };
  return table;
}

std::string_view reason_to_refuse(std::string_view architecture) {
  struct Refused {
    std::string_view name;
    std::string_view reason;
  };
  static constexpr std::string_view linear =
      "it has layers with linear attention, which keep a state in place of a KV cache";
  static constexpr std::string_view sparse = "its attention reads a chosen few of the cached tokens";
  static const std::vector<Refused> table = {
      {"DeepseekV32ForCausalLM", sparse}, {"GlmMoeDsaForCausalLM", sparse}, {"MiniMaxText01ForCausalLM", linear},
      {"MiniMaxM1ForCausalLM", linear},   {"MiniMaxForCausalLM", linear},   {"Qwen3NextForCausalLM", linear},
      {"KimiLinearForCausalLM", linear},
  };
  const auto refused =
      std::find_if(table.begin(), table.end(), [&](const Refused& each) { return each.name == architecture; });
  return refused == table.end() ? std::string_view() : refused->reason;
}

}  // namespace ringtail
