#include <fmt/format.h>

#include "base/count_text.hpp"
#include "results/figures.hpp"
#include "results/text.hpp"

namespace ringtail {
namespace {

/// As a shell reads it: in quotes if it would take it apart.
std::string argument(const std::string& set) {
  const bool is_plain = set.find_first_of(" {}*?$&|;<>()") == std::string::npos;
  return is_plain ? "--set " + set : "--set '" + set + "'";
}

std::string change_text(std::size_t number, const AdvisedChange& advised, const Result& base) {
  std::string text = fmt::format("  {}. {} ({})\n     throughput ", number, advised.change.text, name_of(advised.kind));
  if (advised.gain)
    text += fmt::format("{:+.1f} % [{:+.1f} %, {:+.1f} %], ", 100 * advised.gain->mean, 100 * advised.gain->ci95.low,
                        100 * advised.gain->ci95.high);
  text += fmt::format("{} tokens/s per GPU; TPOT {}", rate_text(advised.tokens_per_s_per_gpu), time_text(advised.tpot));
  if (base.feasible()) text += fmt::format(", now {}", time_text(base.measurement->step.tpot));
  text += "\n    ";
  for (const std::string& set : advised.change.set) text += " " + argument(set);
  return text + "\n";
}

}  // namespace

std::string to_text(const Advice& advice, const Result& base) {
  std::string text = fmt::format("\nAdvice ({} simulated, {} dropped as not possible)\n",
                                 count_text(advice.tried, "change"), advice.dropped);
  if (advice.changes.empty())
    return text + (base.feasible() ? "  no change found that helps more than the uncertainty\n"
                                   : "  no change found that makes the deployment feasible\n");
  if (!base.feasible()) text += "  with one of these changes the deployment is feasible\n";
  for (std::size_t i = 0; i < advice.changes.size(); ++i) text += change_text(i + 1, advice.changes[i], base);
  if (base.feasible())
    text += fmt::format("  Gains with their 95 % confidence, over {} replications that share their random numbers.\n",
                        base.deployment.run.replications);
  return text;
}

}  // namespace ringtail
