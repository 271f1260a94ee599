#include "routing/trace_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include "routing/token_index.hpp"

namespace ringtail {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

using Experts = std::span<const std::uint16_t>;

int common(Experts a, Experts b) {
  int n = 0;
  for (const std::uint16_t x : a)
    for (const std::uint16_t y : b) n += x == y ? 1 : 0;
  return n;
}

/// A token of the trace, sequence after sequence.
struct Place {
  std::size_t sequence = 0;
  std::size_t token = 0;
};

std::vector<Place> places(const RoutingTrace& trace) {
  std::vector<Place> result;
  for (std::size_t s = 0; s < trace.sequences.size(); ++s)
    for (std::size_t t = 0; t < trace.tokens(s); ++t) result.push_back({s, t});
  return result;
}

/// Mutual information in nats of two experts, from how often they met: [a · experts + b].
double information(std::span<const int> met, std::size_t experts) {
  std::vector<double> a(experts);
  std::vector<double> b(experts);
  double total = 0;
  for (std::size_t i = 0; i < met.size(); ++i) {
    a[i / experts] += met[i];
    b[i % experts] += met[i];
    total += met[i];
  }
  double sum = 0;
  for (std::size_t i = 0; i < met.size(); ++i)
    if (met[i] > 0) sum += met[i] * std::log(met[i] * total / (a[i / experts] * b[i % experts]));
  return sum / total;
}

}  // namespace

LayerPairs neighbouring_layers(int layers, int most) {
  LayerPairs pairs;
  const int all = layers - 1;
  const int n = std::min(all, most);
  for (int i = 0; i < n; ++i) {
    const int first = static_cast<int>(std::int64_t{i} * all / n);
    pairs.emplace_back(first, first + 1);
  }
  return pairs;
}

double overlap(const RoutingTrace& trace, std::size_t lag) {
  std::int64_t shared = 0;
  std::int64_t pairs = 0;
  for (std::size_t s = 0; s < trace.sequences.size(); ++s) {
    for (std::size_t t = lag; t < trace.tokens(s); ++t)
      for (int layer = 0; layer < trace.layers; ++layer, ++pairs)
        shared += common(trace.chosen(s, t, layer), trace.chosen(s, t - lag, layer));
  }
  if (pairs == 0) return unknown;
  return static_cast<double>(shared) / static_cast<double>(pairs * trace.experts_per_token);
}

double unrelated_overlap_variance(const RoutingTrace& trace) {
  const std::vector<Place> at = places(trace);
  const std::size_t n = at.size();
  double variance = 0;
  for (int layer = 0; layer < trace.layers; ++layer) {
    double pairs = 0;
    double sum = 0;
    double squares = 0;
    for (const std::size_t eighths : {2U, 3U, 4U}) {  // each token with those so far away, round the trace
      const std::size_t shift = n * eighths / 8;
      for (std::size_t i = 0; i < n; ++i) {
        const Place a = at[i];
        const Place b = at[(i + shift) % n];
        if (a.sequence == b.sequence) continue;
        const double x = common(trace.chosen(a.sequence, a.token, layer), trace.chosen(b.sequence, b.token, layer));
        ++pairs;
        sum += x;
        squares += x * x;
      }
    }
    if (pairs == 0) return unknown;
    variance += (squares - sum * sum / pairs) / pairs;
  }
  return variance / trace.layers / (trace.experts_per_token * trace.experts_per_token);
}

double layer_information(const RoutingTrace& trace, const LayerPairs& pairs) {
  const std::vector<Place> at = places(trace);
  if (at.size() < 2 || pairs.empty()) return unknown;
  const auto experts = static_cast<std::size_t>(trace.experts);
  std::vector<int> met(experts * experts);
  const auto measured = [&](std::pair<int, int> layers, std::size_t shift) {
    std::fill(met.begin(), met.end(), 0);
    for (std::size_t i = 0; i < at.size(); ++i) {
      const Place a = at[i];
      const Place b = at[(i + shift) % at.size()];
      for (const std::uint16_t x : trace.chosen(a.sequence, a.token, layers.first))
        for (const std::uint16_t y : trace.chosen(b.sequence, b.token, layers.second)) ++met[x * experts + y];
    }
    return information(met, experts);
  };
  double sum = 0;
  for (const auto& layers : pairs) sum += measured(layers, 0) - measured(layers, at.size() / 2);
  return sum / static_cast<double>(pairs.size());
}

