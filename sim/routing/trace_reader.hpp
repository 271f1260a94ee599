#pragma once

#include <string>
#include <utility>
#include <vector>

#include "routing/routing_trace.hpp"

namespace ringtail {

/// A trace, or why there is none.
struct TraceRead {
  RoutingTrace trace;
  std::string error;  ///< "line 3: ...", and what would help; empty if all is well.
};

/// Reads a trace in CSV; lines that start with # are comments. Its header names a column `token`, the number of the
/// token in its sequence, and either
///   - `layer` and `expert`: a row per token, layer and chosen expert, in any order, or
///   - `route`: a row per token with all its choices, layer by layer, each the character of the base64 alphabet for the
///     expert's number (A is 0, / is 63).
/// All other columns together name the sequence. Layers are numbered anew from 0, ascending. Of routes
/// `experts_per_token` says how many belong to a layer; if it is 0, that is the largest number with which no token has
/// an expert twice in a layer.
[[nodiscard]] TraceRead read_trace_csv(const std::string& text, int experts_per_token);

/// Reads arrays in NumPy's .npy format (version 1 to 3, integers, C order), one of each sequence with its name: shape
/// [tokens, layers, experts per token], as vLLM returns `routed_experts` of a request. Layers in which all entries of
/// all tokens are 0 are not MoE layers and left out.
[[nodiscard]] TraceRead read_trace_npy(const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace ringtail
