#pragma once

#include <cstdint>

namespace ringtail {

/// What is simulated and measured: in each replication `warmup` steps are thrown away, then `steps` are measured.
struct Run {
  int steps = 20;
  int warmup = 2;
  int replications = 5;
  std::uint64_t seed = 1;
};

}  // namespace ringtail
