#include "network/linear_system.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace ringtail {
namespace {

std::size_t pivot_of(const std::vector<double>& matrix, std::size_t n, std::size_t column) {
  std::size_t pivot = column;
  for (std::size_t i = column + 1; i < n; ++i)
    if (std::abs(matrix[i * n + column]) > std::abs(matrix[pivot * n + column])) pivot = i;
  return pivot;
}

}  // namespace

bool solve_linear(std::vector<double>& matrix, std::vector<double>& right) {
  constexpr double singular = 1e-13;
  const std::size_t n = right.size();
  const auto row = [&](std::size_t i) { return matrix.data() + i * n; };
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t pivot = pivot_of(matrix, n, k);
    if (std::abs(row(pivot)[k]) < singular) return false;
    if (pivot != k) {
      std::swap_ranges(row(k) + k, row(k) + n, row(pivot) + k);
      std::swap(right[k], right[pivot]);
    }
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = row(i)[k] / row(k)[k];
      if (factor == 0) continue;
      for (std::size_t j = k + 1; j < n; ++j) row(i)[j] -= factor * row(k)[j];
      right[i] -= factor * right[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) right[k] -= row(k)[j] * right[j];
    right[k] /= row(k)[k];
  }
  return true;
}

}  // namespace ringtail
