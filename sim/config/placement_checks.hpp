#pragma once

#include "config/deployment.hpp"
#include "config/diagnostics.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// Whether the experts and their replicas can be dealt to the EP ranks. `read` is the state before the rules: a rule
/// whose fields have mistakes of their own is passed over.
void check_placement(const Deployment& deployment, const SourceMap& sources, const Diagnostics& read,
                     Diagnostics& diagnostics);

}  // namespace ringtail
