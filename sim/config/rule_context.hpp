#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/deployment.hpp"
#include "config/diagnostics.hpp"
#include "config/source_map.hpp"
#include "parallel/rank_order.hpp"

namespace ringtail {

/// What a rule needs: the deployment, which fields of it were read well, and where to report.
struct Context {
  const Deployment& deployment;
  const SourceMap& sources;
  const Diagnostics read;  ///< The state before the rules: one rule's error does not silence the next.
  Diagnostics& diagnostics;

  [[nodiscard]] bool sound(std::initializer_list<std::string_view> paths) const {
    return std::all_of(paths.begin(), paths.end(), [&](std::string_view path) { return read.sound(path); });
  }

  /// `others` are the fields that this one disagrees with; those given in another line are shown too.
  void error(std::string_view path, std::string message, std::string help = {},
             const std::vector<std::string>& others = {}) const {
    diagnostics.error(sources.find(path), path, std::move(message), std::move(help), sources.notes(path, others));
  }
};

/// Whether both layouts use all GPUs of a stage and each degree above 1 is named once, so that ranks have GPUs.
/// Products of degrees that were never meant together may be beyond an int.
inline bool ranks_have_gpus(const Context& context) {
  const Parallelism& parallelism = context.deployment.parallelism;
  if (!context.sound({"parallelism", "gpus"})) return false;
  const auto& [attention, ffn, pipeline, order] = parallelism;
  const std::int64_t gpus = context.deployment.gpus;
  const auto is_product = [&](std::initializer_list<int> degrees) {
    std::int64_t product = 1;
    for (const int degree : degrees)
      if ((product *= degree) > gpus) return false;
    return product == gpus;
  };
  return is_product({attention.dp, attention.cp, attention.kvp, attention.tp, pipeline.stages}) &&
         is_product({ffn.dp, ffn.ep, ffn.tp, pipeline.stages}) && is_order(parallelism);
}

/// "1, 2, 4": the numbers that divide both.
inline std::string common_divisors(int a, int b) {
  std::vector<int> divisors;
  const int gcd = std::gcd(a, b);
  for (int i = 1; i <= gcd; ++i) {
    if (gcd % i == 0) divisors.push_back(i);
  }
  return fmt::format("{}", fmt::join(divisors, ", "));
}

}  // namespace ringtail
