#include "routing/trace_choice.hpp"

#include <algorithm>

#include "routing/token_index.hpp"

namespace ringtail {
namespace {

/// One of n < 2^32, from 64 random bits.
std::size_t one_of(const RandomBlock& words, std::size_t n) {
  const std::uint64_t low = n * std::uint64_t{words[1]};
  return (n * std::uint64_t{words[0]} + (low >> 32)) >> 32;
}

}  // namespace

TraceChoice::TraceChoice(std::shared_ptr<const RoutingTrace> trace, bool bootstrap, const RandomStream& stream)
    : trace_(std::move(trace)), bootstrap_(bootstrap), stream_(stream) {
  std::size_t end = 0;
  for (std::size_t s = 0; s < trace_->sequences.size(); ++s) ends_.push_back(end += trace_->tokens(s));
}

TraceChoice::Place TraceChoice::place_of(std::uint32_t sequence, std::size_t position) const {
  const std::size_t n = ends_.size();
  if (!bootstrap_) return {sequence % n, position % trace_->tokens(sequence % n)};
  const std::size_t first = one_of(stream_.block({0, sequence, 0, 0}), ends_.back());
  auto at = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), first) - ends_.begin());
  std::size_t token = first - (ends_[at] - trace_->tokens(at)) + position;
  for (std::uint32_t next = 1; token >= trace_->tokens(at); ++next) {
    token -= trace_->tokens(at);
    at = one_of(stream_.block({0, sequence, next, 0}), n);
  }
  return {at, token};
}

void TraceChoice::draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const {
  const TokenPosition at = position_of(tokens.token_index);
  std::uint16_t* chosen = out.data();
  for (const std::uint32_t sequence : tokens.sequences) {
    const Place place = place_of(sequence, static_cast<std::size_t>(at.step + at.number));
    const auto experts = trace_->chosen(place.sequence, place.token, layer);
    chosen = std::copy(experts.begin(), experts.end(), chosen);
  }
}

}  // namespace ringtail
