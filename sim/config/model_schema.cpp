#include "config/schema.hpp"

/// The field tables of model files. Upper limits only keep sizes within what the arithmetic can hold; real models are
/// far below them.
namespace ringtail {

namespace {

constexpr Range width = between(1, 1048576);

Format<LatentAttention> latent_format() {
  return mapping<LatentAttention>({
      required("q_lora_rank", &LatentAttention::q_lora_rank, integer(width), "Elements of the query's latent."),
      required("kv_lora_rank", &LatentAttention::kv_lora_rank, integer(width),
               "Elements of the latent that all heads' keys and values share."),
      required("qk_nope_head_dim", &LatentAttention::qk_nope_head_dim, integer(width),
               "Elements of a head's query and key without position."),
      required("qk_rope_head_dim", &LatentAttention::qk_rope_head_dim, integer(width),
               "Elements of a head's query and key with rotary position; the key's are shared by all heads."),
      required("v_head_dim", &LatentAttention::v_head_dim, integer(width), "Elements of a head's value."),
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
  });
}

Format<Ffn> ffn_format() {
  return mapping<Ffn>({
      defaulted("intermediate_size", &Ffn::intermediate_size, integer(between(0, 1048576)),
                "Width of the dense feed-forward network; 0 only if every layer is MoE."),
      defaulted("gated", &Ffn::gated, boolean(),
                "Three matrices (SwiGLU and relatives) instead of two, in experts too."),
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
  });
}

Format<PublishedParameters> published_format() {
  const auto parameters = quantity(unit::parameters(), between(1, 1e15));
  return mapping<PublishedParameters>({
      required("total_parameters", &PublishedParameters::total, parameters, "All parameters: 671 B or 671e9."),
      required("active_parameters", &PublishedParameters::active, parameters, "Parameters a token is multiplied with."),
  });
}

}  // namespace

Format<Model> model_format() {
  const auto size = between(1, 16777216);
  Format<Model> format = mapping<Model>({
      required("name", &Model::name, label(), "Name in results."),
      defaulted("source", &Model::source, text(), "Where the figures are from."),
      required("layers", &Model::layers, integer(between(1, 10000)), "Transformer layers."),
      required("hidden_size", &Model::hidden_size, integer(width), "Elements of the residual stream."),
      required("vocab_size", &Model::vocab_size, integer(size), "Tokens of the vocabulary."),
      defaulted("tied_embeddings", &Model::tied_embeddings, boolean(), "The LM head is the embedding matrix."),
      required("attention", &Model::attention, attention_format(), "Attention of every layer."),
      defaulted("ffn", &Model::ffn, ffn_format(), "Feed-forward network of the dense layers."),
      optional("moe", &Model::moe, moe_format(), "Mixture-of-experts layers; a dense model has none."),
      optional("published", &Model::published, published_format(),
               "Published figures that computed ones are checked against."),
  });
  format.info.folder = "workloads/models";
  return format;
}

}  // namespace ringtail
