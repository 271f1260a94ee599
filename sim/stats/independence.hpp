#pragma once

#include <span>
#include <vector>

namespace ringtail {

/// Whether values within groups resemble each other more than 1 in 100 of independent, normal ones would: because they
/// follow each other, or because the groups differ. Of two groups or more by analysis of variance (F test of the means'
/// variance times their size against the mean variance within groups), of a single one by von Neumann's statistic
/// (stats/batch_means.hpp). Groups are of equal size; false if that is below 2, or of a single one below 10, and if the
/// values differ by less than 1e-9 of their mean, which is rounding.
[[nodiscard]] bool are_alike(std::span<const std::vector<double>> groups);

/// von Neumann's statistic, about the correlation of neighbours: 1 − Σ(x_i − x_{i+1})² / (2 Σ(x_i − mean)²). 0 of
/// values that do not vary. Throws std::invalid_argument for fewer than two values.
[[nodiscard]] double neighbour_correlation(std::span<const double> values);

/// Whether that of n independent normal values would be as large with probability `chance` or less: their mean is 0,
/// their variance (n − 2)/(n² − 1), and from n = 10 on they are nearly normal.
[[nodiscard]] bool is_correlated(double correlation, std::size_t n, double chance);

}  // namespace ringtail
