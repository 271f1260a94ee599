#include "results/routing_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/count_text.hpp"
#include "results/table.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

/// Names in JSON and CSV.
constexpr std::pair<const char*, double LayerLoad::*> figures[] = {
    {"expert_max_over_mean", &LayerLoad::expert_max_over_mean},
    {"rank_max_over_mean", &LayerLoad::rank_max_over_mean},
    {"distinct_experts", &LayerLoad::distinct_experts},
    {"distinct_experts_per_rank", &LayerLoad::distinct_per_rank},
    {"max_distinct_experts_per_rank", &LayerLoad::max_distinct_per_rank},
    {"idle_ranks", &LayerLoad::idle_ranks},
    {"gini", &LayerLoad::gini},
    {"rank_gini", &LayerLoad::rank_gini},
    {"off_rank_fraction", &LayerLoad::off_rank_copies},
    {"off_island_fraction", &LayerLoad::off_island_copies},
    {"rank_overdispersion", &LayerLoad::rank_overdispersion},
};

/// Bytes of one layer's dispatch between two different ranks: the mean over pairs and layers.
Bytes mean_pair_bytes(const RoutingLoads& loads, const RoutingStudy& study, Bytes message) {
  if (study.ranks < 2) return 0;
  const double copies = study.tokens_per_rank * static_cast<double>(study.shape.experts_per_token);
  return loads.mean.off_rank_copies * copies * message / (study.ranks - 1);
}

Json load_json(const LayerLoad& load) {
  Json json;
  for (const auto& [name, part] : figures) json[name] = load.*part;
  return json;
}

/// [source][destination], mean over layers.
std::vector<std::vector<Bytes>> pair_bytes(const RoutingLoads& loads, std::size_t ranks, Bytes message) {
  const double per_copy = message / static_cast<double>(loads.layers.size());
  std::vector<std::vector<Bytes>> matrix(ranks, std::vector<Bytes>(ranks));
  for (std::size_t src = 0; src < ranks; ++src)
    for (std::size_t dst = 0; dst < ranks; ++dst)
      matrix[src][dst] = static_cast<double>(loads.pair_copies[src * ranks + dst]) * per_copy;
  return matrix;
}

Json loads_json(const RoutingLoads& loads, const RoutingReport& report, const RoutingStudy& study) {
  const auto ranks = static_cast<std::size_t>(study.ranks);
  const Bytes message = report.dispatch_message;
  Json json = load_json(loads.mean);
  json["dispatch_bytes_per_layer"] = {{"mean_of_pairs", mean_pair_bytes(loads, study, message)},
                                      {"busiest_pair", loads.mean.busiest_pair * message},
                                      {"busiest_sender", loads.mean.busiest_sender * message},
                                      {"busiest_receiver", loads.mean.busiest_receiver * message}};
  Json layers = Json::array();
  for (const LayerLoad& layer : loads.layers) layers.push_back(load_json(layer));
  json["layers"] = layers;
  if (report.with_pairs) json["dispatch_bytes_between_ranks"] = pair_bytes(loads, ranks, message);
  return json;
}

void text_rows(const RoutingComparison& comparison, const RoutingReport& report, std::string& text) {
  const auto row = [&](const std::string& placement, const RoutingLoads& loads) {
    const LayerLoad& m = loads.mean;
    double worst = 0;
    for (const LayerLoad& layer : loads.layers) worst = std::max(worst, layer.rank_max_over_mean);
    const double mega = report.dispatch_message / 1e6;
    text += fmt::format(
        "{:>5}  {:<18} {:>8.3f} {:>8.3f} {:>8.3f} {:>9.1f} {:>9.2f} {:>6.2f} {:>6.3f} {:>8.1f} {:>9.3g} {:>9.3g}\n",
        comparison.study.ranks, placement, m.rank_max_over_mean, worst, m.expert_max_over_mean, m.distinct_experts,
        m.distinct_per_rank, m.idle_ranks, m.gini, 100 * m.off_island_copies, m.busiest_receiver * mega,
        m.busiest_pair * mega);
  };
  row("contiguous", comparison.before);
  if (comparison.after)
    row(fmt::format("{}, {}", report.placement, count_text(comparison.study.slots, "slot")), *comparison.after);
}

std::string pairs_text(const RoutingLoads& loads, const RoutingReport& report, int ranks,
                       const std::string& placement) {
  const auto matrix = pair_bytes(loads, static_cast<std::size_t>(ranks), report.dispatch_message);
  TableRows rows = {{"from \\ to"}};
  for (int dst = 0; dst < ranks; ++dst) rows.front().push_back(std::to_string(dst));
  for (std::size_t src = 0; src < matrix.size(); ++src) {
    rows.push_back({std::to_string(src)});
    for (const Bytes bytes : matrix[src]) rows.back().push_back(fmt::format("{:.3g}", bytes / 1e6));
  }
  return fmt::format("\nDispatch from rank to rank, EP{}, {}: MB per layer, the diagonal stays\n{}", ranks, placement,
                     table_text(rows));
}

}  // namespace

