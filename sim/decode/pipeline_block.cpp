#include "collectives/choice.hpp"
#include "decode/blocks.hpp"

namespace ringtail {
namespace {

constexpr Bytes token_id_bytes = 4;  // int32

/// Hidden states that `rank` hands over to its counterpart in the next stage. A group that has all tokens on all ranks
/// sends each value once, as vLLM and Megatron do (scatter-gather, arXiv:2104.04473 section 4.1).
Bytes handed_over(const StreamWriter& writer, int rank) {
  const DecodeSpec& spec = writer.spec();
  const double tokens = is_plain_tensor_parallel(spec, writer.model_layer())
                            ? spec.group_tokens(rank) / spec.layout.parallelism().attention.group_ranks()
                            : spec.owned_tokens(rank);
  return tokens * spec.model.hidden_size * writer.activation_bytes();
}

/// The same on both sides.
void write_hand_over(StreamWriter& writer, int from, int to) {
  writer.collective(Family::stage_send, {from, to}, [&] {
    const bool is_sync = writer.spec().layout.parallelism().pipeline.sends == PipelineParallelism::Sends::sync;
    return PointToPoint{handed_over(writer, writer.rank()), is_sync};
  });
}

/// No kernel: a few bytes that the sampling kernel writes and the embedding reads. Each rank of the first stage looks
/// up all tokens of its group.
void write_token_exchange(StreamWriter& writer, int first, int last) {
  const std::vector<int> ranks{first, last};
  writer.finish(writer.begin_exchange(Family::token_return, ranks, [&] {
    CollectivePlan plan;
    const Bytes bytes = writer.spec().group_tokens(writer.rank()) * token_id_bytes;
    if (bytes > 0) plan = make_plan(ranks, {{{}, {{0, bytes}}}}, Copier::none);
    plan.ranks = ranks;
    for (Exchange& round : plan.rounds) round.is_for_next_step = true;
    return plan;
  }));
}

/// Ranks between a rank of the first stage and its counterpart in the last.
int whole_way(const StreamWriter& writer) {
  const Layout& layout = writer.spec().layout;
  return (layout.parallelism().pipeline.stages - 1) * layout.ranks();
}

}  // namespace

void write_stage_send(StreamWriter& writer) {
  write_hand_over(writer, writer.rank(), writer.rank() + writer.spec().layout.ranks());
}

void write_stage_receive(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  write_hand_over(writer, writer.rank() - spec.layout.ranks(), writer.rank());
  const auto& group = spec.layout.attention_group(writer.rank());
  writer.collective(Family::stage_all_gather, group, [&] {
    const Collectives& collectives = spec.collectives;
    std::vector<Bytes> shares;
    for (const int rank : group) shares.push_back(handed_over(writer, rank));
    return choose_all_gather(collectives.token_all_gather.value_or(collectives.all_gather), shares,
                             {*spec.wiring, group, spec.layout.attention_groups()});
  });
}

void write_token_return(StreamWriter& writer) {
  write_token_exchange(writer, writer.rank() - whole_way(writer), writer.rank());
}

void write_token_receive(StreamWriter& writer) {
  write_token_exchange(writer, writer.rank(), writer.rank() + whole_way(writer));
}

}  // namespace ringtail
