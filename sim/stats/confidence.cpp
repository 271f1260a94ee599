#include "stats/confidence.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <stdexcept>

#include "stats/sample.hpp"

namespace ringtail {

std::optional<Interval> student_t_interval(std::span<const double> replications, double level) {
  if (level <= 0 || level >= 1 || std::isnan(level)) throw std::invalid_argument("confidence level outside (0, 1)");
  const double centre = mean(replications);
  if (replications.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(replications.size());
  const double t = boost::math::quantile(boost::math::students_t(n - 1), (1 + level) / 2);
  const double half_width = t * std::sqrt(variance(replications) / n);
  return Interval{centre - half_width, centre + half_width};
}

}  // namespace ringtail