std::string to_text(const RoutingReport& report) {
  const RoutingStudy& study = report.comparisons.front().study;
  std::string text = fmt::format(
      "{}: popularity {}, {}, {} of {} per token{}, {} per rank, replicas {}\n"
      "Means over layers; copies are (token, expert) pairs; MB are what the busiest receiver or pair of a layer's "
      "dispatch gets.\n\n"
      "   EP  placement           rank max  worst    expert   experts  experts    idle          copies    busiest   "
      "busiest\n"
      "                            / mean   layer      max   touched  per rank  ranks   Gini   off isl. %  receiver MB "
      " pair MB\n",
      report.name, report.popularity, count_text(study.shape.layers, "MoE layer"), study.shape.experts_per_token,
      count_text(study.shape.experts, "expert"),
      study.shape.limit.binds(study.shape.experts_per_token)
          ? fmt::format(" in {} of {} groups", study.shape.limit.per_token, study.shape.limit.groups)
          : "",
      count_text(study.tokens_per_rank, "token"), report.replica);
  for (const RoutingComparison& comparison : report.comparisons) text_rows(comparison, report, text);
  for (const auto& [of, before, after, dropped] : report.comparisons) {
    if (!report.with_pairs) break;
    text += pairs_text(before, report, of.ranks, "contiguous");
    if (after) text += pairs_text(*after, report, of.ranks, report.placement);
  }
  if (report.overlap) {
    const auto& [lag_1, lag_16, independent] = *report.overlap;
    text += fmt::format(
        "\nOf its experts a token has {:.1f} % in common with the next of its sequence, {:.1f} % with the 16th next; "
        "independent draws {:.1f} %.\nCopies per rank vary {:.2f} times as much as those of independent tokens "
        "(EP{}, contiguous).\n",
        100 * lag_1, 100 * lag_16, 100 * independent, report.comparisons.front().before.mean.rank_overdispersion,
        report.comparisons.front().study.ranks);
  }
  for (const std::string& note : report.notes)
    text += fmt::format("{}{}\n", &note == &report.notes.front() ? "\n" : "", note);
  return text;
}

std::string to_json(const RoutingReport& report) {
  Json json = {{"schema_version", 1}, {"deployment", report.name}, {"popularity", report.popularity}};
  json["replica_choice"] = report.replica;
  json["message_bytes"] = {{"dispatch", report.dispatch_message}, {"combine", report.combine_message}};
  if (report.overlap)
    json["overlap"] = {{"lag_1", report.overlap->lag_1},
                       {"lag_16", report.overlap->lag_16},
                       {"independent", report.overlap->independent}};
  for (const RoutingComparison& comparison : report.comparisons) {
    const RoutingStudy& study = comparison.study;
    Json entry = {{"ep", study.ranks}, {"tokens_per_rank", study.tokens_per_rank}};
    if (comparison.dropped) entry["dropped_fraction"] = *comparison.dropped;
    entry["contiguous"] = loads_json(comparison.before, report, study);
    if (comparison.after) {
      entry["placed"] = {{"placement", report.placement}, {"slots", study.slots}};
      entry["placed"].update(loads_json(*comparison.after, report, study));
    }
    json["ep_sizes"].push_back(entry);
  }
  if (!report.notes.empty()) json["notes"] = report.notes;
  return json.dump(2) + "\n";
}

std::string to_csv(const RoutingReport& report) {
  std::string text = "ep,tokens_per_rank,placement,slots,layer";
  for (const auto& [name, part] : figures) text += fmt::format(",{}", name);
  text += "\n";
  for (const RoutingComparison& comparison : report.comparisons) {
    const RoutingStudy& study = comparison.study;
    const auto rows = [&](const std::string& placement, int slots, const RoutingLoads& loads) {
      const auto row = [&](const std::string& layer, const LayerLoad& load) {
        text += fmt::format("{},{},{},{},{}", study.ranks, study.tokens_per_rank, placement, slots, layer);
        for (const auto& [name, part] : figures) text += fmt::format(",{:.6g}", load.*part);
        text += "\n";
      };
      for (std::size_t layer = 0; layer < loads.layers.size(); ++layer)
        row(fmt::format("{}", layer), loads.layers[layer]);
      row("mean", loads.mean);
    };
    rows("contiguous", study.shape.experts, comparison.before);
    if (comparison.after) rows(report.placement, study.slots, *comparison.after);
  }
  return text;
}

}  // namespace ringtail
