#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail {

/// Tokens from `low` to `high`, both included.
struct TokenRange {
  int low = 1;
  int high = 1;
};

/// Lengths whose logarithm is normal with standard deviation `sigma`; longer ones are cut to `max`. Either the median
/// or the mean is given, and is that of the lengths as they are drawn.
struct LognormalLengths {
  std::optional<int> median;
  std::optional<int> mean;
  double sigma = 0;
  std::optional<int> max;
};

/// One request of a trace, in tokens.
struct Request {
  int input = 0;
  int output = 0;
};

/// Requests that some service has had, from a CSV file (request_trace.hpp).
struct RequestTrace {
  std::string file;
  std::string input;  ///< Names of the columns; empty: those of a known format.
  std::string output;
  std::vector<Request> requests;  ///< Those with output; read by the loader.
};

/// Cached tokens of a batch's sequences: all the same, or drawn. docs/sequence-lengths.md.
struct ContextLengths {
  enum class Kind { fixed, uniform, lognormal, trace };
  Kind kind = Kind::fixed;
  int fixed = 4096;
  TokenRange uniform = {};
  LognormalLengths lognormal = {};
  RequestTrace trace = {};

  [[nodiscard]] bool is_fixed() const { return kind == Kind::fixed; }
};

/// The longest context of a sequence.
inline constexpr int longest_context = 1 << 30;

/// Which attention group a sequence goes to, in the order of sequence ids: each in turn; any; or the one whose
/// sequences have the fewest cached tokens so far.
enum class Assignment { round_robin, random, least_loaded };

inline constexpr std::pair<std::string_view, Assignment> assignment_names[] = {
    {"round-robin", Assignment::round_robin},
    {"random", Assignment::random},
    {"least-loaded", Assignment::least_loaded},
};

constexpr std::string_view name_of(Assignment assignment) {
  for (const auto& [name, value] : assignment_names)
    if (value == assignment) return name;
  return {};
}

}  // namespace ringtail
