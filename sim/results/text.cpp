#include "results/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/count_text.hpp"
#include "config/constants.hpp"
#include "decode/length_law.hpp"
#include "decode/overlap_policy.hpp"
#include "model/dense_counterpart.hpp"
#include "model/parameters.hpp"
#include "model/weights.hpp"
#include "parallel/island_spread.hpp"
#include "parallel/rank_order.hpp"
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

/// "on 8 islands of 8: TP groups of 8 on 1 each, EP group of 64 on 8".
std::string islands_text(const Deployment& d) {
  const int size = d.platform.island.size;
  std::string text =
      d.gpus <= size ? "on one island" : fmt::format("on {} of {}", count_text(d.gpus / size, "island"), size);
  std::string_view separator = ": ";
  if (!is_in_order(d.parallelism)) {
    std::vector<std::string_view> names;
    for (const Degree degree : d.parallelism.order)
      if (d.parallelism.size_of(degree) > 1) names.push_back(degree_names[static_cast<std::size_t>(degree)]);
    text += fmt::format(" in the order {}", fmt::join(names, ", "));
  }
  if (d.gpus <= size) return text + "\n";
  for (const IslandSpread& spread : island_spreads(d.parallelism, size)) {
    const bool is_one = spread.groups == 1;
    text += fmt::format("{}{} {} of {} on {}{}", separator, spread.kind, is_one ? "group" : "groups", spread.ranks,
                        spread.islands, is_one ? "" : " each");
    separator = ", ";
  }
  return text + "\n";
}

std::string head(const Result& result) {
  const Deployment& d = result.deployment;
  const auto& [attention, ffn, pipeline, order] = d.parallelism;
  std::string text = fmt::format(
      "{}\n{} on {}, context {} tokens\n"
      "attention DP{} x {} x TP{}, FFN DP{} x EP{} x TP{}\n",
      d.name, d.model.name, count_text(d.gpus, d.platform.name + " GPU"), context_text(d.decode.context), attention.dp,
      attention.cp > 1 ? fmt::format("CP{} ({} ring)", attention.cp, name_of(attention.cp_ring))
                       : fmt::format("KVP{}", attention.kvp),
      attention.tp, ffn.dp, ffn.ep, ffn.tp);
  if (!is_calibrated(d.platform)) text += fmt::format("{} is not calibrated\n", d.platform.name);
  if (pipeline.stages > 1)
    text += fmt::format(
        "PP{}, each stage as above, {}, {} sends\n", pipeline.stages,
        pipeline.batches() == 1 ? std::string("1 micro-batch") : fmt::format("{} micro-batches", pipeline.batches()),
        pipeline.sends == PipelineParallelism::Sends::sync ? "sync" : "async");
  text += islands_text(d);
  if (d.decode.overlap.kind != Overlap::Kind::none) text += fmt::format("overlap {}\n", overlap_text(d.decode.overlap));
  if (d.model.encoder)
    text += fmt::format("cross-attention to {} of the encoder\n", count_text(d.model.encoder->context, "token"));
  if (d.model.dense_match) text += dense_match_text(d.model) + "\n";
  return text;
}

/// " ± 1.2 %", or nothing without an interval.
std::string error_text(const std::optional<Interval>& interval, double mean) {
  return interval ? " " + half_width_text((interval->high - mean) / std::abs(mean)) : "";
}

/// What TPOT is if as many steps begin with rebalancing as really do; nothing without rebalancing.
std::string amortised_text(const Result& result) {
  const Measurement& m = *result.measurement;
  if (!m.rebalancing || !m.rebalancing->event) return {};
  const int every = result.deployment.routing.rebalance->every;
  return fmt::format("amortised        TPOT {}, rebalancing every {}; {} of the {} measured begin with it\n",
                     time_text(*m.rebalancing->amortised_step(every) / m.step.accepted_tokens),
                     count_text(every, "step"), m.rebalancing->summary.events, result.deployment.run.steps);
}

/// Every measured step of each replication, on terminals: how steps differ, and whether they still drift.
std::string step_times(const Measurement& m, const TextStyle& style) {
  std::vector<double> all;
  for (const Replication& r : m.replications) all.insert(all.end(), r.step_seconds.begin(), r.step_seconds.end());
  const auto room = static_cast<std::size_t>(std::max(0, style.width - 17 - static_cast<int>(m.replications.size())));
  if (!style.is_terminal() || all.size() < 2 || all.size() > room) return {};
  const auto [low, high] = std::minmax_element(all.begin(), all.end());
  const std::string line = sparkline(all);
  constexpr std::size_t bytes_of_column = 3;
  std::string text = "steps            ";
  std::size_t at = 0;
  for (const Replication& r : m.replications) {
    text += (at > 0 ? " " : "") + line.substr(at * bytes_of_column, r.step_seconds.size() * bytes_of_column);
    at += r.step_seconds.size();
  }
  return fmt::format("{}\n  from           {} to {}\n", text, time_text(*low), time_text(*high));
}

