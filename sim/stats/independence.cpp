#include "stats/independence.hpp"

#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "stats/sample.hpp"

namespace ringtail {
namespace {

constexpr double chance_of_alike = 0.01;
constexpr std::size_t least_values = 10;
constexpr double rounding = 1e-9;

bool series_is_alike(std::span<const double> values) {
  if (values.size() < least_values) return false;
  if (std::sqrt(variance(values)) <= rounding * std::abs(mean(values))) return false;
  return is_correlated(neighbour_correlation(values), values.size(), chance_of_alike);
}

}  // namespace

double neighbour_correlation(std::span<const double> values) {
  const double squares = variance(values) * static_cast<double>(values.size() - 1);
  double steps = 0;
  for (std::size_t i = 1; i < values.size(); ++i) steps += (values[i] - values[i - 1]) * (values[i] - values[i - 1]);
  return squares > 0 ? 1 - steps / (2 * squares) : 0;
}

bool is_correlated(double correlation, std::size_t n, double chance) {
  const auto count = static_cast<double>(n);
  const double limit = boost::math::quantile(boost::math::complement(boost::math::normal{}, chance));
  return correlation > limit * std::sqrt((count - 2) / (count * count - 1));
}

bool are_alike(std::span<const std::vector<double>> groups) {
  if (groups.size() == 1) return series_is_alike(groups.front());
  const auto size = static_cast<double>(groups.front().size());
  if (size < 2) return false;
  std::vector<double> means;
  double within = 0;
  for (const std::vector<double>& group : groups) {
    means.push_back(mean(group));
    within += variance(group) / static_cast<double>(groups.size());
  }
  const double between = size * variance(means);
  if (std::sqrt(between) <= rounding * std::abs(mean(means))) return false;
  const auto count = static_cast<double>(groups.size());
  const boost::math::fisher_f ratio(count - 1, count * (size - 1));
  return between > within * boost::math::quantile(boost::math::complement(ratio, chance_of_alike));
}

}  // namespace ringtail
