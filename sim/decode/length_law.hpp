#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decode/context_lengths.hpp"
#include "routing/random.hpp"

namespace ringtail {

/// Name of the random stream of lengths.
inline constexpr std::string_view length_stream = "context_length";

/// The distribution of a sequence's cached tokens at a moment of decoding (docs/sequence-lengths.md):
/// - fixed, uniform: what is given.
/// - lognormal: min(max, round(exp(mu + sigma · z))), at least 1, z standard normal, mu such that the median or mean of
///   that, but for rounding, is the given one.
/// - trace: a request with output O is in the batch for O steps, so the sequences found there are requests drawn in
///   proportion to O, each with 0 .. O - 1 tokens generated with equal chances: input + generated.
class LengthLaw {
 public:
  /// Throws std::invalid_argument if there is no such distribution: limits that contradict each other, or a trace
  /// without output.
  explicit LengthLaw(const ContextLengths& lengths);

  /// Cached tokens of a sequence: a pure function of the stream and the sequence's id.
  [[nodiscard]] int draw(const RandomStream& stream, std::uint32_t sequence) const;

  /// Expected cached tokens.
  [[nodiscard]] double mean() const { return mean_; }

 private:
  [[nodiscard]] int lognormal(double u) const;
  [[nodiscard]] int in_flight(double u) const;

  ContextLengths::Kind kind_;
  int low_ = 1;
  int high_ = 1;
  double mu_ = 0;
  double sigma_ = 0;
  double mean_ = 0;
  std::vector<Request> requests_;
  std::vector<std::int64_t> outputs_before_;  ///< Output tokens of all requests before each, and of all.
};

/// The lengths of sequences 0 .. `count` - 1.
std::vector<int> draw_lengths(const LengthLaw& law, const RandomStream& stream, int count);

/// The mean in whole tokens: what stands for all lengths where only one can.
int mean_context(const ContextLengths& lengths);

/// "4096", or "lognormal, median 4096, sigma 1, mean 6753": for people.
std::string context_text(const ContextLengths& lengths);

}  // namespace ringtail
