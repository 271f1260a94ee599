#pragma once

#include "config/check_context.hpp"

/// Rules of the fields of `decode` that go beyond single fields.
namespace ringtail {

void check_overlap(const CheckContext& context);

/// SMs that copy beside kernels are missing there; how much that is depends on how many there are.
void check_taken_sms(const CheckContext& context);

/// Tokens are drafted by modules that the model has.
void check_mtp(const CheckContext& context);

}  // namespace ringtail
