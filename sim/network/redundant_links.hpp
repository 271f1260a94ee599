#pragma once

#include "network/topology.hpp"

namespace ringtail {

/// The topology without links that never decide a rate: every route over such a link also has a certain other one that
/// is no faster, so that one is full before. Exact: max-min rates on the routes that remain are the same. Each route
/// keeps at least one link.
Topology without_redundant_links(Topology topology);

}  // namespace ringtail
