#pragma once

#include <string>

#include "collectives/collectives_config.hpp"
#include "decode/decode_config.hpp"
#include "decode/effects.hpp"
#include "model/model.hpp"
#include "network/network_config.hpp"
#include "parallel/parallelism.hpp"
#include "parallel/runtime.hpp"
#include "platform/platform.hpp"
#include "program/run_config.hpp"
#include "routing/routing_config.hpp"

namespace ringtail {

/// Everything needed to simulate, from one YAML file. Each member goes to the module of its name; nothing below
/// `config` sees the whole.
struct Deployment {
  std::string name;
  Model model;
  Platform platform;
  int gpus = 0;
  Parallelism parallelism;
  Precision precision;
  Decode decode;
  Runtime runtime;
  Routing routing;
  Collectives collectives;
  NetworkConfig network;
  Run run;
  Effects effects;

  /// GPUs of one pipeline stage, which all sequences go through.
  [[nodiscard]] int gpus_per_stage() const { return gpus / parallelism.pipeline.stages; }
};

}  // namespace ringtail
