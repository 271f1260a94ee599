#pragma once

#include <vector>

namespace ringtail {

/// The divisors of n >= 1, ascending.
[[nodiscard]] inline std::vector<int> divisors_of(int n) {
  std::vector<int> divisors;
  for (int i = 1; i <= n; ++i)
    if (n % i == 0) divisors.push_back(i);
  return divisors;
}

}  // namespace ringtail
