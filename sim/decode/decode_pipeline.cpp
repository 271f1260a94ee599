#include "decode/decode_program.hpp"

namespace ringtail {

/// Micro-batches are as even parts of each attention group's sequences; each stage decides by its own GPUs how it
/// dispatches.
void DecodeProgram::make_pipeline(const DecodeSpec& spec) {
  const int stages = spec.layout.parallelism().pipeline.stages;
  for (int i = 0; i < stages; ++i) {
    DecodeSpec of_stage = spec;
    of_stage.layout = spec.layout.from_rank(i * spec.layout.ranks());
    of_stage = decided(of_stage, micro_batches_);
    const Layout layout = of_stage.layout;
    PipelineStage stage{layers_of_stage(spec.model.layers, stages, i), i == 0, i == stages - 1, {}};
    for (int part = 0; part < micro_batches_; ++part) {
      of_stage.layout = layout.micro_batch(part, micro_batches_);
      stage.batches.emplace_back(of_stage, part);
    }
    for (int rank = layout.first_rank(); rank < layout.first_rank() + layout.ranks(); ++rank)
      positions_[static_cast<std::size_t>(rank)].layer = stage.layers.first;
    stages_.push_back(std::move(stage));
  }
}

/// One layer of the micro-batch that the rank is at, with what stands around the stage's layers.
void DecodeProgram::write_stage_layer(int rank, std::vector<Op>& ops) {
  Position& at = positions_[static_cast<std::size_t>(rank)];
  PipelineStage& stage = stages_[static_cast<std::size_t>(rank / pipeline_stage_ranks())];
  MicroBatch& batch = stage.batches[static_cast<std::size_t>(at.micro_batch)];
  if (at.layer == stage.layers.first) write_stage_begin(rank, stage, batch, ops);
  const bool is_handed_over = at.layer == stage.layers.end() - 1 && !stage.is_last;
  for (const Turn& turn : policy_.turns) {
    if (is_handed_over && turn.part == Part::token_all_gather) continue;  // The next stage gathers.
    write_turn(rank, batch, at.layer, turn.part, at.under_way.front(), ops);
  }
  if (++at.layer < stage.layers.end()) return;
  write_stage_end(rank, stage, batch, ops);
  at.layer = stage.layers.first;
  if (++at.micro_batch < micro_batches_) return;
  StreamWriter({batch.spec, pool_, batch.plans}, rank, at.step, -1, ops).end_step();
  at.micro_batch = 0;
  ++at.step;
}

void DecodeProgram::write_stage_begin(int rank, const PipelineStage& stage, MicroBatch& batch, std::vector<Op>& ops) {
  const int step = positions_[static_cast<std::size_t>(rank)].step;
  const Shared shared{batch.spec, pool_, batch.plans, batch.number};
  if (!stage.is_first) {
    StreamWriter writer(shared, rank, step, stage.layers.first - 1, ops);
    return write_stage_receive(writer);
  }
  if (step > 0) {
    StreamWriter before(shared, rank, step - 1, -1, ops);
    write_token_receive(before);
  }
  StreamWriter writer(shared, rank, step, -1, ops);
  writer.passage(Passage::End::entered);
  write_embedding(writer);
}

/// The host prepares each pass by itself.
void DecodeProgram::write_stage_end(int rank, const PipelineStage& stage, MicroBatch& batch, std::vector<Op>& ops) {
  const int step = positions_[static_cast<std::size_t>(rank)].step;
  const Shared shared{batch.spec, pool_, batch.plans, batch.number};
  StreamWriter writer(shared, rank, step, stage.is_last ? -1 : stage.layers.end() - 1, ops);
  if (stage.is_last) {
    write_head(writer);
    writer.passage(Passage::End::left);
    write_token_return(writer);
  } else {
    write_stage_send(writer);
  }
  writer.host();
}

}  // namespace ringtail
