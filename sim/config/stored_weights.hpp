#pragma once

#include <string>
#include <vector>

#include "config/source_map.hpp"

namespace ringtail {

class ConfigReader;

/// How a checkpoint stores its weights.
struct StoredWeights {
  std::string text;          ///< "fp8 in blocks of 128 x 128"; empty if the config does not say.
  std::string precision;     ///< The value of `precision.weights` nearest to it; empty if there is none.
  std::string experts = {};  ///< That of `precision.experts`, if experts are stored otherwise than the rest.
};

/// How a config's `quantization_config` or `torch_dtype` says that weights are stored. Adds to `warnings` a method that
/// Ringtail has not heard of.
[[nodiscard]] StoredWeights stored_weights(ConfigReader& config, std::vector<Note>& warnings);

}  // namespace ringtail
