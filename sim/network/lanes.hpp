#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace ringtail {

/// Loops over doubles run in this fixed number of lanes: the compiler makes vectors of them, and sums have the same
/// bits however wide the machine's vectors are. Arrays are filled up to whole lanes.
inline constexpr std::size_t lanes = 8;

inline std::size_t whole_lanes(std::size_t n) { return (n + lanes - 1) / lanes * lanes; }

/// Sum of the products of `n` pairs; n is a multiple of `lanes`.
inline double dot(const double* a, const double* b, std::size_t n) {
  std::array<double, lanes> sum{};
  for (std::size_t k = 0; k < n; k += lanes)
    for (std::size_t l = 0; l < lanes; ++l) sum[l] += a[k + l] * b[k + l];
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) sum[l] += sum[l + half];
  return sum[0];
}

/// The least of `n` > 0 values; n is a multiple of `lanes`.
inline double least(const double* values, std::size_t n) {
  std::array<double, lanes> low{};
  std::copy_n(values, lanes, low.begin());
  for (std::size_t k = lanes; k < n; k += lanes)
    for (std::size_t l = 0; l < lanes; ++l) low[l] = values[k + l] < low[l] ? values[k + l] : low[l];
  return *std::min_element(low.begin(), low.end());
}

}  // namespace ringtail
