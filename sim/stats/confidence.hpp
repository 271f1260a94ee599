#pragma once

#include <optional>
#include <span>

namespace ringtail {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Student-t confidence interval of the mean of independent replications: mean ∓ t_{(1+level)/2, n−1} · s/√n. Nothing
/// for a single replication, which says nothing about its own spread. Throws std::invalid_argument if `replications` is
/// empty or level is outside (0, 1).
[[nodiscard]] std::optional<Interval> student_t_interval(std::span<const double> replications, double level = 0.95);

/// Welch's confidence interval of mean(b) − mean(a) for independent samples of different variances:
/// difference ∓ t_{(1+level)/2, ν} · √(s_a²/n_a + s_b²/n_b), ν by Welch and Satterthwaite (Biometrika 34 (1947) 28).
/// Nothing if either has a single value. Throws like student_t_interval.
[[nodiscard]] std::optional<Interval> welch_interval(std::span<const double> a, std::span<const double> b,
                                                     double level = 0.95);

}  // namespace ringtail
