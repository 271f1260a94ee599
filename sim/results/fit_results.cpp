#include "results/fit_results.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/count_text.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

/// JSON has no NaN.
Json number(double x) { return std::isnan(x) ? Json() : Json(x); }

std::string score_text(const FitScore& score) {
  if (!score.is_known()) return fmt::format("{:<20} too few tokens held out\n", score.name);
  const std::string interval = std::isnan(score.half_width) ? "" : fmt::format("+- {:.3f}", score.half_width);
  return fmt::format("{:<20} {:>8.3f} {:<9} {:>8.3f} {:>12.3f}   {}\n", score.name, score.measured, interval,
                     score.fitted, score.independent,
                     score.is_better() ? "nearer than independent" : "NOT nearer than independent");
}

/// A key of the YAML with what is known of it.
std::string yaml_line(const FittedParameter& parameter, const std::string& indent) {
  const std::string key = parameter.name.substr(parameter.name.find('.') + 1);
  const std::string why = parameter.not_identified.empty()
                              ? fmt::format("95 %: {:.3g} to {:.3g}", parameter.low, parameter.high)
                              : "assumed, the trace does not say: " + parameter.not_identified;
  return fmt::format("{}{}: {:.3g}  # {}\n", indent, key, parameter.value, why);
}

}  // namespace

std::string to_text(const RoutingFit& fit) {
  std::string text = fmt::format(
      "Fitted to {}, {}; scored on {}, {}; {} of common prefixes dropped.\n\n"
      "parameter               value   95 % interval\n",
      count_text(fit.fitted_sequences, "sequence"), count_text(fit.fitted_tokens, "token"),
      count_text(fit.held_out_sequences, "sequence"), count_text(fit.held_out_tokens, "token"),
      count_text(fit.dropped_tokens, "token"));
  for (const FittedParameter& p : fit.parameters)
    text += p.not_identified.empty()
                ? fmt::format("{:<20} {:>8.3g}   {:.3g} to {:.3g}\n", p.name, p.value, p.low, p.high)
                : fmt::format("{:<20} not identified: {}\n", p.name, p.not_identified);
  text += "\nheld out             measured           fitted  independent\n";
  for (const FitScore& score : fit.scores) text += score_text(score);
  text += fmt::format("(overdispersion of copies per rank: {} contiguous ranks, windows of 64 and 256 tokens)\n",
                      fit.ranks);
  return text;
}

std::string to_json(const RoutingFit& fit) {
  Json json = {{"schema_version", 1},
               {"dropped_tokens", fit.dropped_tokens},
               {"fitted", {{"sequences", fit.fitted_sequences}, {"tokens", fit.fitted_tokens}}},
               {"held_out", {{"sequences", fit.held_out_sequences}, {"tokens", fit.held_out_tokens}}},
               {"ranks", fit.ranks}};
  for (const FittedParameter& p : fit.parameters)
    json["parameters"][p.name] =
        p.not_identified.empty()
            ? Json{{"value", number(p.value)}, {"ci95", {number(p.low), number(p.high)}}}
            : Json{{"value", nullptr}, {"not_identified", p.not_identified}, {"assumed", number(p.value)}};
  for (const FitScore& s : fit.scores)
    json["scores"][s.name] = s.is_known() ? Json{{"measured", s.measured},
                                                 {"ci95_half_width", number(s.half_width)},
                                                 {"fitted", s.fitted},
                                                 {"independent", s.independent},
                                                 {"fitted_is_nearer", s.is_better()}}
                                          : Json();
  return json.dump(2) + "\n";
}

std::string fitted_yaml(const RoutingFit& fit, const std::string& source, const std::string& counts_file) {
  std::string text = fmt::format("# Fitted by ringtail routing fit to {}.\nrouting:\n", source);
  text += fmt::format("  popularity: {{counts: {{file: '{}'}}}}\n  correlation:\n    topics:\n", counts_file);
  for (const FittedParameter& p : fit.parameters)
    text += yaml_line(p, p.name.starts_with("topics.") ? "      " : "    ");
  return text;
}

std::string fitted_counts_csv(const RoutingFit& fit, const std::string& source) {
  std::string text = fmt::format("# Counts of {}, without common prefixes.\nlayer", source);
  for (std::size_t e = 0; e < fit.counts.front().size(); ++e) text += fmt::format(",c{}", e);
  text += "\n";
  for (std::size_t layer = 0; layer < fit.counts.size(); ++layer)
    text += fmt::format("{},{}\n", layer, fmt::join(fit.counts[layer], ","));
  return text;
}

}  // namespace ringtail
