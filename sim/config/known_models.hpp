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
  double total = 0;        ///< Published parameters,
  double total_unit = 0;   ///< rounded or cut to a multiple of this.
  double active = 0;       ///< 0: not published.
  double active_unit = 0;  ///< As total_unit.
  std::string_view source;
  double counted_beyond = 0;  ///< What the publisher counts and Ringtail does not, less the other way round.
};

[[nodiscard]] const std::vector<KnownModel>& known_models();

/// What a published number counts, if it is the computed one, rounded or cut to its last digit: the same as
/// ParameterCount, also the embedding, or neither embedding nor LM head. Publishers differ in that, and rarely say it.
enum class Agreement { as_counted, with_embedding, without_vocabulary, none };

[[nodiscard]] Agreement total_agreement(const KnownModel& known, const ParameterCount& count);
/// as_counted if no number of active parameters is published.
[[nodiscard]] Agreement active_agreement(const KnownModel& known, const ParameterCount& count);

}  // namespace ringtail
