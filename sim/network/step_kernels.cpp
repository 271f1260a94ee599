#include "network/step_kernels.hpp"

#include <array>
#include <cstring>
#include <limits>

// Vectors wider than the baseline's registers are passed between inlined functions only.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace ringtail::kernels {
namespace {

#define RINGTAIL_INLINE __attribute__((always_inline)) inline

constexpr float infinity = std::numeric_limits<float>::infinity();

/// A port's level is good when it moves its budget to within this part; the next step makes good what is missing.
constexpr float enough = 1e-2F;

/// Newton steps for one egress level; two are usual.
constexpr int most_evaluations = 16;

/// Registers of SSE2, which every x86-64 has, and of AVX2.
using Narrow [[gnu::vector_size(16)]] = float;
using Wide [[gnu::vector_size(32)]] = float;

template <class Vec>
struct Lanes {
  static constexpr std::size_t width = sizeof(Vec) / sizeof(float);
  static constexpr std::size_t count = float_lanes / width;
  std::array<Vec, count> part{};
};

template <class Vec>
RINGTAIL_INLINE Vec load(const float* from) {
  Vec v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <class Vec>
RINGTAIL_INLINE void store(float* to, const Vec& v) {
  std::memcpy(to, &v, sizeof v);
}

template <class Vec>
RINGTAIL_INLINE void add(float* to, const Vec& v) {
  store(to, load<Vec>(to) + v);
}

template <class Vec>
RINGTAIL_INLINE Vec lower(const Vec& a, const Vec& b) {
  return a < b ? a : b;
}

template <class Vec>
RINGTAIL_INLINE Vec higher(const Vec& a, const Vec& b) {
  return a > b ? a : b;
}

/// 1 where a > b, else 0.
template <class Vec>
RINGTAIL_INLINE Vec is_above(const Vec& a, const Vec& b) {
  return a > b ? Vec{} + 1.0F : Vec{};
}

/// Lane l is added to lane l + 8, the sum to that of l + 4, and so on, whatever the registers.
template <class Vec>
RINGTAIL_INLINE float total(Lanes<Vec>& lanes) {
  for (std::size_t half = Lanes<Vec>::count / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) lanes.part[l] += lanes.part[l + half];
  std::array<float, Lanes<Vec>::width> sum;
  std::memcpy(sum.data(), lanes.part.data(), sizeof sum);
  for (std::size_t half = sum.size() / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) sum[l] += sum[l + half];
  return sum[0];
}

struct Filling {
  float moved = 0;
  float above = 0;
};

template <class Vec>
RINGTAIL_INLINE Filling fill(const StepRow* rows, std::size_t count, std::size_t width, float level) {
  Lanes<Vec> moved;
  Lanes<Vec> above;
  const Vec limit = Vec{} + level;
  for (std::size_t r = 0; r < count; ++r) {
    const float* left = rows[r].left;
    const float* other = rows[r].limit;
    for (std::size_t j = 0; j < width; j += float_lanes) {
      for (std::size_t l = 0; l < Lanes<Vec>::count; ++l) {
        const std::size_t at = j + l * Lanes<Vec>::width;
        const Vec most = lower(load<Vec>(left + at), load<Vec>(other + at));
        moved.part[l] += lower(most, limit);
        above.part[l] += is_above(most, limit);
      }
    }
  }
  return {total(moved), total(above)};
}

/// Newton's method for the level at which min(level, ...) over a port's flows sums to its budget: the sum is concave
/// and piecewise linear in the level, its slope the number of flows that the level limits. From the left the root is
/// never passed; from the right one step leads to the left. Where the slope is 0 no tangent helps: the next guess is
/// `restart`, or an equal share if that is more.
RINGTAIL_INLINE float next_level(const Port& port, const Filling& at, float restart) {
  const float least = port.budget / port.flows;
  if (at.above == 0) return at.moved <= port.budget ? infinity : restart > least ? restart : least;
  const float next = port.level + (port.budget - at.moved) / at.above;
  return next > least ? next : least;
}

RINGTAIL_INLINE bool is_good(const Port& port, float moved) {
  const float error = moved - port.budget;
  return error <= enough * port.budget && (error >= -enough * port.budget || port.level == infinity);
}

template <class Vec>
RINGTAIL_INLINE float fill_egress_with(const StepRow* rows, std::size_t count, std::size_t width, Port port) {
  for (int i = 0; i < most_evaluations; ++i) {
    const Filling at = fill<Vec>(rows, count, width, port.level);
    if (is_good(port, at.moved)) break;
    port.level = next_level(port, at, 0);
    if (port.level == infinity) break;
  }
  const Vec limit = Vec{} + port.level;
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t j = 0; j < width; j += Lanes<Vec>::width) {
      const Vec most = lower(load<Vec>(rows[r].left + j), limit);
      const Vec other = load<Vec>(rows[r].limit + j);
      const Vec move = lower(most, other);
      add(rows[r].passed.moved + j, move);
      store(rows[r].passed.most + j, higher(move, load<Vec>(rows[r].passed.most + j)));
      add(rows[r].passed.above + j, is_above(most, other));
    }
  }
  return port.level;
}

