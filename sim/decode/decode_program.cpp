#include "decode/decode_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>
#include <set>

#include "decode/expected_traffic.hpp"
#include "decode/moved_experts.hpp"

namespace ringtail {

DecodeSpec decided(DecodeSpec spec, int micro_batches) {
  spec.layout = spec.layout.with_tokens_per_sequence(1 + spec.draft);
  if (!spec.model.moe) return spec;
  DecodeSpec part = spec;
  part.layout = spec.layout.micro_batch(0, micro_batches);
  spec.collectives.dispatch = choose_dispatch(part);
  return spec;
}

DecodeProgram::MicroBatch::MicroBatch(const DecodeSpec& batch, int which) : spec(batch), number(which) {
  if (spec.deal) spec.reads = std::make_shared<const CacheReads>(cache_reads(spec));
  if (!spec.model.moe) return;
  for (int ffn_dp = 0; ffn_dp < spec.layout.parallelism().ffn.dp; ++ffn_dp) maps.emplace_back(spec, ffn_dp);
}

DecodeProgram::DecodeProgram(const DecodeSpec& spec, std::optional<RoutingDraws> routing)
    : policy_(overlap_policy(spec.overlap.kind)),
      whole_(decided(spec, policy_.micro_batches), 0),
      micro_batches_(std::max(policy_.micro_batches, spec.layout.parallelism().pipeline.batches())),
      routing_(std::move(routing)),
      positions_(static_cast<std::size_t>(spec.layout.parallelism().ranks())) {
  const int parts = policy_.micro_batches;
  for (Position& at : positions_) at.under_way.resize(static_cast<std::size_t>(parts));
  if (spec.draft > 0) {
    DecodeSpec one_token = whole_.spec;
    one_token.layout = spec.layout;
    drafted_.emplace(one_token, 0);
  }
  if (spec.layout.parallelism().pipeline.stages > 1) make_pipeline(spec);
  if (parts == 1) return;
  for (int part = 0; part < parts; ++part) {
    DecodeSpec of_part = whole_.spec;
    of_part.layout = whole_.spec.layout.micro_batch(part, parts);
    parts_.emplace_back(of_part, part + 1);
  }
  const Model& model = spec.model;
  last_divided_ = model.layers - 1;
  while (first_divided_ <= last_divided_ && !model.is_moe_layer(first_divided_)) ++first_divided_;
  while (last_divided_ >= first_divided_ && !model.is_moe_layer(last_divided_)) --last_divided_;
}

void DecodeProgram::next(int rank, std::vector<Op>& ops) {
  // A rank without tokens has nothing to do in some layers.
  while (ops.empty()) stages_.empty() ? write_layer(rank, ops) : write_stage_layer(rank, ops);
}

void DecodeProgram::write_layer(int rank, std::vector<Op>& ops) {
  Position& at = positions_[static_cast<std::size_t>(rank)];
  const int layers = whole_.spec.model.layers;
  if (at.layer < layers)
    write_model_layer(rank, ops);
  else
    write_draft(rank, ops);
  if (++at.layer < layers + whole_.spec.draft) return;
  StreamWriter end({whole_.spec, pool_, whole_.plans}, rank, at.step, -1, ops);
  end.host();
  end.end_step();
  ++at.step;
  at.layer = 0;
}

void DecodeProgram::write_model_layer(int rank, std::vector<Op>& ops) {
  Position& at = positions_[static_cast<std::size_t>(rank)];
  StreamWriter around({whole_.spec, pool_, whole_.plans}, rank, at.step, -1, ops);
  if (at.layer == 0) {
    write_rebalancing(rank, ops);
    write_embedding(around);
  }
  if (is_divided(at.layer)) {
    if (at.layer == first_divided_) write_turns(rank, at.layer - 1, ops);  // What is ahead of its layer.
    write_turns(rank, at.layer, ops);
  } else {
    for (const Turn& turn : turns_of_whole()) write_turn(rank, whole_, at.layer, turn.part, at.under_way.front(), ops);
  }
  if (at.layer == whole_.spec.model.layers - 1) write_head(around);
}

/// Before a step, layer by layer; modules for multi-token prediction like the last.
void DecodeProgram::write_rebalancing(int rank, std::vector<Op>& ops) {
  const int step = positions_[static_cast<std::size_t>(rank)].step;
  if (!routing_ || !routing_->rebalancing || !routing_->rebalancing->is_event(step)) return;
  const auto begin = std::chrono::steady_clock::now();
  const DecodeSpec& spec = whole_.spec;
  const Model& model = spec.model;
  const std::vector<int>& group = spec.layout.ffn_group(spec.layout.ffn_dp_index(rank));
  const int modules = spec.draft > 0 ? std::min(spec.draft, model.mtp.value().modules) : 0;
  for (int layer = 0; layer < model.layers + modules; ++layer) {
    const int like = std::min(layer, model.layers - 1);
    if (!model.is_moe_layer(like)) continue;
    StreamWriter writer({spec, pool_, whole_.plans}, rank, step, layer, ops);
    write_moved_experts(writer, group, routing_->rebalancing->moves(step, model.moe_layers(like)));
  }
  routing_->sampling_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void DecodeProgram::write_draft(int rank, std::vector<Op>& ops) {
  Position& at = positions_[static_cast<std::size_t>(rank)];
  MicroBatch& batch = at.layer == whole_.spec.model.layers ? whole_ : *drafted_;
  StreamWriter before({batch.spec, pool_, batch.plans}, rank, at.step, at.layer, ops);
  write_embedding(before);
  write_draft_input(before);
  for (const Turn& turn : turns_of_whole()) write_turn(rank, batch, at.layer, turn.part, at.under_way.front(), ops);
  StreamWriter after({drafted_->spec, pool_, drafted_->plans}, rank, at.step, at.layer, ops);
  write_head(after);
}

void DecodeProgram::write_turns(int rank, int layer, std::vector<Op>& ops) {
  Position& at = positions_[static_cast<std::size_t>(rank)];
  for (const Turn& turn : policy_.turns) {
    const auto micro_batch = static_cast<std::size_t>(turn.micro_batch);
    if (is_divided(layer + turn.layers_ahead))
      write_turn(rank, parts_[micro_batch], layer + turn.layers_ahead, turn.part, at.under_way[micro_batch], ops);
  }
}

void DecodeProgram::write_turn(int rank, MicroBatch& batch, int layer, Part part, LayerUnderWay& at,
                               std::vector<Op>& ops) {
  const int step = positions_[static_cast<std::size_t>(rank)].step;
  const int ffn_dp = batch.spec.layout.ffn_dp_index(rank);
  const TokenMap* const map = batch.maps.empty() ? nullptr : &batch.maps[static_cast<std::size_t>(ffn_dp)];
  StreamWriter writer({batch.spec, pool_, batch.plans, batch.number}, rank, step, layer, ops);
  write_part(writer, part, map, at, [&] { return routed(batch, step, layer, ffn_dp); });
  if (batch.spec.effects.skew) return;
  if (part == Part::attention) write_barrier(rank, batch, layer, Phase::attention, ops);
  if (part == Part::token_all_gather) write_barrier(rank, batch, layer, Phase::ffn, ops);
}

/// All ranks of the deployment, replicas of the model too, wait for each other.
void DecodeProgram::write_barrier(int rank, const MicroBatch& batch, int layer, Phase phase, std::vector<Op>& ops) {
  const int step = positions_[static_cast<std::size_t>(rank)].step;
  const CollectivePool::Key key{step, layer, batch.number, static_cast<int>(phase), Family::barrier, 0};
  const auto barrier = pool_.join(key, [&] {
    std::vector<int> ranks(static_cast<std::size_t>(this->ranks()));
    std::iota(ranks.begin(), ranks.end(), 0);
    return timed_plan(ranks, 0);
  });
  for (const auto& exchange : barrier) {
    ops.emplace_back(Post{exchange, rank});
    ops.emplace_back(Await{exchange, rank});
  }
}

std::vector<std::string> DecodeProgram::algorithms() const {
  std::vector<std::set<std::string_view>> names(family_names().size());
  const auto add = [&](const MicroBatch& batch) {
    for (const auto& [key, plan] : batch.plans)
      if (!plan.rounds.empty()) names[static_cast<std::size_t>(key.first)].insert(plan.algorithm);
  };
  add(whole_);
  if (drafted_) add(*drafted_);
  for (const MicroBatch& part : parts_) add(part);
  for (const PipelineStage& stage : stages_)
    for (const MicroBatch& batch : stage.batches) add(batch);
  if (whole_.spec.model.moe)
    for (const Family family : {Family::dispatch, Family::combine}) {
      auto& modes = names[static_cast<std::size_t>(family)];
      if (stages_.empty()) modes = {name_of(whole_.spec.collectives.dispatch)};
      for (const PipelineStage& stage : stages_) modes.insert(name_of(stage.batches.front().spec.collectives.dispatch));
    }
  if (!stages_.empty()) names[static_cast<std::size_t>(Family::token_return)] = {"async"};
  const AttentionParallelism& attention = whole_.spec.layout.parallelism().attention;
  if (attention.cp > 1) names[static_cast<std::size_t>(Family::cp_ring)] = {name_of(attention.cp_ring)};
  std::vector<std::string> texts;
  for (const auto& used : names) texts.push_back(fmt::format("{}", fmt::join(used, ", ")));
  return texts;
}

std::shared_ptr<const MoeLayer> DecodeProgram::routed(const MicroBatch& batch, int step, int layer, int ffn_dp) {
  const auto [at, is_new] = drawn_.try_emplace({step, layer, ffn_dp, batch.number});
  Drawn& drawn = at->second;
  if (is_new) drawn = {draw(batch, step, layer, ffn_dp), batch.spec.layout.parallelism().ffn.group_ranks()};
  std::shared_ptr<const MoeLayer> result = drawn.routed;
  if (--drawn.visits_left == 0) drawn_.erase(at);
  return result;
}

std::shared_ptr<const MoeLayer> DecodeProgram::draw(const MicroBatch& batch, int step, int layer, int ffn_dp) {
  const auto begin = std::chrono::steady_clock::now();
  const TokenMap& map = batch.maps[static_cast<std::size_t>(ffn_dp)];
  const Model& model = batch.spec.model;
  // A drafter's experts are as popular as those of the last MoE layer, which its layer is like.
  const int moe_layer = model.moe_layers(std::min(layer, model.layers - 1));
  LayerTraffic traffic =
      batch.spec.effects.routing_draws
          ? draw_traffic(map, routing_->sampler, moe_layer, step, routing_->capacity, slots(step), first_token(layer))
          : expected_traffic(batch.spec, map, routing_->sampler.inclusion(moe_layer));
  count(step, layer, ffn_dp, traffic);
  MessageCounts messages = count_messages(batch.spec, map, traffic);
  auto routed = std::make_shared<MoeLayer>(MoeLayer{std::move(traffic), std::move(messages)});
  routing_->sampling_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return routed;
}

/// Tokens of a sequence in a step are numbered through: those verified, those of the drafter's first pass, and one of
/// each further pass.
int DecodeProgram::first_token(int layer) const {
  const int pass = layer - whole_.spec.model.layers;
  const int verified = 1 + whole_.spec.draft;
  return pass < 0 ? 0 : pass == 0 ? verified : 2 * verified + pass - 1;
}

/// The statistics are those of the batch in the model's layers: copies of all micro-batches together.
void DecodeProgram::count(int step, int layer, int ffn_dp, const LayerTraffic& traffic) {
  if (layer >= whole_.spec.model.layers || traffic.expected) return;
  if (step < routing_->first_step || step >= routing_->last_step) return;
  const std::size_t groups = whole_.maps.size();
  const std::vector<int>& more = traffic.copies_of_slot;
  const auto [at, is_new] = uncounted_.try_emplace({step, layer});
  Uncounted& uncounted = at->second;
  if (is_new)
    uncounted = {std::vector(groups, std::vector<int>(more.size())), 0,
                 groups * static_cast<std::size_t>(micro_batches_)};
  std::vector<int>& copies = uncounted.copies[static_cast<std::size_t>(ffn_dp)];
  std::transform(copies.begin(), copies.end(), more.begin(), copies.begin(), std::plus<>());
  uncounted.dropped += traffic.dropped_copies;
  if (--uncounted.draws_left > 0) return;
  routing_->statistics.add(uncounted.copies, uncounted.dropped,
                           slots(step).expert_of_slot(whole_.spec.model.moe_layers(layer)));
  uncounted_.erase(at);
}

}  // namespace ringtail