double overdispersion(const RoutingTrace& trace, std::size_t window, int ranks) {
  const std::vector<Place> at = places(trace);
  const std::size_t windows = at.size() / window;
  if (windows < 2) return unknown;
  const auto n = static_cast<std::size_t>(ranks);
  double sum = 0;
  for (int layer = 0; layer < trace.layers; ++layer) {
    std::vector<double> mean(n), squares(n), of_token(n), of_window(n), window_squares(n), window_sum(n);
    for (std::size_t i = 0; i < windows * window; ++i) {
      std::fill(of_token.begin(), of_token.end(), 0.0);
      for (const std::uint16_t e : trace.chosen(at[i].sequence, at[i].token, layer))
        ++of_token[e * n / static_cast<std::size_t>(trace.experts)];
      for (std::size_t r = 0; r < n; ++r) {
        squares[r] += of_token[r] * of_token[r];
        mean[r] += of_token[r];
        of_window[r] += of_token[r];
      }
      if ((i + 1) % window != 0) continue;
      for (std::size_t r = 0; r < n; ++r) {
        window_squares[r] += of_window[r] * of_window[r];
        window_sum[r] += of_window[r];
        of_window[r] = 0;
      }
    }
    const auto tokens = static_cast<double>(windows * window);
    const auto w = static_cast<double>(windows);
    double among_windows = 0;
    double among_tokens = 0;
    for (std::size_t r = 0; r < n; ++r) {
      among_windows += (window_squares[r] - window_sum[r] * window_sum[r] / w) / (w - 1);
      among_tokens += (squares[r] - mean[r] * mean[r] / tokens) / (tokens - 1);
    }
    sum += among_windows / (among_tokens * static_cast<double>(window));
  }
  return sum / trace.layers;
}

RoutingTrace simulated_trace(const ExpertSampler& sampler, const ExpertSampler::Shape& shape,
                             std::span<const std::size_t> lengths, std::uint32_t first_sequence) {
  RoutingTrace trace = {.layers = shape.layers, .experts_per_token = shape.experts_per_token, .experts = shape.experts};
  trace.names.resize(lengths.size());
  for (const std::size_t length : lengths) trace.sequences.emplace_back(length * trace.row());
  const auto k = static_cast<std::size_t>(shape.experts_per_token);
  const std::size_t longest = lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end());
  for (std::size_t t = 0; t < longest; ++t) {
    std::vector<std::uint32_t> ids;
    for (std::size_t s = 0; s < lengths.size(); ++s)
      if (lengths[s] > t) ids.push_back(first_sequence + static_cast<std::uint32_t>(s));
    std::vector<std::uint16_t> chosen(ids.size() * k);
    for (int layer = 0; layer < shape.layers; ++layer) {
      sampler.draw(layer, token_index(static_cast<int>(t), 0), ids, chosen);
      for (std::size_t i = 0; i < ids.size(); ++i)
        std::copy_n(&chosen[i * k], k,
                    &trace.sequences[ids[i] - first_sequence][t * trace.row() + static_cast<std::size_t>(layer) * k]);
    }
  }
  return trace;
}

RoutingTrace resampled(const RoutingTrace& trace, int sample) {
  const RandomStream stream(1, sample, "bootstrap");
  const std::size_t n = trace.sequences.size();
  std::vector<std::size_t> drawn;
  for (std::uint32_t i = 0; i < n; ++i) drawn.push_back(stream.block({i, 0, 0, 0})[0] * n >> 32);
  return trace.of(drawn);
}

}  // namespace ringtail
