#include "results/json.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "config/constants.hpp"
#include "config/effective.hpp"
#include "config/node_json.hpp"
#include "decode/stages.hpp"
#include "engine/engine.hpp"
#include "model/dense_counterpart.hpp"
#include "model/parameters.hpp"
#include "model/weights.hpp"
#include "parallel/island_spread.hpp"
#include "parallel/rank_order.hpp"
#include "results/detail_json.hpp"
#include "results/json_parts.hpp"
#include "results/statistics.hpp"
#include "results/version.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

Json provenance(const Deployment& deployment) {
  return {{"version", version},
          {"git_commit", git_commit},
          {"simgrid_version", simgrid_version()},
          {"config_hash", config_hash(deployment)},
          {"seed", deployment.run.seed},
          {"deployment", to_json(effective_tree(deployment))}};
}

/// Each figure of the platform with how it is known and its source, both null where the platform does not say.
Json platform_json(const Platform& platform) {
  Json constants = Json::array();
  for (const Constant& each : constants_of(platform)) {
    Json json = {{"key", each.key}, {"value", each.value}, {"kind", nullptr}, {"source", nullptr}};
    if (const Provenance* const p = each.provenance) {
      json["kind"] = name_of(p->kind);
      json["source"] = p->source;
      if (p->error) json["error"] = {{"median", p->error->median}, {"p90", p->error->p90}};
    }
    constants.push_back(json);
  }
  return {{"name", platform.name}, {"calibrated", is_calibrated(platform)}, {"constants", constants}};
}

Json model_json(const Model& model) {
  const ParameterCount count = count_parameters(model);
  Json json = {{"name", model.name},
               {"total_parameters", count.total()},
               {"active_parameters", count.active()},
               {"dense_match", nullptr}};
  if (const auto& match = model.dense_match)
    json["dense_match"] = {{"of", match->of},
                           {"q", match->q},
                           {"match", match->match == MatchedParameters::total ? "total" : "active"},
                           {"target_parameters", match->target},
                           {"intermediate_size", model.ffn.intermediate_size},
                           {"deviation", deviation_from_target(model)}};
  return json;
}

Json capacity_json(const Capacity& capacity) {
  Json lines = Json::object();
  for (const LedgerLine& line : capacity.ledger.lines) lines[std::string(line.name)] = line.bytes;
  lines["free"] = capacity.ledger.free();
  lines["capacity"] = capacity.ledger.capacity;
  return {{"batch_total", capacity.batch_total},
          {"batch_per_gpu", capacity.batch_per_gpu},
          {"pipeline_stage", capacity.ledger.stage},
          {"limit", capacity.limit},
          {"ledger_bytes_per_gpu", lines}};
}

/// Which groups of ranks share islands, and where each rank is.
Json islands_json(const Deployment& deployment) {
  Json groups = Json::array();
  for (const IslandSpread& spread : island_spreads(deployment.parallelism, deployment.platform.island.size))
    groups.push_back({{"kind", spread.kind},
                      {"groups", spread.groups},
                      {"ranks", spread.ranks},
                      {"islands", spread.islands},
                      {"most_ranks_on_an_island", spread.most_there}});
  return {{"island_size", deployment.platform.island.size},
          {"gpu_of_rank", gpu_of_rank(deployment.parallelism)},
          {"groups", groups}};
}

Json breakdown_json(const StateSeconds& breakdown) {
  Json json = Json::object();
  for (std::size_t i = 0; i < state_count; ++i) json[std::string(state_names[i])] = breakdown[i];
  return json;
}

Json work_json(const WorkSeconds& work) { return {{"compute", work.compute}, {"hbm", work.hbm}}; }

Json path_json(const std::vector<PathPart>& path) {
  Json json = Json::array();
  for (const PathPart& part : path)
    json.push_back({{"what", part.what},
                    {"layer", part.layer >= 0 ? Json(part.layer) : Json(nullptr)},
                    {"seconds", part.seconds}});
  return json;
}

