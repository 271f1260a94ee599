#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decode/context_lengths.hpp"

namespace ringtail {

/// The requests of a trace, or why there are none.
struct RequestTraceText {
  std::vector<Request> requests;  ///< Those with output, in the file's order.
  std::string error;              ///< "line 3: ...", and what would help; empty if all is well.
};

/// Reads a request trace in CSV (RFC 4180, but without line breaks in quotes). The header names the columns: `input`
/// and `output` as given, or if both are empty those of a format that is known (known_trace_columns). Lengths are whole
/// numbers of tokens, at least 1 in and 0 out, and at most `longest_context` together. Other columns may hold anything;
/// empty lines and those that start with # are left out. Requests without output never decode and are left out too.
[[nodiscard]] RequestTraceText read_request_trace(std::string_view text, const std::string& input,
                                                  const std::string& output);

/// "ContextTokens and GeneratedTokens, input_length and output_length, ..": the pairs that are found without being
/// named.
[[nodiscard]] std::string known_trace_columns();

}  // namespace ringtail
