#include "stats/stopping.hpp"

#include <cmath>
#include <stdexcept>

#include "stats/confidence.hpp"
#include "stats/sample.hpp"

namespace ringtail {

std::optional<double> relative_half_width(std::span<const double> replications) {
  const auto interval = student_t_interval(replications);
  const double centre = mean(replications);
  if (!interval || centre == 0) return std::nullopt;
  return (interval->high - interval->low) / 2 / std::abs(centre);
}

std::optional<std::size_t> replications_needed(std::span<const double> replications, std::size_t least,
                                               double precision) {
  if (least < 2) throw std::invalid_argument("sequential stopping needs two replications or more");
  for (std::size_t n = least; n <= replications.size(); ++n) {
    const auto half_width = relative_half_width(replications.first(n));
    if (half_width && *half_width <= precision) return n;
  }
  return std::nullopt;
}

}  // namespace ringtail