Json overlap_seconds(const OverlapSeconds& s) {
  return {{"total_s", s.total()},   {"hidden_s", s.hidden},     {"exposed_s", s.exposed},
          {"waiting_s", s.waiting}, {"overhead_s", s.overhead}, {"tail_s", s.tail}};
}

Json overlap_json(const std::vector<FamilyOverlap>& families) {
  Json json = Json::object();
  for (const auto& [family, algorithm, seconds] : families) {
    json[family] = {{"algorithm", algorithm}};
    json[family].update(overlap_seconds(seconds));
  }
  return json;
}

/// Seconds in a layer and in a step; the layer's by state.
Json ring_tail_json(const std::optional<RingTailSeconds>& tail) {
  if (!tail) return nullptr;
  Json json = {{"layer_s", tail->layer()}, {"step_s", tail->of_step}};
  json["breakdown_s"] = breakdown_json(tail->of_layer);
  return json;
}

Json routing_json(const std::optional<RoutingSummary>& routing) {
  if (!routing) return nullptr;
  return {{"rank_max_over_mean", routing->rank_max_over_mean},
          {"expert_max_over_mean", routing->expert_max_over_mean},
          {"distinct_experts_per_layer", routing->distinct_experts},
          {"idle_ranks", routing->idle_ranks},
          {"gini", routing->gini},
          {"dropped_fraction", routing->dropped}};
}

Json kv_json(const std::optional<KvImbalance>& kv) {
  if (!kv) return nullptr;
  return {{"rank_max_over_mean", kv->rank_max_over_mean},
          {"attention_max_over_mean", kv->attention_max_over_mean},
          {"mean_context", kv->mean_context},
          {"shortest_context", kv->shortest_context},
          {"longest_context", kv->longest_context},
          {"fewest_sequences_per_group", kv->fewest_sequences},
          {"most_sequences_per_group", kv->most_sequences}};
}

Json rebalancing_json(const Result& result) {
  const Deployment& d = result.deployment;
  const RebalancingResult& r = *result.measurement->rebalancing;
  const RebalanceSummary& s = r.summary;
  const Bytes expert = expert_weights(d.model).total() * bytes_of(d.precision.of_experts());
  const Bytes slice = expert / d.parallelism.ffn.tp;
  const auto amortised = r.amortised_step(d.routing.rebalance->every);
  return {
      {"events", s.events},
      {"seconds_per_event", or_null(r.event)},
      {"seconds_per_event_ci95", interval_json(r.event_ci95)},
      {"step_without_event_s", r.event ? Json(r.without_event) : Json(nullptr)},
      {"amortised_step_s", or_null(amortised)},
      {"amortised_tpot_s", amortised ? Json(*amortised / result.measurement->step.accepted_tokens) : Json(nullptr)},
      {"moved_experts_per_event", s.moves},
      {"moved_slots_fraction", s.moved_slots},
      {"bytes_per_event", s.moves * expert * d.parallelism.ffn.dp},
      {"max_received_bytes_per_gpu", s.most_received * slice},
      {"max_sent_bytes_per_gpu", s.most_sent * slice},
      {"rank_max_over_mean",
       {{"built_from", s.built_max_over_mean}, {"fresh", s.fresh_max_over_mean}, {"stale", s.stale_max_over_mean}}}};
}

/// What each replication measured, of the families that the deployment uses; the critical path by stage and family.
Json replications_json(const Measurement& m, int batch_total) {
  Json json = Json::array();
  for (const Replication& replication : m.replications) {
    Json overlap = Json::object();
    for (const FamilyOverlap& used : m.overlap) {
      const auto at = std::find(family_names().begin(), family_names().end(), used.family) - family_names().begin();
      overlap[used.family] = overlap_seconds(replication.overlap.at(static_cast<std::size_t>(at)));
    }
    std::map<std::string, Seconds> path;
    for (const PathPart& part : replication.critical_path) path[part.what] += part.seconds;
    const double tpot = replication.step / m.step.accepted_tokens;
    json.push_back({{"step_s", replication.step},
                    {"tpot_s", tpot},
                    {"traversal_s", replication.traversal},
                    {"tokens_per_s", replication.pace * batch_total / tpot},
                    {"breakdown_s", breakdown_json(replication.breakdown)},
                    {"work_s", work_json(replication.work)},
                    {"critical_path_s", path},
                    {"overlap", overlap},
                    {"ring_tail", ring_tail_json(replication.ring_tail)},
                    {"routing", routing_json(replication.routing)},
                    {"kv", kv_json(replication.kv)}});
  }
  return json;
}

