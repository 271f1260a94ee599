#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/known_models.hpp"
#include "config/node.hpp"

namespace ringtail {

/// How a checkpoint stores its weights.
struct StoredWeights {
  std::string text;       ///< "fp8 in blocks of 128 x 128"; empty if the config does not say.
  std::string precision;  ///< The value of `precision.weights` nearest to it; empty if there is none.
};

/// What a Hugging Face config.json says of a model.
struct ImportedModel {
  Node tree;                   ///< As a model file would hold it; each value has its place in the config.
  std::string architecture;    ///< "DeepseekV3ForCausalLM"
  std::vector<Entry> unknown;  ///< Fields that are not known, with their places.
  StoredWeights weights;
  const KnownModel* known = nullptr;  ///< A published model of this shape, if there is one.
};

/// Makes a model of a config.json of one of the architectures that `supported_architectures` names. Missing and wrong
/// fields, and what cannot be simulated, are reported at their place as mistakes in the value of `config.path`. The
/// model's name is `name`; if that is empty the one of the published model of this shape, the config's own, or
/// `fallback`. The tree still has to be read by model_format and checked.
[[nodiscard]] std::optional<ImportedModel> import_model(Node config, const std::string& name,
                                                        const std::string& fallback, Diagnostics& diagnostics);

[[nodiscard]] std::vector<std::string> supported_architectures();

/// How a config's `quantization_config` or `torch_dtype` says that weights are stored.
[[nodiscard]] StoredWeights stored_weights(const Node& config);

}  // namespace ringtail
