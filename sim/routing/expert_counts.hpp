#pragma once

#include <string>
#include <vector>

namespace ringtail {

/// A table of how often each expert was chosen, or why there is none.
struct ExpertCounts {
  std::vector<std::vector<double>> counts;  ///< [row: one per MoE layer, ascending][expert]
  std::string error;                        ///< "line 3: ...", and what would help; empty if all is well.
};

/// Reads expert counts in CSV. Lines that start with # are comments. The header names a column `layer` and, last, one
/// column per expert: a word and a number from 0 on, c0, c1, .. or e0, e1, ... Values are at least 0, counts or shares.
/// Without a header, if the first line is numbers alone, each line is a layer, in order. A layer may be without any.
/// Other columns with text in them say what a row belongs to: of several such tables in one file `rows` names one, its
/// texts joined by '/'.
[[nodiscard]] ExpertCounts read_expert_counts(const std::string& text, const std::string& rows);

}  // namespace ringtail
