#pragma once

#include <vector>

namespace ringtail {

/// Solves matrix · x = right for x, which it puts in the place of `right`; the matrix, n rows of n, is used up.
/// Gaussian elimination with partial pivoting. False if the matrix is singular to rounding.
bool solve_linear(std::vector<double>& matrix, std::vector<double>& right);

}  // namespace ringtail
