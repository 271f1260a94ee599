#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cmath>

#include "cli/commands.hpp"
#include "config/catalog.hpp"
#include "config/constants.hpp"
#include "config/load.hpp"
#include "config/schema.hpp"
#include "config/study.hpp"
#include "config/unit.hpp"
#include "decode/length_law.hpp"
#include "model/attention_core.hpp"
#include "model/parameters.hpp"
#include "results/table.hpp"
#include "simulation/ledger_text.hpp"

namespace ringtail {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::array runtime_keys = {"launch",          "captured_sequences", "step_overhead",
                                     "memory_fraction", "memory_fraction_of", "kv_block",
                                     "max_sequences"};

std::string in_units(double value, const UnitKind& kind) {
  for (auto unit = kind.units.rbegin(); unit != kind.units.rend(); ++unit) {
    const double scale = unit->factor * std::pow(10.0, unit->exponent);
    if (unit->factor == 1 && value >= scale) return fmt::format("{:.4g} {}", value / scale, unit->name);
  }
  return value == 0 ? "-" : fmt::format("{:.4g}", value);
}

/// Bytes that a token adds to the KV cache in bf16, the default: all layers, stored once.
Bytes kv_per_token(const Model& model) {
  return model.layers * kv_elements_per_token(model.attention, 1) * bytes_of(Dtype::bf16);
}

std::string experts_text(const Model& model) {
  return model.moe ? fmt::format("{} of {}", model.moe->experts_per_token, model.moe->experts) : "dense";
}

void add_model(const Listing& listing, Rows& rows) {
  const ModelResult loaded = load_model(listing.file);
  if (!loaded.model) return rows.push_back({listing.name, "invalid", "", "", "", ""});
  const Model& model = *loaded.model;
  const ParameterCount count = count_parameters(model);
  rows.push_back({listing.name, in_units(count.total(), unit::parameters()),
                  in_units(count.active(), unit::parameters()), std::to_string(model.layers), experts_text(model),
                  bytes_text(kv_per_token(model))});
}

std::string island_text(const Island& island) {
  return fmt::format("{} x {} {}", island.size, in_units(island.bandwidth, unit::bandwidth()),
                     island.topology == Island::Topology::mesh ? "mesh" : "switch");
}

void add_platform(const Listing& listing, Rows& rows) {
  const PlatformResult loaded = load_platform(listing.file.string(), {}, data_directory());
  if (!loaded.platform) return rows.push_back({listing.name, "invalid", "", "", "", "", "", ""});
  const Platform& platform = *loaded.platform;
  const PeakFlops& peak = platform.gpu.peak;
  const Hbm& hbm = platform.gpu.hbm;
  const auto& rate = unit::flop_rate();
  rows.push_back({listing.name, in_units(peak.fp4, rate), in_units(peak.fp8, rate), in_units(peak.bf16, rate),
                  bytes_text(hbm.capacity), in_units(hbm.bandwidth, unit::bandwidth()), island_text(platform.island),
                  in_units(platform.fabric.bandwidth, unit::bandwidth())});
}

/// Each figure of a platform, how it is known and who says so.
std::string constants_text(const Listing& listing) {
  const PlatformResult loaded = load_platform(listing.file.string(), {}, data_directory());
  if (!loaded.platform) return {};
  const Platform& platform = *loaded.platform;
  Rows rows = {{"constant", "value", "kind", "error", "source"}};
  for (const Constant& each : constants_of(platform)) {
    const Provenance* const p = each.provenance;
    rows.push_back({each.key, each.value, p ? std::string(name_of(p->kind)) : "unstated", p ? error_text(*p) : "",
                    p ? p->source : ""});
  }
  return fmt::format("\n{}{}\n{}", listing.name, is_calibrated(platform) ? "" : " (not calibrated)", table_text(rows));
}

/// The profile's keys as a deployment with the first model and platform gets them, whatever these are.
void add_runtime(const Listing& listing, Rows& rows) {
  const auto data = data_directory();
  const auto models = list_models(data);
  const auto platforms = list_platforms(data);
  rows.push_back({listing.name});
  if (models.empty() || platforms.empty()) return;
  const LoadResult loaded = load_deployment_text(
      "list", "gpus: 1\n",
      {"model=" + models[0].name, "platform=" + platforms[0].name, "decode.context=1", "runtime=" + listing.name},
      data);
  const Node root = loaded.deployment ? deployment_format().write(*loaded.deployment) : Node{};
  const Node* const runtime = root.find("runtime");
  if (!runtime) return rows.back().push_back("invalid");
  for (const char* const key : runtime_keys) {
    const Node* const value = runtime->find(key);
    rows.back().push_back(value ? value->text : "-");
  }
}

void add_deployment(const Listing& listing, Rows& rows) {
  const LoadResult loaded = load_deployment(listing.file, {}, data_directory());
  if (!loaded.deployment) return rows.push_back({listing.name, "invalid", "", "", "", "", ""});
  const Deployment& d = *loaded.deployment;
  const auto& [attention, ffn, pipeline, order] = d.parallelism;
  rows.push_back({listing.name, d.model.name, d.platform.name, std::to_string(d.gpus),
                  fmt::format("{}{} x {} x {} x {}", pipeline.stages > 1 ? fmt::format("{} x ", pipeline.stages) : "",
                              attention.dp, attention.cp, attention.kvp, attention.tp),
                  fmt::format("{} x {} x {}", ffn.dp, ffn.ep, ffn.tp),
                  d.decode.context.is_fixed() ? format_quantity(d.decode.context.fixed, unit::tokens())
                                              : context_text(d.decode.context)});
}

void add_study(const Listing& listing, Rows& rows) {
  const StudyResult loaded = load_study(listing.file, data_directory());
  if (!loaded.study) return rows.push_back({listing.name, "invalid", "", ""});
  const Study& study = *loaded.study;
  std::vector<std::string> axes;
  for (const Axis& axis : study.axes) axes.push_back(fmt::format("{} {}", axis.levels.size(), axis.name));
  rows.push_back({listing.name, study.base.stem().string(), fmt::format("{}", fmt::join(axes, " x ")),
                  std::to_string(study_points(study).size())});
}

std::vector<std::string> runtime_header() {
  std::vector<std::string> header = {"runtime"};
  header.insert(header.end(), runtime_keys.begin(), runtime_keys.end());
  return header;
}

/// One kind of files: its listings, and how a row of figures is made of one.
struct Kind {
  std::string name;
  std::vector<Listing> listings;
  std::vector<std::string> header;
  void (*add_row)(const Listing&, Rows&);
  std::string (*add_text)(const Listing&) = nullptr;  ///< Below the table, if there is more to say of each.
};

std::string text_of(const Kind& kind, bool details) {
  if (!details) {
    std::string text;
    for (const Listing& listing : kind.listings) text += fmt::format("{:<28} {}\n", listing.name, listing.description);
    return text;
  }
  Rows rows = {kind.header};
  for (const Listing& listing : kind.listings) kind.add_row(listing, rows);
  std::string text = table_text(rows);
  if (kind.add_text)
    for (const Listing& listing : kind.listings) text += kind.add_text(listing);
  return text;
}

}  // namespace

