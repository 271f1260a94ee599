#include "collectives/choice.hpp"
#include "decode/blocks.hpp"
#include "model/weights.hpp"

namespace ringtail {
namespace {

/// A sampling candidate: fp32 score and int32 token id.
constexpr Bytes candidate_bytes = 8;
constexpr Bytes logit_bytes = 4;  // fp32

}  // namespace

void write_embedding(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const auto& group = spec.layout.token_group(writer.rank());
  const Bytes token = spec.model.hidden_size * writer.activation_bytes();
  const int rows = spec.model.learned_positions > 0 ? 3 : 2;  // Read the token's and the position's, write their sum.
  writer.memory(Stage::embedding, spec.group_tokens(writer.rank()) * rows * token);
  writer.all_reduce(Family::embedding_all_reduce, {*spec.wiring, group, spec.layout.token_groups()},
                    spec.group_tokens(writer.rank()) * token, spec.collectives.embedding_all_reduce);
}

void write_draft_input(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const double tokens = spec.group_tokens(writer.rank());
  const double h = spec.model.hidden_size;
  writer.memory(Stage::draft_norm, tokens * 4 * h * writer.activation_bytes());
  writer.gemm(Stage::draft_projection, spec.precision.activations,
              {tokens, mtp_projection_weights(spec.model), 2 * h, h});
}

void write_head(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const auto& group = spec.layout.token_group(writer.rank());
  const double tokens = spec.group_tokens(writer.rank());
  const int ranks = static_cast<int>(group.size());
  const double h = spec.model.hidden_size;
  const double vocabulary = largest_share(spec.model.vocab_size, ranks);
  writer.memory(Stage::final_norm, tokens * 4 * h * writer.activation_bytes());
  writer.gemm(Stage::lm_head, spec.precision.activations,
              {tokens, vocabulary_weights(spec.model, ranks), h, vocabulary});
  writer.memory(Stage::sample, tokens * vocabulary * logit_bytes);
  writer.collective(Family::sampling_all_gather, group, [&] {
    const std::vector<Bytes> shares(group.size(), tokens * candidate_bytes);
    const Collectives& collectives = spec.collectives;
    return choose_all_gather(collectives.sampling_all_gather.value_or(collectives.all_gather), shares,
                             {*spec.wiring, group, spec.layout.token_groups()});
  });
}

}  // namespace ringtail
