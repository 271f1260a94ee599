#include "decode/decode_program.hpp"

#include <fmt/format.h>

#include <chrono>
#include <set>

namespace ringtail {

DecodeProgram::DecodeProgram(const DecodeSpec& spec, std::optional<RoutingDraws> routing)
    : spec_(spec), routing_(std::move(routing)), positions_(static_cast<std::size_t>(spec.layout.ranks())) {
  if (!spec_.model.moe) return;
  spec_.collectives.dispatch = choose_dispatch(spec_);
  map_.emplace(spec_);
}

void DecodeProgram::next(int rank, std::vector<Op>& ops) {
  // A rank without tokens has nothing to do in some layers.
  while (ops.empty()) write_layer(rank, ops);
}

void DecodeProgram::write_layer(int rank, std::vector<Op>& ops) {
  Position& at = positions_[static_cast<std::size_t>(rank)];
  const Shared shared{spec_, pool_, plans_};
  if (at.layer == 0) {
    StreamWriter writer(shared, rank, at.step, -1, ops);
    write_embedding(writer);
  }
  StreamWriter writer(shared, rank, at.step, at.layer, ops);
  write_attention(writer);
  if (spec_.model.is_moe_layer(at.layer))
    write_moe(writer, *map_, *routed(at.step, at.layer));
  else
    write_dense_ffn(writer);
  if (!is_plain_tensor_parallel(spec_, at.layer)) write_token_all_gather(writer);
  if (++at.layer < spec_.model.layers) return;

  StreamWriter after(shared, rank, at.step, -1, ops);
  write_head(after);
  after.end_step();
  at = {at.step + 1, 0};
}

std::vector<std::string> DecodeProgram::algorithms() const {
  std::vector<std::set<std::string_view>> names(family_names().size());
  for (const auto& [key, plan] : plans_)
    if (!plan.rounds.empty()) names[static_cast<std::size_t>(key.first)].insert(plan.algorithm);
  if (map_)
    for (const Family family : {Family::dispatch, Family::combine})
      names[static_cast<std::size_t>(family)] = {name_of(spec_.collectives.dispatch)};
  std::vector<std::string> texts;
  for (const auto& used : names) texts.push_back(fmt::format("{}", fmt::join(used, ", ")));
  return texts;
}

std::shared_ptr<const MoeLayer> DecodeProgram::routed(int step, int layer) {
  const auto [at, is_new] = drawn_.try_emplace({step, layer});
  Drawn& drawn = at->second;
  if (is_new) {
    const auto begin = std::chrono::steady_clock::now();
    const int moe_layer = layer - spec_.model.moe->first_dense_layers;
    LayerTraffic traffic = draw_traffic(*map_, routing_->sampler, moe_layer, step);
    MessageCounts messages = count_messages(spec_, *map_, traffic);
    drawn = {std::make_shared<MoeLayer>(MoeLayer{std::move(traffic), std::move(messages)}), ranks()};
    if (step >= routing_->first_step && step < routing_->last_step)
      routing_->statistics.add(drawn.routed->traffic.copies_of_expert);
    routing_->sampling_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  std::shared_ptr<const MoeLayer> result = drawn.routed;
  if (--drawn.visits_left == 0) drawn_.erase(at);
  return result;
}

}  // namespace ringtail
