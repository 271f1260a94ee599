#include "routing/routing_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "routing/fit_moments.hpp"
#include "routing/trace_statistics.hpp"

namespace ringtail {
namespace {

constexpr int samples = 100;          ///< Of a bootstrap.
constexpr int predictions = 20;       ///< Simulated traces whose mean is what a model predicts.
constexpr int most_fitted_pairs = 4;  ///< Pairs of layers: more would not say more of parameters that all share.
constexpr int most_scored_pairs = 32;
constexpr double normal_quantile = 1.96;  ///< 97.5 %

struct Halves {
  RoutingTrace fitted;
  RoutingTrace held_out;
};

/// Each sequence goes to the half that has fewer tokens so far.
Halves halves_of(const RoutingTrace& trace) {
  std::vector<std::size_t> fitted;
  std::vector<std::size_t> held_out;
  std::size_t more = 0;
  std::size_t less = 0;
  for (std::size_t s = 0; s < trace.sequences.size(); ++s) {
    (more <= less ? fitted : held_out).push_back(s);
    (more <= less ? more : less) += trace.tokens(s);
  }
  return {trace.of(fitted), trace.of(held_out)};
}

/// The only sequence, cut in the middle into two.
RoutingTrace cut_in_two(RoutingTrace trace) {
  std::vector<std::uint16_t>& first = trace.sequences.front();
  const auto middle = first.begin() + static_cast<long>(trace.tokens(0) / 2 * trace.row());
  std::vector<std::uint16_t> second(middle, first.end());
  first.erase(middle, first.end());
  trace.sequences.push_back(std::move(second));
  trace.names.push_back(trace.names.front());
  return trace;
}

/// The trace's layers of the pairs, one after the other; of a single layer that.
RoutingTrace layers_of(const RoutingTrace& trace, const LayerPairs& pairs) {
  std::vector<int> layers;
  for (const auto& [first, second] : pairs) layers.insert(layers.end(), {first, second});
  if (layers.empty()) layers.push_back(0);
  RoutingTrace part = {.layers = static_cast<int>(layers.size()),
                       .experts_per_token = trace.experts_per_token,
                       .experts = trace.experts,
                       .names = trace.names};
  for (std::size_t s = 0; s < trace.sequences.size(); ++s) {
    std::vector<std::uint16_t>& to = part.sequences.emplace_back();
    for (std::size_t t = 0; t < trace.tokens(s); ++t) {
      for (const int layer : layers) {
        const auto chosen = trace.chosen(s, t, layer);
        to.insert(to.end(), chosen.begin(), chosen.end());
      }
    }
  }
  return part;
}

/// Half a count more for each expert, so that none is impossible only because few tokens were seen.
std::vector<std::vector<double>> smoothed_counts(const RoutingTrace& trace) {
  std::vector<std::vector<double>> counts = expert_counts(trace);
  for (auto& layer : counts)
    for (double& count : layer) count += 0.5;
  return counts;
}

double deviation_of(const std::vector<double>& values) {
  double n = 0;
  double sum = 0;
  for (const double x : values)
    if (!std::isnan(x)) {
      ++n;
      sum += x;
    }
  double squares = 0;
  for (const double x : values)
    if (!std::isnan(x)) squares += (x - sum / n) * (x - sum / n);
  return std::sqrt(squares / (n - 1));
}

/// Standard deviations over samples, but at least a few per cent of the value: predictions are of other topics of the
/// same number and strength, and not exact either.
FitMoments deviations(const FitMoments& measured, const std::vector<FitMoments>& of_samples) {
  const auto one = [&](double value, double least, const auto& part) {
    std::vector<double> values;
    for (const FitMoments& sample : of_samples) values.push_back(part(sample));
    const double deviation = deviation_of(values);
    return std::isnan(deviation) ? std::abs(value) / 10 : std::max(deviation, least * std::abs(value));
  };
  FitMoments result;
  for (std::size_t i = 0; i < result.overlap.size(); ++i)
    result.overlap[i] = one(measured.overlap[i], 0.01, [&](const FitMoments& m) { return m.overlap[i]; });
  result.information = one(measured.information, 0.05, [](const FitMoments& m) { return m.information; });
  result.unrelated_variance =
      one(measured.unrelated_variance, 0.05, [](const FitMoments& m) { return m.unrelated_variance; });
  return result;
}

using Part = double (*)(const Correlation&);

struct ParameterInfo {
  const char* name;
  Part part;
  double least;  ///< An interval over most of least .. most says nothing.
  double most;
};

constexpr ParameterInfo parameter_infos[] = {
    {"topics.count", [](const Correlation& c) { return std::log2(c.topics.count); }, 1, 6},
    {"topics.strength", [](const Correlation& c) { return c.topics.strength; }, 0, 4},
    {"persistence", [](const Correlation& c) { return c.persistence; }, 0, 1},
    {"sequence_affinity", [](const Correlation& c) { return c.sequence_affinity; }, 0, 1},
    {"layer_affinity", [](const Correlation& c) { return c.layer_affinity; }, 0, 1},
};

/// Why a trace of this kind cannot say what the parameter is; empty if it might.
std::string blind_spot(const std::string& name, const RoutingTrace& whole, const FitMoments& measured) {
  if (whole.sequences.size() < 4 && (name == "sequence_affinity" || name == "topics.count"))
    return fmt::format("it takes at least 4 sequences to tell topics of sequences apart, and there are {}",
                       whole.sequences.size());
  if (name == "layer_affinity" && whole.layers < 2) return "it takes two layers, and there is one";
  if (std::isnan(measured.overlap[0]) && name != "layer_affinity" && name != "topics.count")
    return "no sequence has two tokens";
  if (std::isnan(measured.overlap[2]) && (name == "persistence" || name == "topics.strength"))
    return "it takes sequences of more than 4 tokens to see how resemblance wears off";
  return {};
}

std::vector<FittedParameter> parameters_of(const Correlation& fitted, const std::vector<Correlation>& of_samples,
                                           const RoutingTrace& whole, const FitMoments& measured) {
  std::vector<FittedParameter> parameters;
  for (const ParameterInfo& info : parameter_infos) {
    std::vector<double> values;
    for (const Correlation& sample : of_samples) values.push_back(info.part(sample));
    std::sort(values.begin(), values.end());
    const double low = values[values.size() / 40];
    const double high = values[values.size() - 1 - values.size() / 40];
    FittedParameter parameter = {info.name, info.part(fitted), low, high, blind_spot(info.name, whole, measured)};
    if (parameter.not_identified.empty() && high - low > 0.8 * (info.most - info.least))
      parameter.not_identified = "the interval is nearly all that is possible";
    if (info.name == std::string("topics.count"))
      for (double* const x : {&parameter.value, &parameter.low, &parameter.high}) *x = std::exp2(*x);
    parameters.push_back(parameter);
  }
  return parameters;
}

/// What a model or trace has of the figures that are scored.
std::vector<double> scored_figures(const RoutingTrace& trace, int ranks) {
  return {overlap(trace, 1), overlap(trace, 16),
          layer_information(trace, neighbouring_layers(trace.layers, most_scored_pairs)),
          overdispersion(trace, 64, ranks), overdispersion(trace, 256, ranks)};
}

std::vector<double> predicted_figures(const Halves& halves, const std::optional<Correlation>& correlation, int ranks) {
  const RoutingTrace& like = halves.held_out;
  const ExpertSampler::Shape shape = {like.layers, like.experts, like.experts_per_token};
  Routing routing;
  routing.popularity.kind = Popularity::Kind::counts;
  routing.popularity.counts.counts = smoothed_counts(halves.fitted);
  routing.correlation = correlation;
  const ExpertSampler sampler(shape, routing, 1, 0);
  std::vector<std::size_t> lengths;
  for (std::size_t s = 0; s < like.sequences.size(); ++s) lengths.push_back(like.tokens(s));
  std::vector<double> mean(scored_figures(like, ranks).size());
  for (std::uint32_t i = 0; i < predictions; ++i) {
    const auto first = i * static_cast<std::uint32_t>(lengths.size());
    const std::vector<double> figures = scored_figures(simulated_trace(sampler, shape, lengths, first), ranks);
    for (std::size_t f = 0; f < mean.size(); ++f) mean[f] += figures[f] / predictions;
  }
  return mean;
}

std::vector<FitScore> scores_of(const Halves& halves, const Correlation& correlation, int ranks) {
  const std::vector<double> measured = scored_figures(halves.held_out, ranks);
  const std::vector<double> fitted = predicted_figures(halves, correlation, ranks);
  const std::vector<double> independent = predicted_figures(halves, std::nullopt, ranks);
  std::vector<std::vector<double>> of_samples(measured.size());
  for (int i = 0; i < samples && halves.held_out.sequences.size() > 1; ++i) {
    const std::vector<double> figures = scored_figures(resampled(halves.held_out, i), ranks);
    for (std::size_t f = 0; f < figures.size(); ++f) of_samples[f].push_back(figures[f]);
  }
  const char* const names[] = {"overlap_lag_1", "overlap_lag_16", "layer_information", "overdispersion_64",
                               "overdispersion_256"};
  std::vector<FitScore> scores;
  for (std::size_t f = 0; f < measured.size(); ++f)
    scores.push_back({names[f], measured[f], normal_quantile * deviation_of(of_samples[f]), fitted[f], independent[f]});
  return scores;
}

/// The most ranks, up to 8, among which experts divide.
int ranks_for(int experts) {
  int ranks = std::min(8, experts);
  while (experts % ranks != 0) --ranks;
  return ranks;
}

}  // namespace

bool FitScore::is_better() const { return std::abs(fitted - measured) < std::abs(independent - measured); }

RoutingFit fit_routing(const RoutingTrace& given) {
  RoutingFit fit;
  const RoutingTrace whole = without_common_prefixes(given, fit.dropped_tokens);
  if (whole.tokens() < 4) throw std::runtime_error("fewer than 4 tokens are left without common prefixes");
  const Halves halves = halves_of(whole.sequences.size() == 1 ? cut_in_two(whole) : whole);
  fit.fitted_sequences = halves.fitted.sequences.size();
  fit.fitted_tokens = halves.fitted.tokens();
  fit.held_out_sequences = halves.held_out.sequences.size();
  fit.held_out_tokens = halves.held_out.tokens();
  fit.ranks = ranks_for(whole.experts);
  fit.counts = expert_counts(whole);

  const RoutingTrace part = layers_of(halves.fitted, neighbouring_layers(whole.layers, most_fitted_pairs));
  const FitMoments measured = moments_of(part);
  std::vector<FitMoments> of_samples;
  for (int i = 0; i < samples; ++i) of_samples.push_back(moments_of(resampled(part, i)));
  const FitMoments deviation = deviations(measured, of_samples);
  const FitModel model({part.layers, part.experts, part.experts_per_token}, smoothed_counts(part));
  fit.correlation = model.best(measured, deviation);
  std::vector<Correlation> refitted;
  for (const FitMoments& sample : of_samples) refitted.push_back(model.best(sample, deviation));
  fit.parameters = parameters_of(fit.correlation, refitted, whole, measured);
  fit.scores = scores_of(halves, fit.correlation, fit.ranks);
  return fit;
}

}  // namespace ringtail
