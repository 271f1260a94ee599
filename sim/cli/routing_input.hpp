#pragma once

#include <string>

#include "cli/options.hpp"
#include "config/load.hpp"

namespace ringtail {

/// The deployment that `ringtail routing` is of, with the popularity of --counts if they are given: mistakes in that
/// file are shown at the option.
[[nodiscard]] LoadResult load_for_routing(const CommandLine& line);

/// What is wrong with the options of `ringtail routing` for an MoE, with help; empty if nothing is.
[[nodiscard]] std::string wrong_routing_option(const CommandLine& line, const Deployment& deployment);

}  // namespace ringtail
