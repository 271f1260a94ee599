#include "routing/fit_moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

constexpr int simulated_sequences = 4096;
constexpr std::array<int, 6> counts_tried = {2, 4, 8, 16, 32, 64};
constexpr std::array<double, 8> strengths_tried = {0, 0.5, 1, 1.5, 2, 2.5, 3, 4};
constexpr double strength_step = 0.05;
constexpr double persistence_step = 0.01;

/// The layers 2i and 2i + 1 are neighbours.
LayerPairs pairs_of(int layers) {
  LayerPairs pairs;
  for (int layer = 0; layer + 1 < layers; layer += 2) pairs.emplace_back(layer, layer + 1);
  return pairs;
}

/// Mutual information of experts of two layers that have the joint distribution `a` · together + (1 - a) · apart,
/// where `apart` are of different tokens. Both are counts: [expert · experts + expert].
double mixed_information(const std::vector<double>& together, const std::vector<double>& first,
                         const std::vector<double>& second, double a) {
  const std::size_t experts = first.size();
  double sum = 0;
  for (std::size_t i = 0; i < together.size(); ++i) {
    const double apart = first[i / experts] * second[i % experts];
    const double joint = a * together[i] + (1 - a) * apart;
    if (joint > 0) sum += joint * std::log(joint / apart);
  }
  return sum;
}

/// layer_information of the model with affinities 0 .. 1, from a trace with affinity 1.
std::array<double, 11> informations(const RoutingTrace& trace) {
  std::array<double, 11> result = {};
  const auto experts = static_cast<std::size_t>(trace.experts);
  const LayerPairs pairs = pairs_of(trace.layers);
  const std::size_t n = trace.sequences.size();
  for (const auto& [l, m] : pairs) {
    // Counts of this many tokens have a bias, which those of layers of different tokens show: it grows with a².
    for (const std::size_t shift : {std::size_t{0}, n / 2}) {
      std::vector<double> joint(experts * experts), first(experts), second(experts);
      const double each = 1.0 / static_cast<double>(n * static_cast<std::size_t>(trace.experts_per_token) *
                                                    static_cast<std::size_t>(trace.experts_per_token));
      for (std::size_t s = 0; s < n; ++s) {
        for (const std::uint16_t x : trace.chosen(s, 0, l)) {
          for (const std::uint16_t y : trace.chosen((s + shift) % n, 0, m)) {
            joint[x * experts + y] += each;
            first[x] += each;
            second[y] += each;
          }
        }
      }
      for (std::size_t i = 0; i < result.size(); ++i) {
        const double a = static_cast<double>(i) / 10;
        const double found = mixed_information(joint, first, second, a) / static_cast<double>(pairs.size());
        result[i] += shift == 0 ? found : -found;
      }
    }
  }
  return result;
}

TopicMoments simulate(const ExpertSampler::Shape& shape, Routing routing, int count, double strength) {
  routing.correlation = Correlation{.topics = {count, strength}};  // one topic per sequence, in all layers
  const ExpertSampler sampler(shape, routing, 1, 0);
  const std::vector<std::size_t> lengths(simulated_sequences, 2);
  const RoutingTrace trace = simulated_trace(sampler, shape, lengths, 0);
  return {.count = count,
          .strength = strength,
          .same_overlap = overlap(trace, 1),
          .unrelated_variance = unrelated_overlap_variance(trace),
          .information = informations(trace)};
}

double between(double a, double b, double fraction) { return a + (b - a) * fraction; }

TopicMoments interpolated(const TopicMoments& a, const TopicMoments& b, double strength) {
  const double f = (strength - a.strength) / (b.strength - a.strength);
  TopicMoments m = {a.count,
                    strength,
                    between(a.same_overlap, b.same_overlap, f),
                    between(a.unrelated_variance, b.unrelated_variance, f),
                    {}};
  for (std::size_t i = 0; i < m.information.size(); ++i)
    m.information[i] = between(a.information[i], b.information[i], f);
  return m;
}

double squared(double error, double deviation) {
  const double x = error / deviation;
  return std::isnan(x) ? 0 : x * x;
}

/// The affinity with which topics give this information, within 0 .. 1.
double affinity_of(double information, const TopicMoments& topics) {
  const auto& known = topics.information;
  if (!(information > known.front())) return 0;
  for (std::size_t i = 1; i < known.size(); ++i)
    if (known[i] >= information)
      return (static_cast<double>(i - 1) + (information - known[i - 1]) / (known[i] - known[i - 1])) / 10;
  return 1;
}

