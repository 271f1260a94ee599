#include "config/counts_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/count_text.hpp"
#include "config/counts_json.hpp"
#include "config/text.hpp"
#include "routing/expert_counts.hpp"

namespace ringtail {

namespace {

/// Of a row per layer, those of layers with experts.
void keep_moe_layers(const Model& model, std::vector<std::vector<double>>& counts) {
  if (counts.size() != static_cast<std::size_t>(model.layers)) return;
  std::vector<std::vector<double>> kept;
  for (int layer = 0; layer < model.layers; ++layer)
    if (model.is_moe_layer(layer)) kept.push_back(std::move(counts[static_cast<std::size_t>(layer)]));
  counts = std::move(kept);
}

}  // namespace

void read_counts_file(Deployment& deployment, const std::filesystem::path& folder, const SourceMap& sources,
                      Diagnostics& diagnostics) {
  const std::string field = "routing.popularity";
  if (deployment.routing.popularity.kind != Popularity::Kind::counts || !diagnostics.sound(field)) return;
  CountsFile& counts = deployment.routing.popularity.counts;
  const auto report = [&](const std::string& message, const std::string& help = {}) {
    diagnostics.error(sources.find(field), field, fmt::format("{}: {}", in_quotes(counts.file), message), help);
  };
  std::error_code ignored;
  const std::filesystem::path path = folder / counts.file;
  std::ifstream stream;
  if (std::filesystem::is_regular_file(path, ignored)) stream.open(path, std::ios::binary);  // a device may not end
  if (!stream.is_open())
    return report("cannot be read", fmt::format("the file is looked for at {}", printable(path.string())));
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (text.starts_with("PK"))
    return report("is a file of PyTorch",
                  fmt::format("convert it: python3 -c \"import json, torch; "
                              "print(json.dumps({{'logical_count': torch.load('{}', weights_only=True)"
                              "['logical_count'].tolist()}}))\" > counts.json",
                              printable(path.filename().string())));
  ExpertCounts read = is_json(text) ? read_counts_json(text) : read_expert_counts(text, counts.rows);
  if (!read.error.empty()) return report(printable(read.error));
  counts.counts = std::move(read.counts);
  const auto& moe = deployment.model.moe;
  if (!moe || !diagnostics.sound("model")) return;
  keep_moe_layers(deployment.model, counts.counts);
  const auto layers = static_cast<std::size_t>(deployment.model.moe_layers());
  const std::size_t experts = counts.counts.front().size();
  if (counts.counts.size() != layers || experts != static_cast<std::size_t>(moe->experts))
    return report(fmt::format("has {} of {}, the model {} of {}", count_text(counts.counts.size(), "layer"),
                              count_text(experts, "expert"), layers, moe->experts));
  for (const auto& row : counts.counts)
    if (std::count_if(row.begin(), row.end(), [](double c) { return c > 0; }) < moe->experts_per_token)
      return report(fmt::format("in some layer fewer than experts_per_token = {} experts were ever chosen",
                                moe->experts_per_token));
}

}  // namespace ringtail