template <class Vec>
RINGTAIL_INLINE float move_row_with(const StepRow& row, std::size_t width, float egress) {
  Lanes<Vec> moved;
  Lanes<Vec> flows;
  Lanes<Vec> bytes;
  const Vec limit = Vec{} + egress;
  for (std::size_t j = 0; j < width; j += float_lanes) {
    for (std::size_t l = 0; l < Lanes<Vec>::count; ++l) {
      const std::size_t at = j + l * Lanes<Vec>::width;
      const Vec left = load<Vec>(row.left + at);
      const Vec move = lower(lower(left, limit), load<Vec>(row.limit + at));
      const Vec next = left - move;
      const Vec flow = is_above(next, Vec{});
      store(row.next + at, next);
      add(row.passed.moved + at, move);
      add(row.columns.flows + at, flow);
      add(row.columns.bytes + at, next);
      moved.part[l] += move;
      flows.part[l] += flow;
      bytes.part[l] += next;
    }
  }
  *row.rest = {total(flows), total(bytes)};
  return total(moved);
}

#if defined(__x86_64__)
#define RINGTAIL_WIDE __attribute__((target("avx2")))

RINGTAIL_WIDE float fill_egress_wide(const StepRow* rows, std::size_t count, std::size_t width, const Port& port) {
  return fill_egress_with<Wide>(rows, count, width, port);
}

RINGTAIL_WIDE float move_row_wide(const StepRow& row, std::size_t width, float egress) {
  return move_row_with<Wide>(row, width, egress);
}

const bool has_wide = __builtin_cpu_supports("avx2") != 0;
#endif

}  // namespace

float fill_egress(const StepRow* rows, std::size_t count, std::size_t width, Port port) {
#if defined(__x86_64__)
  if (has_wide) return fill_egress_wide(rows, count, width, port);
#endif
  return fill_egress_with<Narrow>(rows, count, width, port);
}

float move_row(const StepRow& row, std::size_t width, float egress) {
#if defined(__x86_64__)
  if (has_wide) return move_row_wide(row, width, egress);
#endif
  return move_row_with<Narrow>(row, width, egress);
}

bool correct_levels(std::size_t width, float* level, const float* budget, const float* flows, const Passed& passed) {
  bool all_good = true;
  for (std::size_t j = 0; j < width; ++j)
    all_good = all_good && is_good({level[j], budget[j], flows[j]}, passed.moved[j]);
  if (all_good) return true;
  for (std::size_t j = 0; j < width; ++j) {
    if (flows[j] == 0) continue;
    // The sum is 0 at level 0, `moved` at `most`, and concave: the chord between the two meets the budget right of the
    // root. Starting far to the left instead, at an equal share, takes from others what they then swing back to.
    const float chord = passed.most[j] * budget[j] / passed.moved[j];
    level[j] = next_level({level[j], budget[j], flows[j]}, {passed.moved[j], passed.above[j]}, chord);
  }
  return false;
}

}  // namespace ringtail::kernels
