#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "routing/expert_sampler.hpp"
#include "routing/routing_trace.hpp"

namespace ringtail {

// How tokens of a trace resemble each other. Figures that the trace is too short for are NaN.

/// Pairs of layers, in each of which the second is the next one.
using LayerPairs = std::vector<std::pair<int, int>>;

/// At most `most` pairs of neighbouring layers, spread evenly; none if there is one layer only.
[[nodiscard]] LayerPairs neighbouring_layers(int layers, int most);

/// The fraction of its k experts that a token has in common with the one `lag` tokens later in its sequence: mean over
/// tokens and layers.
[[nodiscard]] double overlap(const RoutingTrace& trace, std::size_t lag);

/// The variance of the fraction of experts that tokens of different sequences have in common, mean over layers. Few
/// topics make it large: some pairs of tokens share one.
[[nodiscard]] double unrelated_overlap_variance(const RoutingTrace& trace);

/// What an expert of a token in one layer says of its expert in another one: mutual information of the two in nats,
/// mean over pairs, less what the same estimate gives for layers of different tokens, which is its bias.
[[nodiscard]] double layer_information(const RoutingTrace& trace, const LayerPairs& pairs);

/// The variance of copies on a rank in windows of so many consecutive tokens of the trace, sequence after sequence,
/// over what it is for independent tokens with the same counts; experts lie contiguously on `ranks` ranks. Means over
/// ranks and layers.
[[nodiscard]] double overdispersion(const RoutingTrace& trace, std::size_t window, int ranks);

/// The tokens that a sampler draws for sequences of these lengths, numbered from `first_sequence` on.
[[nodiscard]] RoutingTrace simulated_trace(const ExpertSampler& sampler, const ExpertSampler::Shape& shape,
                                           std::span<const std::size_t> lengths, std::uint32_t first_sequence);

/// The trace's sequences drawn with replacement, as many: sample number `sample` of the bootstrap.
[[nodiscard]] RoutingTrace resampled(const RoutingTrace& trace, int sample);

}  // namespace ringtail
