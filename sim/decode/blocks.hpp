#pragma once

#include "decode/dispatch.hpp"
#include "decode/stream_writer.hpp"

/// The parts of a decode step as ops of one rank. Formulas: model/weights.hpp and model/attention_core.hpp; which rank
/// does what: parallel/layout.hpp.
namespace ringtail {

/// True if the layer's attention and FFN are split over the same TP ranks: then all-reduces keep every token on every
/// rank, and nothing is dealt out to owners.
bool is_plain_tensor_parallel(const DecodeSpec& spec, int layer);

/// Embedding lookup of the group's new tokens; the vocabulary is split over the token group.
void write_embedding(StreamWriter& writer);

/// Norm, query, key and value of the new tokens; begins with all tokens of the token group on each of its ranks.
void write_attention_projections(StreamWriter& writer);

/// Attention over the KV cache, output projection; ends with the tokens all-reduced (plain tensor parallel) or each
/// with its owner.
void write_attention(StreamWriter& writer);

/// Seconds that the rank's attention core takes in a layer of the model, alone on its GPU; 0 without tokens.
[[nodiscard]] Seconds attention_core_seconds(const DecodeSpec& spec, int rank, int layer);

/// The cross-attention of an encoder-decoder model: norm, query projection, attention over the encoder's keys and
/// values, output projection. Begins with all tokens of the attention group on each of its ranks; ends like
/// write_attention.
void write_cross_attention(StreamWriter& writer);

/// The FFN of a dense layer, from and to where attention leaves the tokens.
void write_dense_ffn(StreamWriter& writer);

/// The routing of one MoE layer of one step in one FFN group.
struct MoeLayer {
  LayerTraffic traffic;
  MessageCounts messages;
};

/// The parts of an MoE layer, from and to the tokens' owners: norm, router and top-k; the shared experts up to their
/// activation, and from there; what begins dispatch and combine, and what comes after them; the experts in between.
/// `map` and `layer` are those of the rank's FFN group.
void write_router(StreamWriter& writer);
void write_shared_up(StreamWriter& writer);
void write_shared_down(StreamWriter& writer);
[[nodiscard]] InFlight begin_dispatch(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer);
void finish_dispatch(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer, const InFlight& dispatch);
void write_experts(StreamWriter& writer, const MoeLayer& layer);
[[nodiscard]] InFlight begin_combine(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer);
void finish_combine(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer, const InFlight& combine);

/// Brings each token from its owner to all ranks of its token group.
void write_token_all_gather(StreamWriter& writer, Family family);

/// Between pipeline stages, each rank with its counterparts; the writer's layer is the last one of the sending stage.
/// Hidden states: what the rank owns, or an equal share where all of its group have all tokens (plain tensor parallel);
/// the receiving group gathers them.
void write_stage_send(StreamWriter& writer);
void write_stage_receive(StreamWriter& writer);

/// The tokens that the last stage has sampled in the writer's step go to the first, which needs them in the next.
void write_token_return(StreamWriter& writer);
void write_token_receive(StreamWriter& writer);

/// What stands before the layer of a module for multi-token prediction: norms of the tokens' embeddings and of their
/// hidden states, and the projection of both to one. On each rank of the token group for all its tokens.
void write_draft_input(StreamWriter& writer);

/// Final norm, LM head, sampling.
void write_head(StreamWriter& writer);

}  // namespace ringtail
