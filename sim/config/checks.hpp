#pragma once

#include "config/deployment.hpp"
#include "config/diagnostics.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// The rules that concern several fields at once: layouts that use all GPUs, splits that come out even, number formats
/// that the GPU computes in. A rule whose fields have mistakes of their own is passed over.
void check_deployment(const Deployment& deployment, const SourceMap& sources, Diagnostics& diagnostics);

}  // namespace ringtail
