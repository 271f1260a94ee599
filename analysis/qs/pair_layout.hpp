#pragma once

#include <string>

#include "config/deployment.hpp"

/// Layouts for one of a pair. Each function sets deployment.parallelism, or returns why there is no layout.
namespace ringtail {

/// The layout in which the closed form under physical switches decodes fastest, of all in which the deployment's batch
/// fits (`max`: of each its largest). Those of init (simulation/layout_choice.hpp), a dense FFN also over parts of an
/// attention group. If nothing fits it is what comes nearest.
[[nodiscard]] std::string lay_out_fastest(Deployment& deployment);

/// The layout of `from`, made for another number of GPUs: attention with more or fewer DP groups or, if it has one, KVP
/// ranks; FFN with more or fewer EP ranks or, if that does not come out even, DP groups. TP stays.
[[nodiscard]] std::string stretch_layout(Deployment& deployment, const Deployment& from);

}  // namespace ringtail
