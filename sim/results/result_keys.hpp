#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

/// A key of the JSON that `simulate` prints, or several neighbours that mean the same of different things.
struct ResultKey {
  /// "step.seconds.mean"; items of a list "critical_path[].layer"; words in capitals stand for any key:
  /// "overlap.FAMILY.tail_s". Each key is written out; what is below is in other rows, but for what `is_open` leaves
  /// out.
  std::string_view key;
  /// "text", "true or false", "object", "any", else the unit of a number: "s", "bytes". Behind it, in this order, as
  /// far as they hold: " or null"; of lists ", each or null"; ", may be negative"; ", if feasible" or ", may be
  /// absent".
  std::string_view unit;
  std::string_view meaning;
  std::string_view source;  ///< Where the definition is from: formula, literature, or the file that computes it.
  bool is_open = false;     ///< Has keys that are not in the table: they are described elsewhere.
};

/// All of them, in the order in which they are printed. The one source of docs/results.md, docs/reference.md and
/// `simulate --explain`.
[[nodiscard]] const std::vector<ResultKey>& result_keys();

/// The row of a key as it stands in a result, indices in place of [] and names in place of words in capitals included:
/// "overlap.dispatch.tail_s", "advice[0].set"; or nullptr.
[[nodiscard]] const ResultKey* find_result_key(std::string_view key);

/// What `simulate --explain KEY` prints: the key's row and the rows below it; nothing if there is no such key.
[[nodiscard]] std::optional<std::string> explain_result_key(std::string_view key);

/// "did you mean ..": keys that end in the same words, else the nearest.
[[nodiscard]] std::string similar_result_keys(std::string_view key);

/// The table in Markdown.
[[nodiscard]] std::string result_keys_markdown();

}  // namespace ringtail
