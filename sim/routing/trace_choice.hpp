#pragma once

#include <memory>
#include <vector>

#include "routing/expert_choice.hpp"
#include "routing/random.hpp"
#include "routing/routing_trace.hpp"

namespace ringtail {

/// Tokens choose the experts that those of a trace chose.
///   - In order: sequence s replays the trace's sequence s mod n from its first token on, again and again. Exactly the
///     trace, as long as no more is wanted than it has.
///   - Bootstrapped: sequence s begins at a random token of the trace, all alike, and at the end of the trace's
///   sequence
///     goes on with the beginning of a random one. Each step's tokens then are any of the trace's with equal
///     probability: what a renewal process starts in is its stationary state.
class TraceChoice final : public ExpertChoice {
 public:
  TraceChoice(std::shared_ptr<const RoutingTrace> trace, bool bootstrap, const RandomStream& stream);

  void draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const override;

 private:
  struct Place {
    std::size_t sequence = 0;
    std::size_t token = 0;
  };
  [[nodiscard]] Place place_of(std::uint32_t sequence, std::size_t position) const;

  std::shared_ptr<const RoutingTrace> trace_;
  bool bootstrap_;
  RandomStream stream_;
  std::vector<std::size_t> ends_;  ///< Tokens of the trace up to the end of each sequence.
};

}  // namespace ringtail
