#pragma once

#include <string>
#include <vector>

#include "config/config_reader.hpp"
#include "config/model_tree.hpp"

/// What several architectures have in common in a config.json.
namespace ringtail {

/// What a class does where the config has no field.
struct HeadDefaults {
  int head_dim = 0;             ///< 0: hidden_size / heads.
  bool kv_heads_needed = true;  ///< Else as many as heads.
};

void read_grouped_attention(ConfigReader& config, ModelTree& model, HeadDefaults defaults = {});
void read_biases(ConfigReader& config, ModelTree& model);  ///< `attention_bias`: of all four projections.
void read_ffn(ConfigReader& config, ModelTree& model, const char* key);

/// num_hidden_layers, for lists of them; 0 if it is missing.
[[nodiscard]] int layers_of(ConfigReader& config);

/// A list of layers, each of which there must be: counted from 0.
[[nodiscard]] std::vector<int> listed_layers(ConfigReader& config, const char* key);

/// Which layers attend to all tokens, by `layer_types`, of which one is `windowed`; where that is missing, `fallback`
/// says it of a layer, with `argument`.
[[nodiscard]] std::vector<bool> full_attention(ConfigReader& config, const std::string& windowed,
                                               bool (*fallback)(int layer, int argument), int argument);
/// A window in all layers but the `full` ones. `key` is the field that says which.
void set_window(ConfigReader& config, ModelTree& model, const Figure& tokens, const std::vector<bool>& full,
                const char* key);
/// Mistral and others: `sliding_window` in all layers, null for none.
void read_window_everywhere(ConfigReader& config, ModelTree& model);

/// Which layers have experts; all others have a dense feed-forward network, whose width is read from `width` if there
/// are any. `key` is the field that says which.
void read_moe_layers(ConfigReader& config, ModelTree& model, const std::vector<bool>& layers, const char* key,
                     const char* width);
/// Number of experts, of those that a token visits, and their width, each from a field.
void read_experts(ConfigReader& config, ModelTree& model, const char* experts, const char* width);
/// A shared expert so wide, as several of the routed ones' width.
void read_shared_width(ConfigReader& config, ModelTree& model, const char* shared, const char* width);
void set_groups(ConfigReader& config, ModelTree& model);  ///< `n_group` and `topk_group`.
void set_mtp(ConfigReader& config, ModelTree& model, const char* key);

}  // namespace ringtail
