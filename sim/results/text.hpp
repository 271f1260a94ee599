#pragma once

#include <string>

#include "advice/advice.hpp"
#include "results/text_style.hpp"
#include "simulation/result.hpp"

namespace ringtail {

/// The result for a person: headline, memory ledger, breakdown with bars, imbalance, and what bounds the step.
std::string to_text(const Result& result, const TextStyle& style = {});

/// One line about a dense counterpart: its FFN's width, and how far its parameters are from what it was sized for. The
/// model must have a dense_match.
[[nodiscard]] std::string dense_match_text(const Model& model);

/// Advice on the deployment whose result is `base`, with the `--set` arguments that follow it.
std::string to_text(const Advice& advice, const Result& base);

}  // namespace ringtail
