#pragma once

#include "config/rule_context.hpp"

/// Rules of the fields of `decode` that go beyond single fields.
namespace ringtail {

void check_overlap(const Context& context);

/// Tokens are drafted by modules that the model has.
void check_mtp(const Context& context);

/// Drawn lengths must have a distribution: limits in order, a median or a mean below the longest.
void check_context(const Context& context);

/// Stages and micro-batches of a pipeline, and what cannot be had with one.
void check_pipeline(const Context& context);

}  // namespace ringtail
