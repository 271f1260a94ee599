#pragma once

#include "config/rule_context.hpp"

namespace ringtail {

/// Whether the experts and their replicas can be dealt to the EP ranks.
void check_placement(const Context& context);

}  // namespace ringtail
