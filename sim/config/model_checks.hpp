#pragma once

#include <string>

#include "config/diagnostics.hpp"
#include "config/source_map.hpp"
#include "model/model.hpp"

namespace ringtail {

/// Rules about several fields of a model. `prefix` comes before the model's paths: "model.", or "model.dense_of.". A
/// rule whose fields have mistakes of their own is passed over.
void check_model(const Model& model, const std::string& prefix, const SourceMap& sources, Diagnostics& diagnostics);

}  // namespace ringtail
