#include "results/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "decode/overlap_policy.hpp"
#include "model/dense_counterpart.hpp"
#include "model/parameters.hpp"
#include "results/figures.hpp"
#include "results/statistics.hpp"
#include "routing/placement_names.hpp"
#include "simulation/ledger_text.hpp"

namespace ringtail {
namespace {

std::string words(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string bar(double fraction) {
  constexpr int width = 30;
  const int filled = static_cast<int>(std::lround(fraction * width));
  std::string text;
  for (int i = 0; i < filled; ++i) text += "█";
  return text;
}

std::string head(const Result& result) {
  const Deployment& d = result.deployment;
  const auto& [attention, ffn, pipeline] = d.parallelism;
  std::string text = fmt::format(
      "{}\n{} on {} {} GPUs, context {} tokens\n"
      "attention DP{} x KVP{} x TP{}, FFN DP{} x EP{} x TP{}\n",
      d.name, d.model.name, d.gpus, d.platform.name, d.decode.context, attention.dp, attention.kvp, attention.tp,
      ffn.dp, ffn.ep, ffn.tp);
  if (pipeline.stages > 1)
    text += fmt::format("PP{}, each stage as above, {} micro-batches, {} sends\n", pipeline.stages, pipeline.batches(),
                        pipeline.sends == PipelineParallelism::Sends::sync ? "sync" : "async");
  if (d.decode.overlap.kind != Overlap::Kind::none) text += fmt::format("overlap {}\n", overlap_text(d.decode.overlap));
  if (d.model.encoder) text += fmt::format("cross-attention to {} tokens of the encoder\n", d.model.encoder->context);
  if (d.model.dense_match) text += dense_match_text(d.model) + "\n";
  return text;
}

std::string headline(const Result& result) {
  const Measurement& m = *result.measurement;
  std::string step = time_text(m.step.tpot);
  if (m.step.ci95) {
    const double percent = 100 * (m.step.ci95->high - m.step.mean) / m.step.mean;
    step += fmt::format(" ± {:.2g} %", percent < 1e-6 ? 0.0 : percent);  // Below is rounding.
  }
  std::string speculation;
  if (const auto& mtp = result.deployment.decode.mtp)
    speculation = fmt::format("speculation      {} drafted, {:.4g} tokens accepted per step of {}\n", mtp->draft,
                              m.step.accepted_tokens, time_text(m.step.mean));
  return fmt::format(
      "\nTPOT             {}{}\n{}"
      "throughput       {} tokens/s, {} tokens/s per GPU, {} tokens/s per sequence\n"
      "batch            {} sequences, {:.4g} per GPU{}\n"
      "step p50/p90/p99 {} / {} / {}\n{}{}",
      step, m.step.ci95 ? m.replications.size() > 1 ? " (95 % confidence)" : " (95 % confidence, batch means)" : "",
      speculation, rate_text(m.throughput.tokens_per_s), rate_text(m.throughput.tokens_per_s_per_gpu),
      rate_text(m.throughput.tokens_per_s_per_sequence), result.capacity.batch_total, result.capacity.batch_per_gpu,
      result.capacity.limit == "max_sequences" ? "; limited by max sequences" : "", time_text(m.step.percentiles[0]),
      time_text(m.step.percentiles[1]), time_text(m.step.percentiles[2]), percentile_bounds_text(m.step),
      run_text(m, result.deployment.run));
}

std::string ledger(const Result& result) {
  const Ledger& ledger = result.capacity.ledger;
  const int stages = result.deployment.parallelism.pipeline.stages;
  const std::string stage = stages > 1 ? fmt::format(", of stage {} of 0 .. {}", ledger.stage, stages - 1) : "";
  return fmt::format("\nMemory of the fullest GPU{}\n{}", stage, ledger_text(ledger));
}

std::string breakdown(const Measurement& m) {
  std::string text = "\nWhere the step goes (mean over GPUs)\n";
  for (std::size_t i = 0; i < state_count; ++i) {
    if (m.breakdown[i] <= 0) continue;
    const double share = m.breakdown[i] / m.step.mean;
    text += fmt::format("  {:<22} {:>11}  {:5.1f} %  {}\n", words(state_names[i]), time_text(m.breakdown[i]),
                        100 * share, bar(share));
  }
  return text;
}

std::string collectives(const Measurement& m) {
  if (m.overlap.empty()) return {};
  std::string text =
      "\nCollectives (per step, mean over GPUs)              hidden     exposed  for others    overhead\n";
  for (const auto& [family, algorithm, s] : m.overlap)
    text += fmt::format("  {:<42} {:>11} {:>11} {:>11} {:>11}\n", fmt::format("{} ({})", words(family), algorithm),
                        time_text(s.hidden), time_text(s.exposed), time_text(s.waiting), time_text(s.overhead));
  return text;
}

/// Critical path by stage, largest first.
std::vector<std::pair<std::string, Seconds>> path_by_stage(const Measurement& m) {
  std::map<std::string, Seconds> sums;
  for (const PathPart& part : m.critical_path) sums[part.what] += part.seconds;
  std::vector<std::pair<std::string, Seconds>> parts(sums.begin(), sums.end());
  std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return parts;
}

std::string critical_path(const Measurement& m) {
  std::string text = "\nCritical path\n";
  const auto parts = path_by_stage(m);
  constexpr std::size_t shown = 8;
  Seconds rest = m.step.mean;
  for (std::size_t i = 0; i < std::min(shown, parts.size()); ++i) {
    rest -= parts[i].second;
    text += fmt::format("  {:<22} {:>11}  {:5.1f} %\n", words(parts[i].first), time_text(parts[i].second),
                        100 * parts[i].second / m.step.mean);
  }
  if (parts.size() > shown)
    text += fmt::format("  {:<22} {:>11}  {:5.1f} %\n", fmt::format("{} others", parts.size() - shown), time_text(rest),
                        100 * rest / m.step.mean);
  return text;
}

std::string placement_text(const Routing& routing) {
  std::string text(name_of(routing.placement));
  if (routing.redundant_experts > 0)
    text += fmt::format(", {} redundant experts, replica {}", routing.redundant_experts, name_of(routing.replica));
  return text;
}

std::string imbalance(const Result& result) {
  if (!result.measurement->routing) return {};
  const RoutingSummary& r = *result.measurement->routing;
  const FfnParallelism& ffn = result.deployment.parallelism.ffn;
  std::string text = fmt::format(
      "\nImbalance as drawn (mean over steps and layers)\n"
      "  busiest rank           {:.3f} x the mean\n"
      "  busiest expert         {:.3f} x the mean\n"
      "  experts touched        {:.1f} of {}\n"
      "  idle ranks             {:.2f} of {}\n"
      "  Gini over experts      {:.3f}\n",
      r.rank_max_over_mean, r.expert_max_over_mean, r.distinct_experts, result.deployment.model.moe->experts,
      r.idle_ranks, ffn.dp * ffn.ep, r.gini);
  const Routing& routing = result.deployment.routing;
  text += fmt::format("  placement              {}\n", placement_text(routing));
  if (routing.capacity) text += fmt::format("  dropped                {:.2f} % of all copies\n", 100 * r.dropped);
  return text;
}

std::string verdict(const Result& result) {
  const Measurement& m = *result.measurement;
  const auto largest = std::max_element(m.breakdown.begin(), m.breakdown.end());
  const auto state = static_cast<State>(largest - m.breakdown.begin());
  const double share = 100 * *largest / m.step.mean;
  const auto path = path_by_stage(m);
  const std::string longest = fmt::format("the longest part of its critical path is {} ({:.0f} %)",
                                          words(path.front().first), 100 * path.front().second / m.step.mean);
  switch (state) {
    case State::compute_bound:
      return fmt::format("\nThe step is bound by compute: kernels limited by FLOP/s take {:.0f} % of it; {}.\n", share,
                         longest);
    case State::hbm_bound:
      return fmt::format("\nThe step is bound by HBM bandwidth: kernels limited by it take {:.0f} %; {}.\n", share,
                         longest);
    case State::overhead:
      return fmt::format("\nThe step is bound by kernel launches and fixed costs: {:.0f} % of it; {}.\n", share,
                         longest);
    case State::straggler_wait:
      return fmt::format("\nThe step is bound by imbalance: GPUs wait for the slowest {:.0f} % of it; {}.\n", share,
                         longest);
    case State::pipeline_bubble:
      return fmt::format("\nThe step is bound by pipeline bubbles: {:.0f} % of it; {}.\n", share, longest);
    case State::exposed_communication:
      return fmt::format("\nThe step is bound by the network: exposed communication takes {:.0f} % of it; {}.\n", share,
                         longest);
    case State::idle: break;
  }
  return fmt::format("\nThe GPUs are idle for {:.0f} % of the step; {}.\n", share, longest);
}

}  // namespace

std::string dense_match_text(const Model& model) {
  const DenseMatch& match = *model.dense_match;
  const std::string_view aim = match.match == MatchedParameters::total ? "q · s · P_total" : "q · P_active";
  return fmt::format("counterpart of {}: FFN {} wide, {:.5g} B parameters, {:+.2f} % from {} = {:.5g} B", match.of,
                     model.ffn.intermediate_size, count_parameters(model).total() / 1e9,
                     100 * deviation_from_target(model), aim, match.target / 1e9);
}

std::string to_text(const Result& result) {
  std::string text = head(result);
  if (!result.feasible()) return text + fmt::format("\nInfeasible: {}.\n", result.infeasible_reason) + ledger(result);
  const Measurement& m = *result.measurement;
  text += headline(result) + ledger(result) + breakdown(m) + collectives(m) + critical_path(m) + imbalance(result) +
          verdict(result);
  return text;
}

}  // namespace ringtail
