#include "config/import_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/layer_pattern.hpp"

namespace ringtail {

void read_grouped_attention(ConfigReader& config, ModelTree& model, HeadDefaults defaults) {
  const Figure heads = config.required("num_attention_heads", "query heads");
  model.set("attention.heads", heads);
  model.set("attention.kv_heads", defaults.kv_heads_needed
                                      ? config.required("num_key_value_heads", "key and value heads")
                                      : config.integer("num_key_value_heads").value_or(heads));
  auto head_dim = config.integer("head_dim");
  if (!head_dim && defaults.head_dim > 0) head_dim = Figure{defaults.head_dim, config.place()};
  if (!head_dim) {
    const Figure hidden = config.required("hidden_size", "elements of the residual stream");
    if (heads.value > 0 && hidden.value % heads.value != 0)
      config.refuse("num_attention_heads", fmt::format("hidden_size = {} is not a multiple of it", hidden.value),
                    "give head_dim");
    head_dim = Figure{heads.value > 0 ? hidden.value / heads.value : 0, hidden.at};
  }
  model.set("attention.head_dim", *head_dim);
}

void read_biases(ConfigReader& config, ModelTree& model) {
  const bool bias = config.flag("attention_bias", false);
  model.set_true_if("attention.qkv_bias", bias);
  model.set_true_if("attention.output_bias", bias);
}

void read_ffn(ConfigReader& config, ModelTree& model, const char* key) {
  model.set("ffn.intermediate_size", config.required(key, "width of the dense feed-forward network"));
}

int layers_of(ConfigReader& config) { return std::min(config.integer_or("num_hidden_layers", 0).value, 10000); }

std::vector<int> listed_layers(ConfigReader& config, const char* key) {
  const auto listed = config.integers(key).value_or(std::vector<int>());
  const int layers = layers_of(config);
  for (std::size_t item = 0; item < listed.size() && config.sound("num_hidden_layers"); ++item)
    if (listed[item] >= layers)
      config.refuse_item(key, item, fmt::format("there is no layer {}", listed[item]),
                         fmt::format("num_hidden_layers = {}: layers are 0 to {}", layers, layers - 1));
  return listed;
}

void set_window(ConfigReader& config, ModelTree& model, const Figure& tokens, const std::vector<bool>& full,
                const char* key) {
  if (!config.sound("num_hidden_layers")) return;
  const auto full_every = full_layers(full);
  if (!full_every)
    return config.refuse(key, "layers that attend to all tokens must be every n-th, n layers from the first on",
                         "windows in other layers are not simulated");
  if (*full_every == 1) return;
  model.set("attention.window.tokens", tokens);
  model.set("attention.window.full_every", *full_every);
}

std::vector<bool> full_attention(ConfigReader& config, const std::string& windowed, bool (*fallback)(int, int),
                                 int argument) {
  const int layers = layers_of(config);
  std::vector<bool> full;
  if (const auto types = config.words("layer_types")) {
    if (types->size() != static_cast<std::size_t>(layers) && config.sound("num_hidden_layers"))
      config.refuse("layer_types", fmt::format("{} layers are listed, num_hidden_layers is {}", types->size(), layers));
    for (const std::string& type : *types) {
      full.push_back(type == "full_attention");
      if (type != "full_attention" && type != windowed) {
        config.refuse("layer_types", fmt::format("'{}' is not simulated in this architecture", type));
        break;
      }
    }
  } else {
    for (int layer = 0; layer < layers; ++layer) full.push_back(fallback(layer, argument));
  }
  return full;
}

void read_window_everywhere(ConfigReader& config, ModelTree& model) {
  const auto tokens = config.integer("sliding_window");
  const auto full = full_attention(
      config, "sliding_attention", [](int, int) { return false; }, 0);
  if (tokens) set_window(config, model, *tokens, full, "layer_types");
}

void read_moe_layers(ConfigReader& config, ModelTree& model, const std::vector<bool>& layers, const char* key,
                     const char* width) {
  const bool has_dense = std::find(layers.begin(), layers.end(), false) != layers.end();
  if (has_dense) read_ffn(config, model, width);
  if (!has_dense) (void)config.find(width);
  if (!config.sound("num_hidden_layers")) return;
  if (std::find(layers.begin(), layers.end(), true) == layers.end())
    return config.refuse(key, fmt::format("none of {} layers has experts", layers.size()),
                         "a mixture of experts has them in one layer at least");
  const auto places = moe_layers(layers);
  if (!places)
    return config.refuse(key, "layers with experts must be every n-th from a first one on",
                         "other places of experts are not simulated");
  if (places->first > 0) model.set("moe.first_dense_layers", places->first);
  if (places->every > 1) model.set("moe.every", places->every);
}

void read_experts(ConfigReader& config, ModelTree& model, const char* experts, const char* width) {
  model.set("moe.experts", config.required(experts, "routed experts per layer"));
  model.set("moe.experts_per_token", config.required("num_experts_per_tok", "routed experts that a token visits"));
  model.set("moe.intermediate_size", config.required(width, "width of one expert"));
}

void read_shared_width(ConfigReader& config, ModelTree& model, const char* shared, const char* width) {
  const Figure all = config.integer_or(shared, 0);
  const Figure one = config.integer_or(width, 0);
  if (all.value == 0 || one.value == 0) return;
  if (all.value % one.value != 0)
    config.refuse(shared, fmt::format("must be a multiple of {} = {}", width, one.value),
                  "shared experts are simulated as wide as the routed ones");
  model.set("moe.shared_experts", {all.value / one.value, all.at});
}

void set_groups(ConfigReader& config, ModelTree& model) {
  const Figure groups = config.integer_or("n_group", 1);
  const Figure chosen = config.integer_or("topk_group", 1);
  if (groups.value <= 1) return;
  model.set("moe.expert_groups", groups);
  model.set("moe.groups_per_token", chosen);
}

void set_mtp(ConfigReader& config, ModelTree& model, const char* key) {
  const Figure modules = config.integer_or(key, 0);
  if (modules.value > 0) model.set("mtp.modules", modules);
}

}  // namespace ringtail
