#include "stats/confidence.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <stdexcept>

#include "stats/sample.hpp"

namespace ringtail {
namespace {

/// centre ∓ t · standard_error; of values that do not vary the centre alone, whatever the degrees of freedom.
Interval around(double centre, double standard_error, double degrees_of_freedom, double level) {
  if (standard_error == 0) return {centre, centre};
  const double t = boost::math::quantile(boost::math::students_t(degrees_of_freedom), (1 + level) / 2);
  return {centre - t * standard_error, centre + t * standard_error};
}

void check_level(double level) {
  if (level <= 0 || level >= 1 || std::isnan(level)) throw std::invalid_argument("confidence level outside (0, 1)");
}

}  // namespace

std::optional<Interval> student_t_interval(std::span<const double> replications, double level) {
  check_level(level);
  const double centre = mean(replications);
  if (replications.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(replications.size());
  return around(centre, std::sqrt(variance(replications) / n), n - 1, level);
}

std::optional<Interval> welch_interval(std::span<const double> a, std::span<const double> b, double level) {
  check_level(level);
  const double difference = mean(b) - mean(a);
  if (a.size() < 2 || b.size() < 2) return std::nullopt;
  const auto n_a = static_cast<double>(a.size());
  const auto n_b = static_cast<double>(b.size());
  const double v_a = variance(a) / n_a;
  const double v_b = variance(b) / n_b;
  const double freedom = (v_a + v_b) * (v_a + v_b) / (v_a * v_a / (n_a - 1) + v_b * v_b / (n_b - 1));
  return around(difference, std::sqrt(v_a + v_b), freedom, level);
}

}  // namespace ringtail
