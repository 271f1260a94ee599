#pragma once

#include <string>

#include "simulation/result.hpp"

namespace ringtail {

/// The result for a person: headline, memory ledger, breakdown with bars, imbalance, and what bounds the step.
std::string to_text(const Result& result);

}  // namespace ringtail