ExitCode run_list(const CommandLine& line) {
  const auto data = data_directory();
  const std::vector<Kind> kinds = {
      {"models",
       list_models(data),
       {"model", "parameters", "active", "layers", "experts", "KV per token, bf16"},
       add_model},
      {"platforms",
       list_platforms(data),
       {"platform", "fp4", "fp8", "bf16", "HBM", "bandwidth", "island", "NIC"},
       add_platform,
       constants_text},
      {"runtimes", list_runtimes(data), runtime_header(), add_runtime},
      {"deployments",
       list_deployments(data),
       {"deployment", "model", "platform", "GPUs", "dp x cp x kvp x tp", "dp x ep x tp", "context"},
       add_deployment},
      {"studies", list_studies(data), {"study", "base", "axes", "points"}, add_study}};
  std::string text;
  for (const Kind& kind : kinds) {
    if (!line.what.empty() && line.what != kind.name) continue;
    if (kind.listings.empty()) {
      spdlog::error("there are no {} in {}", kind.name, data.string());
      return ExitCode::failure;
    }
    if (line.what.empty()) text += fmt::format("{}{}\n", text.empty() ? "" : "\n", kind.name);
    text += text_of(kind, line.details);
  }
  return write_result(text, ExitCode::ok);
}

}  // namespace ringtail
