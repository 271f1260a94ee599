#pragma once

#include <string>
#include <vector>

#include "config/deployment.hpp"

namespace ringtail {

/// The deployment that is simulated in place of one some of whose effects are off, as far as that is a matter of its
/// other keys. Its batch is not planned anew: what is off takes time, not memory.
[[nodiscard]] Deployment without_effects(Deployment deployment);

/// A switch of Effects by its name in YAML.
struct EffectSwitch {
  std::string name;
  bool Effects::*member;
};

/// All of them, in the order of the struct.
[[nodiscard]] const std::vector<EffectSwitch>& effect_switches();

}  // namespace ringtail
