#include "qs/break_even.hpp"

#include <algorithm>
#include <cmath>

namespace ringtail {
namespace {

bool is_definite(const Trial& trial) { return trial.winner == Winner::moe || trial.winner == Winner::dense; }

/// Counts changes between definite trials, which are in order of place; the first one is the bracket.
void find_changes(BreakEven& result) {
  const Trial* last = nullptr;
  for (const Trial& trial : result.trials) {
    if (!is_definite(trial)) continue;
    if (last && last->winner != trial.winner && result.changes++ == 0) result.bracket = Bracket{*last, trial};
    last = &trial;
  }
}

}  // namespace

double Bracket::middle() const { return std::sqrt(low.at * high.at); }

double Bracket::accuracy() const { return std::sqrt(high.at / low.at) - 1; }

std::vector<double> geometric_grid(double low, double high, double factor) {
  std::vector<double> grid;
  // The last interval is between factor^0.5 and factor^1.5 wide.
  for (double at = low; at * std::sqrt(factor) < high; at *= factor) grid.push_back(at);
  grid.push_back(std::max(low, high));
  return grid;
}

BreakEven find_break_even(const std::function<Winner(double)>& winner_at, const std::vector<double>& grid,
                          double accuracy, bool is_whole) {
  BreakEven result;
  const auto try_at = [&](double at) -> Trial& { return result.trials.emplace_back(at, winner_at(at)); };
  for (const double at : grid) try_at(at);
  find_changes(result);
  while (result.bracket && result.bracket->accuracy() > accuracy) {
    Bracket& bracket = *result.bracket;
    const double middle = is_whole ? std::round(bracket.middle()) : bracket.middle();
    if (middle <= bracket.low.at || middle >= bracket.high.at) break;
    const auto known = std::find_if(result.trials.begin(), result.trials.end(),
                                    [&](const Trial& trial) { return trial.at == middle; });
    const Trial trial = known == result.trials.end() ? try_at(middle) : *known;
    result.is_noise_bound = !is_definite(trial);
    if (result.is_noise_bound) break;
    (trial.winner == bracket.low.winner ? bracket.low : bracket.high) = trial;
  }
  std::sort(result.trials.begin(), result.trials.end(), [](const Trial& a, const Trial& b) { return a.at < b.at; });
  return result;
}

}  // namespace ringtail
