#include "stats/batch_means.hpp"

#include <vector>

#include "stats/independence.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

constexpr std::size_t batches = 20;
constexpr std::size_t least_batch = 5;
constexpr double chance_of_correlated = 0.05;

}  // namespace

std::optional<BatchMeans> batch_means(std::span<const double> series, double level) {
  const std::size_t size = series.size() / batches;
  if (size < least_batch) return std::nullopt;
  const auto whole = series.last(size * batches);
  std::vector<double> means;
  for (std::size_t i = 0; i < batches; ++i) means.push_back(mean(whole.subspan(i * size, size)));
  BatchMeans result{batches, size, neighbour_correlation(means), false, student_t_interval(means, level).value()};
  result.correlated = is_correlated(result.lag1, batches, chance_of_correlated);
  const double offset = mean(series) - mean(means);
  result.interval = {result.interval.low + offset, result.interval.high + offset};
  return result;
}

}  // namespace ringtail