std::string headline(const Result& result, const TextStyle& style) {
  const Measurement& m = *result.measurement;
  const std::string step = time_text(m.step.tpot) + error_text(m.step.ci95, m.step.mean);
  std::string speculation;
  if (const auto& mtp = result.deployment.decode.mtp)
    speculation = fmt::format("speculation      {} drafted, {:.4g} tokens accepted per step of {}\n", mtp->draft,
                              m.step.accepted_tokens, time_text(m.step.mean));
  return fmt::format(
      "\nTPOT             {}{}\n{}{}"
      "throughput       {} tokens/s, {} tokens/s per GPU, {} tokens/s per sequence\n"
      "batch            {}, {:.4g} per GPU{}\n"
      "step p50/p90/p99 {} / {} / {}\n{}{}{}",
      step, m.step.ci95 ? m.replications.size() > 1 ? " (95 % confidence)" : " (95 % confidence, batch means)" : "",
      amortised_text(result), speculation, rate_text(m.throughput.tokens_per_s),
      rate_text(m.throughput.tokens_per_s_per_gpu), rate_text(m.throughput.tokens_per_s_per_sequence),
      count_text(result.capacity.batch_total, "sequence"), result.capacity.batch_per_gpu,
      result.capacity.limit == "max_sequences" ? "; limited by max sequences" : "", time_text(m.step.percentiles[0]),
      time_text(m.step.percentiles[1]), time_text(m.step.percentiles[2]), step_times(m, style),
      percentile_bounds_text(m.step), run_text(m, result.deployment.run));
}

std::string ledger(const Result& result, const TextStyle& style) {
  const Ledger& ledger = result.capacity.ledger;
  const int stages = result.deployment.parallelism.pipeline.stages;
  const std::string stage = stages > 1 ? fmt::format(", of stage {} of 0 .. {}", ledger.stage, stages - 1) : "";
  return fmt::format("\nMemory of the fullest GPU{}\n{}", stage, ledger_text(ledger, style.is_narrow()));
}

/// A name with its time per step and share of it, which `after` follows where there is room.
std::string share_line(std::string_view name, Seconds seconds, double share, const std::string& after,
                       const TextStyle& style) {
  if (style.is_narrow()) return fmt::format(" {:<21} {:>9} {:5.1f} %\n", words(name), time_text(seconds), 100 * share);
  return fmt::format("  {:<22} {:>11}  {:5.1f} %{}\n", words(name), time_text(seconds), 100 * share, after);
}

std::string breakdown(const Measurement& m, const TextStyle& style) {
  std::string text = "\nWhere the step goes (mean over GPUs)\n";
  for (std::size_t i = 0; i < state_count; ++i) {
    if (m.breakdown[i] <= 0) continue;
    const double share = m.breakdown[i] / m.step.mean;
    text += share_line(state_names[i], m.breakdown[i], share,
                       "  " + in_color(bar(share, style), static_cast<State>(i), style), style);
  }
  return text;
}

/// As `collectives`, a paragraph for each.
std::string collectives_in_words(const Measurement& m) {
  std::string text = "\nCollectives (mean per step)\n";
  for (const auto& [family, algorithm, s] : m.overlap)
    text += fmt::format("  {}{}: hidden {}, exposed {}, for others {}, overhead {}\n", words(family),
                        algorithm.empty() ? "" : fmt::format(" ({})", algorithm), time_text(s.hidden),
                        time_text(s.exposed), time_text(s.waiting), time_text(s.overhead));
  return text;
}

std::string collectives(const Measurement& m, const TextStyle& style) {
  if (m.overlap.empty()) return {};
  constexpr int figures = 48;
  if (style.is_terminal() && style.width < figures + 23) return collectives_in_words(m);
  const int name_width = style.is_terminal() ? std::clamp(style.width - figures - 3, 20, 42) : 42;
  const char* const title = name_width < 40 ? "Collectives (mean per step)" : "Collectives (per step, mean over GPUs)";
  std::string text = fmt::format("\n{:<{}}{:>11} {:>11} {:>11} {:>11}\n", title, name_width + 3, "hidden", "exposed",
                                 "for others", "overhead");
  for (const auto& [family, algorithm, s] : m.overlap) {
    std::string name = algorithm.empty() ? words(family) : fmt::format("{} ({})", words(family), algorithm);
    if (width_of(name) > static_cast<std::size_t>(name_width)) {
      text += fmt::format("  {}\n", name);
      name.clear();
    }
    text += fmt::format("  {:<{}} {:>11} {:>11} {:>11} {:>11}\n", name, name_width, time_text(s.hidden),
                        time_text(s.exposed), time_text(s.waiting), time_text(s.overhead));
  }
  return text;
}

