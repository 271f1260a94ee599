#pragma once

#include "config/deployment.hpp"

namespace ringtail {

/// What the closed form says of a deployment.
struct Forecast {
  double tokens_per_s = 0;
  Seconds tpot = 0;
};

/// Under physical switches, with all communication hidden behind its phase where an overlap policy hides any: sooner
/// too fast than too slow. A pipeline takes as long for a step as its stage with most layers takes for all
/// micro-batches, one after the other; the embedding and the head are left to that stage. Throws like
/// closed_form::evaluate.
[[nodiscard]] Forecast forecast(const Deployment& deployment, int batch);

}  // namespace ringtail
