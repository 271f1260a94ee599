#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other, each at most once
/// per place (optimal string alignment); upper and lower case count as equal.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b);

/// The candidate that was probably meant: the nearest without regard to case, at most a third of its length away; on a
/// tie the nearer with regard to case. Empty if there is none.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean 'X'? allowed: A, B, C", the question only if there is a near candidate.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& candidates,
                                     std::string_view label = "allowed");

}  // namespace ringtail
