#include "config/dense_of.hpp"
#include "config/schema.hpp"

/// The field tables of model files. Upper limits only keep sizes within what the arithmetic can hold; real models are
/// far below them.
namespace ringtail {

namespace {

constexpr Range width = between(1, 1048576);

Format<LatentAttention> latent_format() {
  return mapping<LatentAttention>({
      required("q_lora_rank", &LatentAttention::q_lora_rank, integer(between(0, 1048576)),
               "Elements of the query's latent; 0: queries have none (DeepSeek-V2-Lite)."),
      required("kv_lora_rank", &LatentAttention::kv_lora_rank, integer(width),
               "Elements of the latent that all heads' keys and values share."),
      required("qk_nope_head_dim", &LatentAttention::qk_nope_head_dim, integer(width),
               "Elements of a head's query and key without position."),
      required("qk_rope_head_dim", &LatentAttention::qk_rope_head_dim, integer(width),
               "Elements of a head's query and key with rotary position; the key's are shared by all heads."),
      required("v_head_dim", &LatentAttention::v_head_dim, integer(width), "Elements of a head's value."),
  });
}

Format<AttentionWindow> window_format() {
  return mapping<AttentionWindow>({
      required("tokens", &AttentionWindow::tokens, count(unit::tokens(), between(1, 1073741824)),
               "Cached tokens that such a layer attends to, at most."),
      defaulted("full_every", &AttentionWindow::full_every, integer(between(0, 10000)),
                "Every so many-th layer attends to all tokens; 0: none does."),
  });
}

Format<Attention> attention_format() {
  const auto without_latent = [](const Attention& attention) { return !attention.latent; };
  const std::string condition = "without latent";
  return mapping<Attention>({
      required("heads", &Attention::heads, integer(between(1, 65536)), "Query heads."),
      optional("latent", &Attention::latent, latent_format(), "Multi-head latent attention (DeepSeek-V2)."),
      only_if<Attention>(condition, without_latent,
                         required("kv_heads", &Attention::kv_heads, integer(between(1, 65536)),
                                  "Key and value heads; as many as heads is full, one is multi-query attention.")),
      only_if<Attention>(condition, without_latent,
                         required("head_dim", &Attention::head_dim, integer(width), "Elements of one head.")),
      only_if<Attention>(
          condition, without_latent,
          defaulted("qkv_bias", &Attention::qkv_bias, boolean(), "Query, key and value projections have biases.")),
      only_if<Attention>(
          condition, without_latent,
          defaulted("output_bias", &Attention::output_bias, boolean(), "The output projection has a bias.")),
      optional("window", &Attention::window, window_format(),
               "Layers that attend to, and cache, the latest tokens only: sliding-window or chunked attention."),
  });
}

Format<Ffn> ffn_format() {
  return mapping<Ffn>({
      defaulted("intermediate_size", &Ffn::intermediate_size, integer(between(0, 1048576)),
                "Width of the dense feed-forward network; 0 only if every layer is MoE."),
      defaulted("gated", &Ffn::gated, boolean(), "Three matrices (SwiGLU and relatives) instead of two."),
      defaulted("bias", &Ffn::bias, boolean(), "Its matrices have biases."),
  });
}

Format<Moe> moe_format() {
  return mapping<Moe>({
      required("experts", &Moe::experts, integer(between(1, 65536)), "Routed experts per layer."),
      required("experts_per_token", &Moe::experts_per_token, integer(between(1, 65536)),
               "Routed experts a token visits."),
      required("intermediate_size", &Moe::intermediate_size, integer(width), "Width of one expert."),
      defaulted("shared_experts", &Moe::shared_experts, integer(between(0, 1024)),
                "Experts of the same width that every token visits."),
      defaulted("first_dense_layers", &Moe::first_dense_layers, integer(between(0, 10000)),
                "Leading layers with the dense feed-forward network."),
      defaulted("every", &Moe::every, integer(between(1, 10000)),
                "From there on, every so many-th layer is MoE, the others have the dense feed-forward network."),
      defaulted("gated", &Moe::gated, boolean(), "Experts have three matrices instead of two."),
      defaulted("bias", &Moe::bias, boolean(), "The experts' matrices have biases."),
      defaulted("expert_groups", &Moe::expert_groups, integer(between(1, 4096)),
                "Groups of equally many experts, in order (DeepSeek: n_group)."),
      defaulted("groups_per_token", &Moe::groups_per_token, integer(between(1, 4096)),
                "Groups that a token's experts may lie in (DeepSeek: topk_group)."),
  });
}

Format<Encoder> encoder_format() {
  return mapping<Encoder>({
      required("layers", &Encoder::layers, integer(between(1, 10000)),
               "Encoder layers: as wide as the decoder's, MoE in the same places."),
      required("context", &Encoder::context, count(unit::tokens(), between(1, 1073741824)),
               "Tokens that the encoder has read, to which every decoder layer attends."),
  });
}

Format<Mtp> mtp_format() {
  return mapping<Mtp>({
      required("modules", &Mtp::modules, integer(between(1, 64)),
               "Modules: each a layer like the last behind a projection of embedding and hidden state."),
  });
}

Format<PublishedParameters> published_format() {
  const auto parameters = quantity(unit::parameters(), between(1, 1e15));
  return mapping<PublishedParameters>({
      required("total_parameters", &PublishedParameters::total, parameters, "All parameters: 671 B or 671e9."),
      optional("active_parameters", &PublishedParameters::active, parameters, "Parameters a token is multiplied with."),
  });
}

Format<MatchedParameters> matched_format() {
  return choice<MatchedParameters>({{"total", MatchedParameters::total}, {"active", MatchedParameters::active}});
}

constexpr Range quality = {.min = 0, .max = 1e6, .min_excluded = true};

Field<DenseMatch> q_field() {
  return required("q", &DenseMatch::q, number(quality),
                  "How many times the active parameters of the MoE a dense model needs for the same quality.");
}

Field<DenseMatch> match_field() {
  return defaulted("match", &DenseMatch::match, matched_format(),
                   "Dense parameters are total: q · experts_per_token / experts · all; active: q · active ones.");
}

/// Written in the effective configuration, for a counterpart that has been sized.
Format<DenseMatch> dense_match_format() {
  return mapping<DenseMatch>({
      required("of", &DenseMatch::of, label(), "Name of the MoE."),
      q_field(),
      match_field(),
      required("target_parameters", &DenseMatch::target, quantity(unit::parameters(), between(1, 1e18)),
               "Parameters that the feed-forward network was sized for."),
  });
}

std::vector<Field<Model>> model_fields() {
  const auto size = between(1, 16777216);
  return {
      required("name", &Model::name, label(), "Name in results."),
      defaulted("source", &Model::source, text(), "Where the figures are from."),
      required("layers", &Model::layers, integer(between(1, 10000)), "Transformer layers; the decoder's."),
      required("hidden_size", &Model::hidden_size, integer(width), "Elements of the residual stream."),
      required("vocab_size", &Model::vocab_size, integer(size), "Tokens of the vocabulary."),
      defaulted("tied_embeddings", &Model::tied_embeddings, boolean(), "The LM head is the embedding matrix."),
      defaulted("learned_positions", &Model::learned_positions, integer(between(0, 16777216)),
                "Rows of the table of position embeddings; 0 without."),
      required("attention", &Model::attention, attention_format(), "Attention of every layer."),
      defaulted("ffn", &Model::ffn, ffn_format(), "Feed-forward network of the dense layers."),
      optional("moe", &Model::moe, moe_format(), "Mixture-of-experts layers; a dense model has none."),
      optional("encoder", &Model::encoder, encoder_format(), "Encoder; without, the model is decoder-only."),
      optional("mtp", &Model::mtp, mtp_format(),
               "Modules for multi-token prediction, used if decode.mtp says so; a model may have none."),
      optional("published", &Model::published, published_format(),
               "Published figures that computed ones are checked against."),
      optional("dense_match", &Model::dense_match, dense_match_format(),
               "Written by Ringtail for a model that dense_of made: what it was sized to."),
  };
}

Format<Model> plain_model_format() { return mapping<Model>(model_fields(), "workloads/models"); }

/// Reads the MoE in place of a model, which stays one until its counterpart is sized (dense_of.hpp).
Field<Model> dense_of_field() {
  const Format<Model> moe = plain_model_format();
  Field<Model> field;
  field.info = {.key = "dense_of",
                .help = "The dense counterpart of this MoE: same depth, width, attention, KV cache; needs q.",
                .required = false,
                .default_value = {},
                .condition = {},
                .type = moe.info};
  field.read = [read = moe.read](Model& model, const Node& node, Diagnostics& diagnostics) {
    model = read(node, diagnostics).value_or(Model{});
    model.dense_match = DenseMatch{.of = model.name};
  };
  field.write = [](const Model&) { return std::nullopt; };
  return field;
}

/// A field of the match, beside dense_of.
Field<Model> beside_dense_of(Field<DenseMatch> inner) {
  Field<Model> field;
  field.info = inner.info;
  field.read = [read = inner.read](Model& model, const Node& node, Diagnostics& diagnostics) {
    read(*model.dense_match, node, diagnostics);
  };
  field.write = [](const Model&) { return std::nullopt; };
  return only_if<Model>("with dense_of", is_unsized_counterpart, std::move(field));
}

}  // namespace

Format<Model> model_format() {
  std::vector<Field<Model>> fields = {dense_of_field(), beside_dense_of(q_field()), beside_dense_of(match_field())};
  const auto plain = [](const Model& model) { return !is_unsized_counterpart(model); };
  for (Field<Model>& field : model_fields())
    fields.push_back(only_if<Model>("without dense_of", plain, std::move(field)));
  return mapping<Model>(std::move(fields), "workloads/models");
}

}  // namespace ringtail
