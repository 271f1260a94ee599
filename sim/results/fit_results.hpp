#pragma once

#include <string>

#include "routing/routing_fit.hpp"

namespace ringtail {

std::string to_text(const RoutingFit& fit);
std::string to_json(const RoutingFit& fit);

/// The section `routing` of a deployment; `source` is the trace's name, `counts_file` that of fitted_counts_csv.
std::string fitted_yaml(const RoutingFit& fit, const std::string& source, const std::string& counts_file);

/// How often each expert was chosen, in the format of routing.popularity.counts.
std::string fitted_counts_csv(const RoutingFit& fit, const std::string& source);

}  // namespace ringtail
