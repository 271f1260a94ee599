#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/parameters.hpp"

namespace ringtail {

/// A model that was published with its number of parameters, found by its shape.
struct KnownModel {
  std::string_view architecture;
  int layers = 0;
  int hidden_size = 0;
  int vocab_size = 0;
  int experts = 0;  ///< 0: dense.
  std::string_view name;
  double total = 0;   ///< Published parameters,
  double unit = 0;    ///< rounded or cut to a multiple of this.
  double active = 0;  ///< 0: not published.
  std::string_view source;
  double counted_beyond = 0;  ///< What the publisher counts and Ringtail does not, less the other way round.
};

[[nodiscard]] const std::vector<KnownModel>& known_models();

/// How many parameters, as published: all of them, or those without embedding and LM head.
enum class Agreement { all, without_vocabulary, none };

/// Whether the computed total is the published one, rounded or cut.
[[nodiscard]] Agreement agreement(const KnownModel& known, const ParameterCount& count);

}  // namespace ringtail
