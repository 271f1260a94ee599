#include "stats/mser.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/sample.hpp"

namespace ringtail {
namespace {

constexpr std::size_t group = 5;
constexpr std::size_t least_groups = 10;
constexpr double rounding = 1e-9;

std::vector<double> group_means(std::span<const double> series) {
  std::vector<double> means;
  for (std::size_t i = 0; i + group <= series.size(); i += group) means.push_back(mean(series.subspan(i, group)));
  return means;
}

/// For each number of groups dropped, the squared standard error of the mean of the others.
std::vector<double> squared_errors(std::span<const double> groups) {
  std::vector<double> errors(groups.size());
  double centre = 0;
  double squares = 0;  // Welford's sums, from the end.
  for (std::size_t n = 1; n <= groups.size(); ++n) {
    const double x = groups[groups.size() - n];
    const double before = x - centre;
    centre += before / static_cast<double>(n);
    squares += before * (x - centre);
    errors[groups.size() - n] = squares / static_cast<double>(n * n);
  }
  return errors;
}

bool is_significant(std::span<const double> groups, std::size_t dropped, double difference, double scale) {
  double squares = 0;
  for (std::size_t i = 1; i < groups.size(); ++i) squares += (groups[i] - groups[i - 1]) * (groups[i] - groups[i - 1]);
  const double spread = squares / (2 * static_cast<double>(groups.size() - 1));
  const auto first = static_cast<double>(dropped);
  const double error = std::sqrt(spread * (1 / first + 1 / (static_cast<double>(groups.size()) - first)));
  return std::abs(difference) > std::max(4 * error, rounding * scale);
}

}  // namespace

std::optional<Truncation> mser5(std::span<const double> series) {
  const std::vector<double> groups = group_means(series);
  if (groups.size() < least_groups) return std::nullopt;
  const double scale = std::abs(mean(groups));
  const std::vector<double> errors = squared_errors(groups);
  const auto end = errors.end() - static_cast<std::ptrdiff_t>(std::max(group, groups.size() / 4) - 1);
  const double least =
      *std::min_element(errors.begin(), end) + rounding * scale * rounding * scale / static_cast<double>(groups.size());
  const auto dropped = static_cast<std::size_t>(
      std::find_if(errors.begin(), end, [least](double error) { return error <= least; }) - errors.begin());
  Truncation truncation{dropped * group, 2 * dropped < groups.size(), 0, false};
  if (dropped == 0) return truncation;
  const std::span<const double> all(groups);
  const double rest = mean(all.subspan(dropped));
  truncation.shift = rest - mean(all);
  truncation.significant = is_significant(all, dropped, mean(all.first(dropped)) - rest, scale);
  return truncation;
}

}  // namespace ringtail
