#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/known_models.hpp"
#include "config/node.hpp"
#include "config/stored_weights.hpp"

namespace ringtail {

/// What a Hugging Face config.json says of a model.
struct ImportedModel {
  Node tree;                   ///< As a model file would hold it; each value has its place in the config.
  std::string architecture;    ///< "DeepseekV3ForCausalLM"
  std::vector<Note> warnings;  ///< Fields and values that are not known, with their places.
  StoredWeights weights;
  const KnownModel* known = nullptr;  ///< A published model of this shape, if there is one.
  Agreement total = Agreement::none;  ///< Of its published numbers with the computed ones.
  Agreement active = Agreement::none;
  std::string variant_of;  ///< The published model whose name the config or its file has without having its figures.

  /// Whether this is the published model, as far as its figures say.
  [[nodiscard]] bool is_known() const { return known && total != Agreement::none && active != Agreement::none; }
};

/// Makes a model of a config.json of one of the architectures that `supported_architectures` names. Missing and wrong
/// fields, and what cannot be simulated, are reported at their place as mistakes in the value of `config.path`. The
/// model's name is `name`; if that is empty the one of the published model of this shape and these numbers of
/// parameters, the config's own, or `fallback`, and "variant of NAME" where these name a published model of other
/// figures. The tree still has to be read by model_format and checked.
[[nodiscard]] std::optional<ImportedModel> import_model(const Node& config, const std::string& name,
                                                        const std::string& fallback, Diagnostics& diagnostics);

[[nodiscard]] std::vector<std::string> supported_architectures();

}  // namespace ringtail
