#pragma once

#include "config/rule_context.hpp"

namespace ringtail {

/// Whether the algorithms and dispatch modes asked for are possible on the platform, and the SMs given to them.
void check_collectives(const Context& context);

}  // namespace ringtail
