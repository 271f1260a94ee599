#include "cli/routing_input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/count_text.hpp"
#include "config/catalog.hpp"
#include "results/routing_results.hpp"
#include "routing/capacity.hpp"

namespace ringtail {
namespace {

Entry entry(const std::string& key, Node value, const Location& at) {
  value.at = at;
  return {key, at, std::move(value)};
}

Node mapping(std::vector<Entry> entries) {
  Node node;
  node.kind = Node::Kind::mapping;
  node.entries = std::move(entries);
  return node;
}

/// --counts and --rows as what they stand for: routing.popularity. The path is absolute: in YAML it is relative to the
/// deployment.
Override counts_override(const CommandLine& line, SourceMap& sources) {
  const std::string counts = "--counts " + line.counts.string();
  const std::string rows = line.rows.empty() ? "" : " --rows " + line.rows;
  const int source = sources.add(command_line_source(counts + rows));
  const Location at{source, 1, 1, static_cast<int>(counts.size())};
  Node file = mapping({entry("file", scalar(std::filesystem::absolute(line.counts).string(), true), at),
                       entry("rows", scalar(line.rows, true), at)});
  return {{{"routing", at}, {"popularity", at}}, mapping({entry("counts", std::move(file), at)})};
}

std::string wrong_ep(const CommandLine& line, int experts) {
  for (const int ranks : line.ep)
    if (ranks > experts)
      return fmt::format("--ep {}: error: more ranks than the {} of a layer\nhelp: at most {} are possible\n", ranks,
                         count_text(experts, "expert"), experts);
  return {};
}

std::string wrong_slots(const CommandLine& line, int experts, int deployed_ranks) {
  if (line.slots == 0) return {};
  const int fewest_ranks = line.ep.empty() ? deployed_ranks : *std::min_element(line.ep.begin(), line.ep.end());
  const int most = std::min<int>(dropped_expert, experts * fewest_ranks);
  if (experts <= line.slots && line.slots <= most) return {};
  return fmt::format("--slots {}: error: a layer of {} has {} to {} slots\nhelp: {} is each expert once, {} is {}\n",
                     line.slots, count_text(experts, "expert"), experts, most, experts, most,
                     most == dropped_expert
                         ? std::string("as many as can be numbered")
                         : fmt::format("each of them on every one of {}", count_text(fewest_ranks, "rank")));
}

std::string wrong_pairs(const CommandLine& line, int deployed_ranks) {
  if (!line.pairs || line.format == OutputFormat::json) return {};
  if (line.format == OutputFormat::csv)
    return "--pairs: error: CSV has a row for each layer, none for pairs\nhelp: use --format json\n";
  const int most = line.ep.empty() ? deployed_ranks : *std::max_element(line.ep.begin(), line.ep.end());
  if (most <= most_ranks_in_text) return {};
  return fmt::format("--pairs: error: text has room for the pairs of {} ranks, not of {}\nhelp: use --format json\n",
                     most_ranks_in_text, most);
}

}  // namespace

LoadResult load_for_routing(const CommandLine& line) {
  if (line.counts.empty()) return load_deployment(line.file, line.overrides, data_directory());
  SourceMap sources;
  Diagnostics diagnostics;
  std::vector<Override> overrides;
  for (const std::string& text : line.overrides)
    if (auto override = parse_override(text, sources, diagnostics)) overrides.push_back(std::move(*override));
  if (!diagnostics.empty()) return {{}, {}, diagnostics.render(sources), {}};
  overrides.push_back(counts_override(line, sources));
  return load_deployment(line.file, overrides, data_directory(), std::move(sources));
}

std::string wrong_routing_option(const CommandLine& line, const Deployment& deployment) {
  const int experts = deployment.model.moe->experts;
  const int ranks = deployment.parallelism.ffn.ep;
  return wrong_ep(line, experts) + wrong_slots(line, experts, ranks) + wrong_pairs(line, ranks);
}

}  // namespace ringtail