Json engine_json(const Measurement& m) {
  return {{"wall_s", m.cost.wall}, {"wall_per_step_s", m.cost.step_wall}, {"simulated_s", m.simulated},
          {"steps", m.steps},      {"events", m.kernels + m.transfers},   {"transfers", m.transfers},
          {"kernels", m.kernels},  {"sampling_s", m.cost.sampling},       {"peak_rss_bytes", m.cost.peak_memory}};
}

Json advice_json(const Advice& advice) {
  Json json = Json::array();
  for (const auto& [change, kind, gain, tpot, tokens_per_s_per_gpu] : advice.changes) {
    Json throughput_gain = nullptr;
    if (gain) throughput_gain = {{"mean", gain->mean}, {"ci95", {gain->ci95.low, gain->ci95.high}}};
    json.push_back({{"change", change.text},
                    {"kind", name_of(kind)},
                    {"set", change.set},
                    {"throughput_gain", throughput_gain},
                    {"tpot_s", tpot},
                    {"tokens_per_s_per_gpu", tokens_per_s_per_gpu}});
  }
  return json;
}

}  // namespace

nlohmann::ordered_json reproducible_json(const Result& result) {
  Json json = {{"schema_version", result_schema_version},
               {"warnings", result.warnings},
               {"provenance", provenance(result.deployment)},
               {"platform", platform_json(result.deployment.platform)},
               {"model", model_json(result.deployment.model)},
               {"feasible", result.feasible()},
               {"infeasible_reason", result.feasible() ? Json(nullptr) : Json(result.infeasible_reason)},
               {"capacity", capacity_json(result.capacity)},
               {"islands", islands_json(result.deployment)}};
  if (result.measurement) {
    const Measurement& m = *result.measurement;
    json["step"] = step_json(m, result.deployment.run);
    json["throughput"] = {{"tokens_per_s", m.throughput.tokens_per_s},
                          {"tokens_per_s_per_gpu", m.throughput.tokens_per_s_per_gpu},
                          {"tokens_per_s_per_sequence", m.throughput.tokens_per_s_per_sequence}};
    json["breakdown_s"] = breakdown_json(m.breakdown);
    json["work_s"] = work_json(m.work);
    json["critical_path"] = path_json(m.critical_path);
    json["overlap"] = overlap_json(m.overlap);
    json["ring_tail"] = ring_tail_json(m.ring_tail);
    json["routing"] = routing_json(m.routing);
    json["kv"] = kv_json(m.kv);
    if (m.rebalancing) json["routing"]["rebalancing"] = rebalancing_json(result);
    json["per_replication"] = replications_json(m, result.capacity.batch_total);
  }
  return json;
}

std::string to_json(const Result& result, const std::optional<Advice>& advice) {
  Json json = reproducible_json(result);
  if (result.measurement) json["engine"] = engine_json(*result.measurement);
  if (advice) {
    json["advice"] = advice_json(*advice);
    json["advice_candidates"] = {{"tried", advice->tried}, {"dropped", advice->dropped}};
  }
  std::string text = json.dump(2);
  if (result.measurement && result.measurement->replications.front().detail) {
    // Long tables of numbers: on one line.
    const Json detail = detail_json(*result.measurement->replications.front().detail);
    text.replace(text.size() - 2, 2, ",\n  \"detail\": " + detail.dump() + "\n}");
  }
  return text + "\n";
}

}  // namespace ringtail
