#pragma once

#include <string_view>
#include <vector>

#include "config/config_reader.hpp"
#include "config/model_tree.hpp"

namespace ringtail {

/// An architecture as Hugging Face's transformers names it, and how its config is read: which field has which figure,
/// and what the class does where a field is missing.
struct Architecture {
  std::string_view name;                      ///< "MixtralForCausalLM"
  std::vector<std::string_view> other_names;  ///< Of classes with the same config, and of the config: `model_type`.
  void (*read)(ConfigReader& config, ModelTree& model);
};

[[nodiscard]] const std::vector<Architecture>& architectures();

/// Why an architecture that is well known cannot be simulated; empty if nothing is known about it.
[[nodiscard]] std::string_view reason_to_refuse(std::string_view architecture);

}  // namespace ringtail
