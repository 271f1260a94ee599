#include "config/dense_of.hpp"

#include <fmt/format.h>

#include <cmath>

#include "config/model_checks.hpp"
#include "config/unit.hpp"
#include "model/dense_counterpart.hpp"
#include "model/parameters.hpp"

namespace ringtail {

namespace {

constexpr double largest_width = 1048576;  // as in the field table

std::string_view meaning(MatchedParameters match) {
  return match == MatchedParameters::total ? "q · s · P_total" : "q · P_active";
}

/// "76.96 B", "5.962 M": four digits are enough to see what is wrong.
std::string parameters_text(double parameters) {
  return parameters < 1e9 ? fmt::format("{:.4g} M", parameters / 1e6) : fmt::format("{:.4g} B", parameters / 1e9);
}

/// The q at which the width, not rounded yet, is so large.
double q_of_width(const Model& moe, double width) {
  const double parameters = count_parameters(dense_counterpart(moe, 0)).total() + width * parameters_per_width(moe);
  return parameters / matched_parameters(moe, 1, moe.dense_match->match);
}

struct Sizing {
  const Model& moe;
  double multiple;  ///< Of the width.
  double target;    ///< Parameters.

  /// The nearest multiple.
  [[nodiscard]] double width() const { return std::round(counterpart_width(moe, target) / multiple) * multiple; }

  [[nodiscard]] std::string too_narrow() const {
    const double rest = count_parameters(dense_counterpart(moe, 0)).total();
    return fmt::format(
        "q = {} leaves nothing for the feed-forward network: {} = {} parameters, and attention, "
        "embeddings and norms alone have {}",
        moe.dense_match->q, meaning(moe.dense_match->match), parameters_text(target), parameters_text(rest));
  }
  [[nodiscard]] std::string smallest_q() const {
    const double q = std::ceil(q_of_width(moe, multiple / 2) * 1e4) / 1e4;
    return fmt::format(
        "q must be at least {:.4f}; the width is a multiple of parallelism.ffn.tp · "
        "platform.gpu.kernels.gemm.tile = {}",
        q, multiple);
  }
  [[nodiscard]] std::string too_wide() const {
    return fmt::format("q = {} needs a feed-forward network {:.0f} wide; at most {:.0f} is possible",
                       moe.dense_match->q, width(), largest_width);
  }
  [[nodiscard]] std::string largest_q() const {
    const double width = std::floor(largest_width / multiple) * multiple;
    return fmt::format("q can be at most {:.4f}", std::floor(q_of_width(moe, width) * 1e4) / 1e4);
  }
};

}  // namespace

bool is_unsized_counterpart(const Model& model) { return model.dense_match && model.dense_match->target == 0; }

void size_dense_counterpart(Deployment& deployment, const SourceMap& sources, Diagnostics& diagnostics) {
  Model& model = deployment.model;
  // A dense_match that is given, and wrong, leaves the model without a size too.
  if (!is_unsized_counterpart(model) || !diagnostics.sound("model.dense_match")) return;
  check_model(model, "model.dense_of.", sources, diagnostics);
  for (const char* const path : {"model", "parallelism.ffn.tp", "platform.gpu.kernels.gemm.tile"})
    if (!diagnostics.sound(path)) return;
  // Reported for all of the model: nothing else about it is known.
  const auto error = [&](std::string_view at, std::string message, std::string help) {
    diagnostics.error(sources.find(at), "model", std::move(message), std::move(help));
  };
  if (!model.moe) {
    error("model.dense_of", fmt::format("{} is a dense model already", model.name),
          "give the name of a model with moe");
    return;
  }
  const DenseMatch& match = *model.dense_match;
  const Sizing sizing{
      .moe = model,
      .multiple = static_cast<double>(deployment.parallelism.ffn.tp) * deployment.platform.gpu.kernels.gemm.tile,
      .target = matched_parameters(model, match.q, match.match)};
  const double width = sizing.width();
  if (width < 1) return error("model.q", sizing.too_narrow(), sizing.smallest_q());
  if (width > largest_width) return error("model.q", sizing.too_wide(), sizing.largest_q());
  Model dense = dense_counterpart(model, static_cast<int>(width));
  dense.name = fmt::format("{} dense (q = {})", model.name, match.q);
  dense.dense_match->target = sizing.target;
  model = std::move(dense);
}

}  // namespace ringtail
