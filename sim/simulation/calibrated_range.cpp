#include "simulation/calibrated_range.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "decode/length_law.hpp"
#include "parallel/island_spread.hpp"

namespace ringtail {
namespace {

/// The largest that a deployment has of what CalibratedUpTo limits.
struct Largest {
  double rows, context, batch, message;
};

Largest largest(const Deployment& d, const Capacity& capacity) {
  const double batch = largest_share(capacity.largest_group, d.parallelism.pipeline.batches());
  const double rows = batch * (1 + (d.decode.mtp ? d.decode.mtp->draft : 0));
  const bool reduces = d.parallelism.attention.tp > 1 || d.parallelism.ffn.tp > 1;
  const Bytes message = reduces ? rows * d.model.hidden_size * bytes_of(d.precision.activations) : 0;
  return {rows, static_cast<double>(mean_context(d.decode.context)), batch, message};
}

bool has(std::string_view key, std::string_view part) { return key.find(part) != std::string_view::npos; }

/// Whether a kernel of dispatch or combine runs: that of low latency, or of the mode. Which of them `auto` takes is not
/// asked.
bool exchanges_with(std::string_view key, const Deployment& d) {
  if (!d.model.moe) return false;
  const FfnParallelism& ffn = d.parallelism.ffn;
  const bool on_one = spread_of_blocks(d.parallelism, ffn.group_ranks(), d.platform.island.size).islands == 1;
  const Kernels& kernels = d.platform.gpu.kernels;
  const bool has_own = (on_one ? kernels.intra : kernels.inter).has_value();
  const DispatchMode mode = d.collectives.dispatch;
  if (has(key, ".intra.") || has(key, ".inter."))
    return mode != DispatchMode::ll && has(key, on_one ? ".intra." : ".inter.");
  return mode == DispatchMode::ll || mode == DispatchMode::automatic || !has_own;
}

/// Whether kernels of a class that the entry is about run at all in the deployment.
bool concerns(const Provenance& provenance, const Deployment& d) {
  const bool latent = d.model.attention.latent.has_value();
  const auto format = [](Dtype dtype) {
    return dtype == Dtype::fp4 ? ".fp4." : dtype == Dtype::fp8 ? ".fp8." : dtype == Dtype::bf16 ? ".bf16." : ".fp32.";
  };
  return std::any_of(provenance.keys.begin(), provenance.keys.end(), [&](const std::string& key) {
    const bool is_latent = key.ends_with(".latent_attention");
    const bool is_attention = is_latent || key.ends_with(".attention");
    if (is_attention && is_latent != latent) return false;
    if (key.ends_with(".grouped_gemm") && !d.model.moe) return false;
    if ((key.ends_with(".dispatch") || key.ends_with(".combine")) && !exchanges_with(key, d)) return false;
    for (const char* const each : {".fp4.", ".fp8.", ".bf16."})
      if (key.find(each) != std::string::npos)
        return std::string_view(each) == format(is_attention ? d.precision.kv : d.precision.weights);
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
      sentences.push_back(fmt::format("{} {} on a GPU, but {} of {} {} measured up to {}: beyond, it is extrapolated",
                                      value, what, fmt::join(each.keys, ", "), d.platform.name,
                                      each.keys.size() == 1 ? "was" : "were", limit));
    };
    const CalibratedUpTo& up_to = *each.up_to;
    if (up_to.rows) warn(here.rows, *up_to.rows, "tokens per step");
    if (up_to.batch) warn(here.batch, *up_to.batch, "sequences");
    if (up_to.message) warn(here.message, *up_to.message, "bytes to reduce");
    if (up_to.context) warn(here.context, *up_to.context, "tokens of context");
  }
  return sentences;
}

}  // namespace ringtail
