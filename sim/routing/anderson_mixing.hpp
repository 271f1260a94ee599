#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ringtail {

/// Makes a fixed-point iteration x <- g(x) that converges linearly converge faster: of the last `depth` steps, those
/// combinations are followed for which g(x) - x is least in the mean square (Walker, Ni: Anderson acceleration for
/// fixed-point iterations, SIAM J. Numer. Anal. 49, 2011, section 2).
class AndersonMixing {
 public:
  explicit AndersonMixing(std::size_t depth) : depth_(depth) {}

  /// The next x after g of the last one; `step` is g(x) - x.
  [[nodiscard]] std::vector<double> next(std::span<const double> g, std::span<const double> step);

 private:
  std::size_t depth_;
  std::vector<double> last_g_;
  std::vector<double> last_step_;
  std::vector<std::vector<double>> g_changes_;     ///< From one call to the next, newest last.
  std::vector<std::vector<double>> step_changes_;  ///< At most `depth`.
};

}  // namespace ringtail
