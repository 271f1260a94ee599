#include "decode/decode_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace ringtail {

DecodeProgram::DecodeProgram(const DecodeSpec& spec, std::optional<RoutingDraws> routing)
    : spec_(spec), routing_(std::move(routing)), positions_(static_cast<std::size_t>(spec.layout.ranks())) {
  if (!spec_.model.moe) return;
  spec_.collectives.dispatch = choose_dispatch(spec_);
  for (int ffn_dp = 0; ffn_dp < spec_.layout.parallelism().ffn.dp; ++ffn_dp) maps_.emplace_back(spec_, ffn_dp);
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
  const bool is_plain = is_plain_tensor_parallel(spec_, at.layer);
  write_attention(writer);
  if (spec_.model.encoder) {
    if (!is_plain) write_token_all_gather(writer, Family::cross_token_all_gather);
    write_cross_attention(writer);
  }
  if (spec_.model.is_moe_layer(at.layer)) {
    const int ffn_dp = spec_.layout.ffn_dp_index(rank);
    write_moe(writer, maps_[static_cast<std::size_t>(ffn_dp)], *routed(at.step, at.layer, ffn_dp));
  } else {
    write_dense_ffn(writer);
  }
  if (!is_plain) write_token_all_gather(writer, Family::token_all_gather);
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
  if (spec_.model.moe)
    for (const Family family : {Family::dispatch, Family::combine})
      names[static_cast<std::size_t>(family)] = {name_of(spec_.collectives.dispatch)};
  std::vector<std::string> texts;
  for (const auto& used : names) texts.push_back(fmt::format("{}", fmt::join(used, ", ")));
  return texts;
}

std::shared_ptr<const MoeLayer> DecodeProgram::routed(int step, int layer, int ffn_dp) {
  const auto [at, is_new] = drawn_.try_emplace({step, layer, ffn_dp});
  Drawn& drawn = at->second;
  if (is_new) drawn = {draw(step, layer, ffn_dp), spec_.layout.parallelism().ffn.group_ranks()};
  std::shared_ptr<const MoeLayer> result = drawn.routed;
  if (--drawn.visits_left == 0) drawn_.erase(at);
  return result;
}

std::shared_ptr<const MoeLayer> DecodeProgram::draw(int step, int layer, int ffn_dp) {
  const auto begin = std::chrono::steady_clock::now();
  const TokenMap& map = maps_[static_cast<std::size_t>(ffn_dp)];
  LayerTraffic traffic = draw_traffic(map, routing_->sampler, spec_.model.moe_layers(layer), step, routing_->capacity);
  count(step, layer, ffn_dp, traffic);
  MessageCounts messages = count_messages(spec_, map, traffic);
  auto routed = std::make_shared<MoeLayer>(MoeLayer{std::move(traffic), std::move(messages)});
  routing_->sampling_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return routed;
}

void DecodeProgram::count(int step, int layer, int ffn_dp, const LayerTraffic& traffic) {
  if (step < routing_->first_step || step >= routing_->last_step) return;
  const auto at = uncounted_.try_emplace({step, layer}, Uncounted{}).first;
  auto& [groups, dropped] = at->second;
  groups.resize(maps_.size());
  groups[static_cast<std::size_t>(ffn_dp)] = traffic.copies_of_expert;
  dropped += traffic.dropped_copies;
  if (std::any_of(groups.begin(), groups.end(), [](const auto& copies) { return copies.empty(); })) return;
  routing_->statistics.add(groups, dropped);
  uncounted_.erase(at);
}

}  // namespace ringtail
