#pragma once

#include "model/model.hpp"
#include "parallel/parallelism.hpp"
#include "platform/platform.hpp"

namespace ringtail::closed_form {

/// What the closed form is evaluated for: a decoder-only model on GPUs that hold it together. `context` in tokens.
struct System {
  Model model;
  Platform platform;
  int gpus = 1;
  Parallelism parallelism;
  Precision precision;
  int context = 0;

  [[nodiscard]] double sparsity() const {
    return model.moe ? static_cast<double>(model.moe->experts_per_token) / model.moe->experts : 1;
  }
};

}  // namespace ringtail::closed_form