/// What follows the last hop of context parallelism's rings.
std::string ring_tail(const Measurement& m) {
  if (!m.ring_tail) return {};
  const RingTailSeconds& tail = *m.ring_tail;
  std::string parts;
  for (std::size_t i = 0; i < state_count; ++i)
    if (tail.of_layer[i] > 0)
      parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", words(state_names[i]), time_text(tail.of_layer[i]));
  return fmt::format("\nRing tail  {} per layer, {} per step ({:.1f} %): {}\n", time_text(tail.layer()),
                     time_text(tail.of_step), 100 * tail.of_step / m.step.mean, parts);
}

/// Critical path by stage, largest first.
std::vector<std::pair<std::string, Seconds>> path_by_stage(const Measurement& m) {
  std::map<std::string, Seconds> sums;
  for (const PathPart& part : m.critical_path) sums[part.what] += part.seconds;
  std::vector<std::pair<std::string, Seconds>> parts(sums.begin(), sums.end());
  std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return parts;
}

std::string critical_path(const Measurement& m, const TextStyle& style) {
  std::string text = "\nCritical path\n";
  const auto parts = path_by_stage(m);
  constexpr std::size_t shown = 8;
  Seconds rest = m.step.mean;
  for (std::size_t i = 0; i < std::min(shown, parts.size()); ++i) {
    rest -= parts[i].second;
    const double share = parts[i].second / m.step.mean;
    text +=
        share_line(parts[i].first, parts[i].second, share, style.is_terminal() ? "  " + bar(share, style) : "", style);
  }
  if (parts.size() > shown)
    text += share_line(count_text(parts.size() - shown, "other"), rest, rest / m.step.mean, "", style);
  return text;
}

std::string placement_text(const Routing& routing) {
  std::string text(name_of(routing.placement));
  if (routing.redundant_experts > 0)
    text += fmt::format(", {}, replica {}", count_text(routing.redundant_experts, "redundant expert"),
                        name_of(routing.replica));
  return text;
}

std::string kv_imbalance_text(const Result& result) {
  if (!result.measurement->kv) return {};
  const KvImbalance& kv = *result.measurement->kv;
  const auto group = kv.fewest_sequences == kv.most_sequences
                         ? fmt::format("{}", kv.most_sequences)
                         : fmt::format("{} to {}", kv.fewest_sequences, kv.most_sequences);
  return fmt::format(
      "\nImbalance of KV caches (mean over replications)\n"
      "  busiest rank           {:.3f} x the mean of cached tokens that are read\n"
      "  slowest attention      {:.3f} x the mean\n"
      "  mean context           {:.0f} tokens, drawn from {} to {}\n"
      "  sequences per group    {}, assignment {}\n",
      kv.rank_max_over_mean, kv.attention_max_over_mean, kv.mean_context, kv.shortest_context, kv.longest_context,
      group, name_of(result.deployment.decode.assignment));
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

std::string rebalancing(const Result& result) {
  const auto& r = result.measurement->rebalancing;
  if (!r) return {};
  const Deployment& d = result.deployment;
  const auto& [every, window] = *d.routing.rebalance;
  const RebalanceSummary& s = r->summary;
  const Bytes slice = expert_weights(d.model, d.parallelism.ffn.tp).total() * bytes_of(d.precision.of_experts());
  std::string text = fmt::format(
      "\nRebalancing every {}, from counts of {}\n"
      "  events measured        {} per replication\n"
      "  moved                  {:.1f} % of the slots, at most {:.3g} GB to a GPU\n"
      "  busiest rank           {:.3f} x the mean in those counts, {:.3f} in as many steps after, {:.3f} before the "
      "next\n",
      count_text(every, "step"), window, s.events, 100 * s.moved_slots, s.most_received * slice / 1e9,
      s.built_max_over_mean, s.fresh_max_over_mean, s.stale_max_over_mean);
  if (!r->event) return text + "  cost                   unknown: all measured steps begin with one\n";
  return text + fmt::format("  cost                   {} per event{}: {} per step, {:.2g} % of it\n",
                            time_text(*r->event), error_text(r->event_ci95, *r->event), time_text(*r->event / every),
                            100 * *r->event / every / *r->amortised_step(every));
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

std::string to_text(const Result& result, const TextStyle& style) {
  std::string text = head(result);
  if (!result.feasible())
    return laid_out(text + fmt::format("\nInfeasible: {}.\n", result.infeasible_reason) + ledger(result, style), style);
  const Measurement& m = *result.measurement;
  text += headline(result, style) + ledger(result, style) + breakdown(m, style) + collectives(m, style) + ring_tail(m) +
          critical_path(m, style) + imbalance(result) + rebalancing(result) + kv_imbalance_text(result) +
          verdict(result);
  return laid_out(text, style);
}

}  // namespace ringtail