struct Candidate {
  Correlation correlation;
  double error = std::numeric_limits<double>::infinity();
};

/// Persistence p and sequence affinity h: the overlap at lag n is q same + (1 - q) independent with
/// q = p^n + (1 - p^n) h², which is linear in h².
void fit_persistence(const FitMoments& measured, const FitMoments& deviation, const TopicMoments& topics,
                     double independent, Candidate& candidate) {
  const double range = topics.same_overlap - independent;
  const double other_error = candidate.error;
  candidate.error = std::numeric_limits<double>::infinity();
  for (double p = 0; p < 0.995; p += persistence_step) {
    double xx = 0;
    double xy = 0;
    std::array<double, FitMoments::lags.size()> x = {};
    std::array<double, FitMoments::lags.size()> y = {};
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double kept = std::pow(p, static_cast<double>(FitMoments::lags[i]));
      x[i] = (1 - kept) * range / deviation.overlap[i];
      y[i] = (measured.overlap[i] - independent - kept * range) / deviation.overlap[i];
      if (std::isnan(x[i]) || std::isnan(y[i])) x[i] = y[i] = 0;
      xx += x[i] * x[i];
      xy += x[i] * y[i];
    }
    const double h2 = xx > 0 ? std::clamp(xy / xx, 0.0, 1.0) : 0;
    double error = other_error;
    for (std::size_t i = 0; i < x.size(); ++i) error += (y[i] - h2 * x[i]) * (y[i] - h2 * x[i]);
    if (error >= candidate.error) continue;
    candidate.error = error;
    candidate.correlation.persistence = p;
    candidate.correlation.sequence_affinity = std::sqrt(h2);
  }
}

}  // namespace

FitMoments moments_of(const RoutingTrace& trace) {
  FitMoments moments;
  for (std::size_t i = 0; i < FitMoments::lags.size(); ++i) moments.overlap[i] = overlap(trace, FitMoments::lags[i]);
  moments.information = layer_information(trace, pairs_of(trace.layers));
  moments.unrelated_variance = unrelated_overlap_variance(trace);
  return moments;
}

FitModel::FitModel(const ExpertSampler::Shape& shape, const std::vector<std::vector<double>>& counts) {
  Routing routing;
  routing.popularity.kind = Popularity::Kind::counts;
  routing.popularity.counts.counts = counts;
  const ExpertSampler independent(shape, routing, 1, 0);
  for (int layer = 0; layer < shape.layers; ++layer)
    for (const double pi : independent.inclusion(layer))
      independent_overlap_ += pi * pi / (shape.layers * shape.experts_per_token);
  for (const int count : counts_tried) {
    for (const double strength : strengths_tried) {
      try {
        topics_.push_back(simulate(shape, routing, count, strength));
      } catch (const std::runtime_error&) {
        break;  // too strong for this popularity, and so are those that are stronger
      }
    }
  }
  if (topics_.empty()) throw std::runtime_error("no topics can have so uneven a popularity");
}

Correlation FitModel::best(const FitMoments& measured, const FitMoments& deviation) const {
  Candidate best;
  const auto consider = [&](const TopicMoments& topics) {
    Candidate candidate;
    candidate.correlation.topics = {topics.count, topics.strength};
    candidate.correlation.layer_affinity = affinity_of(measured.information, topics);
    const double information =
        std::isnan(measured.information)
            ? 0
            : std::clamp(measured.information, topics.information.front(), topics.information.back());
    candidate.error = squared(measured.information - information, deviation.information) +
                      squared(measured.unrelated_variance - topics.unrelated_variance, deviation.unrelated_variance);
    fit_persistence(measured, deviation, topics, independent_overlap_, candidate);
    if (candidate.error < best.error) best = candidate;
  };
  for (std::size_t i = 0; i < topics_.size(); ++i) {
    consider(topics_[i]);
    if (i + 1 == topics_.size() || topics_[i + 1].count != topics_[i].count) continue;
    for (double s = topics_[i].strength + strength_step; s < topics_[i + 1].strength - 1e-9; s += strength_step)
      consider(interpolated(topics_[i], topics_[i + 1], s));
  }
  return best.correlation;
}

}  // namespace ringtail
