#pragma once

#include <string>

#include "config/deployment.hpp"

namespace ringtail {

/// A deployment file for people to go on from: the model and the platform by name, what a layout consists of, and as
/// comments everything else with its defaults; each key with the help of the field table.
[[nodiscard]] std::string commented_deployment(const Deployment& deployment, const std::string& model,
                                               const std::string& platform);

}  // namespace ringtail
