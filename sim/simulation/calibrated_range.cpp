#include "simulation/calibrated_range.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "decode/dispatch.hpp"
#include "decode/length_law.hpp"
#include "parallel/island_spread.hpp"

namespace ringtail {
namespace {

/// The largest that a deployment has of what CalibratedUpTo limits.
struct Largest {
  double rows, context, batch, message;
  double ranks;           ///< Of dense collectives,
  double exchange_ranks;  ///< and of dispatch and combine.
};

Largest largest(const Deployment& d, const Capacity& capacity) {
  const double batch = largest_share(capacity.largest_group, d.parallelism.pipeline.batches());
  const double rows = batch * (1 + (d.decode.mtp ? d.decode.mtp->draft : 0));
  const bool reduces = d.parallelism.attention.tp > 1 || d.parallelism.ffn.tp > 1;
  const Bytes message = reduces ? rows * d.model.hidden_size * bytes_of(d.precision.activations) : 0;
  const AttentionParallelism& attention = d.parallelism.attention;
  const FfnParallelism& ffn = d.parallelism.ffn;
  const int ranks = std::max({attention.tp, attention.kvp, attention.cp, ffn.tp});
  return {.rows = rows,
          .context = static_cast<double>(mean_context(d.decode.context)),
          .batch = batch,
          .message = message,
          .ranks = static_cast<double>(ranks),
          .exchange_ranks = static_cast<double>(ffn.group_ranks())};
}

/// The sections of dispatch and combine in a platform.
constexpr std::pair<KernelClass, std::string_view> exchange_sections[] = {
    {KernelClass::dispatch, "gpu.kernels.dispatch"},
    {KernelClass::combine, "gpu.kernels.combine"},
    {KernelClass::intra_dispatch, "gpu.kernels.intra.dispatch"},
    {KernelClass::intra_combine, "gpu.kernels.intra.combine"},
    {KernelClass::inter_dispatch, "gpu.kernels.inter.dispatch"},
    {KernelClass::inter_combine, "gpu.kernels.inter.combine"}};

bool is_exchange(std::string_view key) { return key.ends_with(".dispatch") || key.ends_with(".combine"); }

/// Whether a kernel of dispatch or combine runs. Which mode `auto` takes is not asked.
bool exchanges_with(std::string_view key, const Deployment& d) {
  if (!d.model.moe) return false;
  const int ranks = d.parallelism.ffn.group_ranks();
  const int islands = spread_of_blocks(d.parallelism, ranks, d.platform.island.size).islands;
  const auto runs = [&](DispatchMode mode, KernelClass kernel) {
    const ExchangeClasses classes = exchange_classes(d.platform.gpu.kernels, mode, islands);
    return kernel == classes.dispatch || kernel == classes.combine;
  };
  const DispatchMode mode = d.collectives.dispatch;
  return std::any_of(std::begin(exchange_sections), std::end(exchange_sections), [&](const auto& section) {
    if (section.second != key) return false;
    if (mode != DispatchMode::automatic) return runs(mode, section.first);
    return runs(DispatchMode::ll, section.first) || runs(DispatchMode::inter, section.first);
  });
}

/// Whether kernels of a class that the entry is about run at all in the deployment.
bool concerns(const Provenance& provenance, const Deployment& d) {
  const bool latent = d.model.attention.latent.has_value();
  const auto format = [](Dtype dtype) {
    return dtype == Dtype::fp4 ? ".fp4." : dtype == Dtype::fp8 ? ".fp8." : dtype == Dtype::bf16 ? ".bf16." : ".fp32.";
  };
  return std::any_of(provenance.keys.begin(), provenance.keys.end(), [&](const std::string& key) {
    const bool is_latent = key.ends_with(".latent_attention");
    const Dtype weights = key.ends_with(".grouped_gemm") ? d.precision.of_experts() : d.precision.weights;
    const bool is_attention = is_latent || key.ends_with(".attention");
    if (is_attention && is_latent != latent) return false;
    if (key.ends_with(".grouped_gemm") && !d.model.moe) return false;
    if (is_exchange(key) && !exchanges_with(key, d)) return false;
    for (const char* const each : {".fp4.", ".fp8.", ".bf16."})
      if (key.find(each) != std::string::npos)
        return std::string_view(each) == format(is_attention ? d.precision.kv : weights);
    return true;
  });
}

}  // namespace

std::vector<std::string> beyond_calibration(const Deployment& d, const Capacity& capacity) {
  std::vector<std::string> sentences;
  if (!d.platform.provenance || capacity.batch_total == 0) return sentences;
  const Largest here = largest(d, capacity);
  for (const Provenance& each : *d.platform.provenance) {
    if (!each.up_to || !concerns(each, d)) continue;
    const auto warn = [&](double value, double limit, std::string_view what) {
      if (value <= limit) return;
      sentences.push_back(fmt::format("{} {}, but {} of {} {} measured up to {}: beyond, it is extrapolated", value,
                                      what, fmt::join(each.keys, ", "), d.platform.name,
                                      each.keys.size() == 1 ? "was" : "were", limit));
    };
    const CalibratedUpTo& up_to = *each.up_to;
    if (up_to.rows) warn(here.rows, *up_to.rows, "tokens per step on a GPU");
    if (up_to.batch) warn(here.batch, *up_to.batch, "sequences on a GPU");
    if (up_to.message) warn(here.message, *up_to.message, "bytes to reduce on a GPU");
    if (up_to.context) warn(here.context, *up_to.context, "tokens of context on a GPU");
    const bool exchanges = std::any_of(each.keys.begin(), each.keys.end(), is_exchange);
    if (up_to.ranks) warn(exchanges ? here.exchange_ranks : here.ranks, *up_to.ranks, "ranks of a collective");
  }
  return sentences;
}

}  // namespace ringtail
