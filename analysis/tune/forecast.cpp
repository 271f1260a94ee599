#include "tune/forecast.hpp"

#include <algorithm>

#include "compare/compare.hpp"

namespace ringtail {
namespace {

/// The stage with most layers, as a deployment of its own.
closed_form::System stage_of(const Deployment& deployment) {
  closed_form::System system = system_of(deployment);
  const int stages = system.parallelism.pipeline.stages;
  system.gpus /= stages;
  system.parallelism.pipeline = {};
  system.model.layers = (system.model.layers + stages - 1) / stages;
  if (system.model.moe)
    system.model.moe->first_dense_layers = std::min(system.model.moe->first_dense_layers, system.model.layers - 1);
  return system;
}

}  // namespace

Forecast forecast(const Deployment& deployment, int batch) {
  closed_form::Switches switches = closed_form::physical_switches();
  if (deployment.decode.overlap.kind != Overlap::Kind::none) switches.windows = closed_form::Windows::all;
  const double micro_batches = deployment.parallelism.pipeline.batches();
  const Seconds stage = closed_form::evaluate(stage_of(deployment), switches, batch / micro_batches).step;
  const Seconds step = micro_batches * stage;
  const double accepted = deployment.decode.accepted_tokens();
  return {batch * accepted / step, step / accepted};
}

}  // namespace ringtail
