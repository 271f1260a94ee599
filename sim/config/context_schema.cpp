#include <fmt/format.h>

#include "config/schema.hpp"

/// The part of the field table that says how long sequences are.
namespace ringtail {

namespace {

/// [low, high]
Format<TokenRange> range_format(const Format<int>& tokens) {
  const Format<std::vector<int>> both = list(tokens);
  Format<TokenRange> format;
  format.info = both.info;
  format.read = [both](const Node& node, Diagnostics& diagnostics) -> std::optional<TokenRange> {
    const auto values = both.read(node, diagnostics);
    if (!values || !diagnostics.sound(node.path)) return std::nullopt;
    if (values->size() == 2 && values->front() <= values->back()) return TokenRange{values->front(), values->back()};
    diagnostics.error(node,
                      values->size() == 2 ? fmt::format("{}: the shortest length, {}, is above the longest, {}",
                                                        node.path, values->front(), values->back())
                                          : fmt::format("{} must be two numbers of tokens", node.path),
                      "write the shortest and the longest length: [1k, 8k]");
    return std::nullopt;
  };
  format.write = [both](const TokenRange& range) { return both.write({range.low, range.high}); };
  return format;
}

}  // namespace

Format<ContextLengths> context_format() {
  using C = ContextLengths;
  using Kind = C::Kind;
  const auto tokens = count(unit::tokens(), between(1, longest_context));
  const auto lognormal = mapping<LognormalLengths>({
      optional("median", &LognormalLengths::median, tokens, "Median of the lengths; it or the mean is given."),
      optional("mean", &LognormalLengths::mean, tokens, "Mean of the lengths, after max."),
      required("sigma", &LognormalLengths::sigma, number(between(0, 5)), "Standard deviation of their logarithm."),
      optional("max", &LognormalLengths::max, tokens, "Longer ones are cut to it."),
  });
  const auto column = [](const std::string& key, std::string RequestTrace::*member, const std::string& help) {
    auto field = defaulted(key, member, text(), help);
    field.info.default_value = {};  // it is not to be set without a file
    return field;
  };
  const auto trace = mapping<RequestTrace>({
      required(
          "file", &RequestTrace::file, label(),
          "CSV of requests with a column of input and one of output lengths; relative to the deployment's folder."),
      column("input", &RequestTrace::input, "Name of the column of input tokens; known ones are found without."),
      column("output", &RequestTrace::output, "Name of the column of output tokens."),
  });
  return plain_or(
      Kind::fixed, &C::fixed, tokens,
      one_of<C>({
          keyed(Kind::uniform, required("uniform", &C::uniform, range_format(tokens),
                                        "From the first to the second, each with equal chances.")),
          keyed(Kind::lognormal,
                required("lognormal", &C::lognormal, lognormal, "Lengths whose logarithm is normally distributed.")),
          keyed(Kind::trace, required("trace", &C::trace, trace,
                                      "Requests of a trace, as they are found in a batch: in proportion to their "
                                      "output, with any part of it generated.")),
      }));
}

}  // namespace ringtail
