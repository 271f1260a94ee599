#include "config/model_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <tuple>
#include <vector>

namespace ringtail {

namespace {

/// Where to report, and which fields were read well.
struct Place {
  const std::string& prefix;
  const SourceMap& sources;
  const Diagnostics read;  ///< The state before the rules: one rule's error does not silence the next.
  Diagnostics& diagnostics;

  [[nodiscard]] bool sound(std::initializer_list<const char*> keys) const {
    return std::all_of(keys.begin(), keys.end(), [&](const char* key) { return read.sound(prefix + key); });
  }

  /// `others`: keys that the conflict is with; shown where they are not beside it.
  void error(const char* key, std::string message, std::string help = {},
             std::initializer_list<const char*> others = {}) const {
    const std::string path = prefix + key;
    std::vector<std::string> paths;
    for (const char* other : others) paths.push_back(prefix + other);
    diagnostics.error(sources.find(path), path, std::move(message), std::move(help), sources.notes(path, paths));
  }
};

void check_attention(const Model& model, const Place& place) {
  const Attention& attention = model.attention;
  if (!place.sound({"attention"})) return;
  if (!attention.latent && attention.heads % attention.kv_heads != 0)
    place.error("attention.kv_heads",
                fmt::format("heads = {} is not a multiple of kv_heads = {}", attention.heads, attention.kv_heads),
                "each KV head serves the same number of query heads", {"attention.heads"});
  if (attention.window && attention.window->full_every == 1)
    place.error("attention.window.full_every", "full_every = 1 leaves no layer with a window",
                "leave out window if every layer attends to all tokens");
}

void check_layers(const Model& model, const Place& place) {
  if (!place.sound({"layers", "ffn", "moe", "encoder"})) return;
  if (model.moe && model.moe_layers() == 0) {
    place.error("moe.first_dense_layers",
                fmt::format("first_dense_layers = {} leaves no MoE layer: layers = {}", model.moe->first_dense_layers,
                            model.layers),
                "leave out moe if the model is dense", {"layers"});
  } else if (model.has_dense_layers() && model.ffn.intermediate_size == 0) {
    const int layers = model.layers + (model.encoder ? model.encoder->layers : 0);
    const int moe_layers = model.moe_layers() + (model.encoder ? model.moe_layers(model.encoder->layers) : 0);
    place.error("ffn", fmt::format("missing key 'intermediate_size' in {}ffn: {} of {} layers are dense", place.prefix,
                                   layers - moe_layers, layers));
  }
}

void check_experts(const Model& model, const Place& place) {
  const auto& moe = model.moe;
  if (!moe || !place.sound({"moe"}) || moe->experts_per_token <= moe->experts) return;
  place.error("moe.experts_per_token",
              fmt::format("experts_per_token = {} is more than experts = {}", moe->experts_per_token, moe->experts), {},
              {"moe.experts"});
}

/// Sets of groups are listed: their number is what 8 of 16 allow.
constexpr double most_group_sets = 12870;

double binomial(int n, int k) {
  double result = 1;
  for (int i = 1; i <= k; ++i) result *= static_cast<double>(n - k + i) / i;
  return result;
}

void check_groups(const Model& model, const Place& place) {
  if (!model.moe || !place.sound({"moe"})) return;
  const auto& [experts, k, groups, chosen] = std::tuple(model.moe->experts, model.moe->experts_per_token,
                                                        model.moe->expert_groups, model.moe->groups_per_token);
  if (experts % groups != 0) {
    place.error("moe.expert_groups", fmt::format("experts = {} do not make {} groups of equally many", experts, groups),
                {}, {"moe.experts"});
  } else if (chosen > groups) {
    place.error("moe.groups_per_token",
                fmt::format("groups_per_token = {} is more than expert_groups = {}", chosen, groups), {},
                {"moe.expert_groups"});
  } else if (k <= experts && k > experts / groups * chosen) {
    place.error("moe.groups_per_token",
                fmt::format("experts_per_token = {} is more than the {} experts of {} groups", k,
                            experts / groups * chosen, chosen),
                {}, {"moe.experts_per_token"});
  } else if (binomial(groups, chosen) > most_group_sets) {
    place.error("moe.groups_per_token",
                fmt::format("{} of {} groups can be chosen in more than {} ways", chosen, groups, most_group_sets));
  }
}

void check_encoder(const Model& model, const Place& place) {
  if (!model.encoder || !model.attention.latent || !place.sound({"encoder", "attention"})) return;
  place.error("attention.latent", "cross-attention to an encoder is simulated for grouped-query attention only",
              "give kv_heads and head_dim instead of latent, or leave out encoder");
}

void check_published(const Model& model, const Place& place) {
  const auto& published = model.published;
  if (!published || !place.sound({"published"}) || published->active.value_or(0) <= published->total) return;
  place.error("published.active_parameters", "active_parameters is more than total_parameters", {},
              {"published.total_parameters"});
}

}  // namespace

void check_model(const Model& model, const std::string& prefix, const SourceMap& sources, Diagnostics& diagnostics) {
  const Place place{prefix, sources, diagnostics, diagnostics};
  check_attention(model, place);
  check_layers(model, place);
  check_experts(model, place);
  check_groups(model, place);
  check_encoder(model, place);
  check_published(model, place);
}

}  // namespace ringtail
