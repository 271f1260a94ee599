#pragma once

#include "config/deployment.hpp"
#include "config/diagnostics.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// Whether the model was given as `dense_of` and still is the MoE.
[[nodiscard]] bool is_unsized_counterpart(const Model& model);

/// Makes the dense counterpart of a model that was given as `dense_of`. The width of its FFN is rounded to a multiple
/// of parallelism.ffn.tp · tile of the GPU's GEMMs, so that every rank's share fills whole tiles. If that cannot be,
/// the model stays unsized and a mistake is reported: a model without experts, a q that leaves no parameters for the
/// FFN (with the smallest that does) or too many, or mistakes elsewhere.
void size_dense_counterpart(Deployment& deployment, const SourceMap& sources, Diagnostics& diagnostics);

}  // namespace ringtail
