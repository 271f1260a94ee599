#pragma once

#include <string>

#include "config/deployment.hpp"
#include "config/node.hpp"

namespace ringtail {

/// The complete deployment as a tree: every field with its unit, defaults filled in, model and platform inlined.
[[nodiscard]] Node effective_tree(const Deployment& deployment);

/// The same as YAML text. Reading it gives the identical Deployment, to the last bit.
[[nodiscard]] std::string effective_yaml(const Deployment& deployment);

/// 16 hexadecimal digits that differ between deployments that differ in anything, the seed included: FNV-1a with 64
/// bits (http://www.isthe.com/chongo/tech/comp/fnv/) over the effective YAML.
[[nodiscard]] std::string config_hash(const Deployment& deployment);

}  // namespace ringtail
