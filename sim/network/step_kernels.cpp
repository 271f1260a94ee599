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

/// Registers of SSE2, which every x86-64 has, of AVX2, and of AVX-512.
using Narrow [[gnu::vector_size(16)]] = float;
using Wide [[gnu::vector_size(32)]] = float;
using Widest [[gnu::vector_size(64)]] = float;

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

/// The two halves of a register, down to four lanes, combined lane by lane; then the four.
template <class Vec, class Combine>
RINGTAIL_INLINE float fold(const Vec& v, Combine combine) {
  if constexpr (sizeof(Vec) == sizeof(Narrow)) {
    return combine(combine(v[0], v[2]), combine(v[1], v[3]));
  } else {
    using Half [[gnu::vector_size(sizeof(Vec) / 2)]] = float;
    Half low;
    Half high;
    std::memcpy(&low, &v, sizeof low);
    std::memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof low, sizeof high);
    return fold(combine(low, high), combine);
  }
}

/// Lane l is combined with lane l + 8, the result with that of l + 4, and so on, whatever the registers.
template <class Vec, class Combine>
RINGTAIL_INLINE float fold(const Lanes<Vec>& lanes, Combine combine) {
  Lanes<Vec> sum = lanes;
  for (std::size_t half = Lanes<Vec>::count / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) sum.part[l] = combine(sum.part[l], sum.part[l + half]);
  return fold(sum.part[0], combine);
}

struct Sum {
  template <class V>
  RINGTAIL_INLINE V operator()(const V& a, const V& b) const {
    return a + b;
  }
};

struct Highest {
  template <class V>
  RINGTAIL_INLINE V operator()(const V& a, const V& b) const {
    return higher(a, b);
  }
};

struct Filling {
  float moved = 0;
  float above = 0;
};

template <class Vec>
RINGTAIL_INLINE Filling fill(const StepRow* rows, std::size_t count, float level) {
  Lanes<Vec> moved;
  Lanes<Vec> above;
  const Vec limit = Vec{} + level;
  for (std::size_t r = 0; r < count; ++r) {
    const float* left = rows[r].left;
    const float* other = rows[r].limit;
    const std::size_t width = rows[r].width;
    for (std::size_t j = 0; j < width; j += float_lanes) {
      for (std::size_t l = 0; l < Lanes<Vec>::count; ++l) {
        const std::size_t at = j + l * Lanes<Vec>::width;
        const Vec most = lower(load<Vec>(left + at), load<Vec>(other + at));
        moved.part[l] += lower(most, limit);
        above.part[l] += is_above(most, limit);
      }
    }
  }
  return {fold(moved, Sum()), fold(above, Sum())};
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
RINGTAIL_INLINE void pass(const StepRow& row, float level) {
  const Vec limit = Vec{} + level;
  const float* left = row.left;
  const float* others = row.limit;
  const Passed passed = row.passed;
  const std::size_t width = row.width;
  for (std::size_t j = 0; j < width; j += Lanes<Vec>::width) {
    const Vec most = lower(load<Vec>(left + j), limit);
    const Vec other = load<Vec>(others + j);
    const Vec move = lower(most, other);
    add(passed.moved + j, move);
    store(passed.most + j, higher(move, load<Vec>(passed.most + j)));
    add(passed.above + j, is_above(most, other));
  }
}

template <class Vec>
RINGTAIL_INLINE float fill_egress_with(const StepRow* rows, std::size_t count, Port port) {
  for (int i = 0; i < most_evaluations; ++i) {
    const Filling at = fill<Vec>(rows, count, port.level);
    if (is_good(port, at.moved)) break;
    port.level = next_level(port, at, 0);
    if (port.level == infinity) break;
  }
  for (std::size_t r = 0; r < count; ++r) pass<Vec>(rows[r], port.level);
  return port.level;
}

template <class Vec>
RINGTAIL_INLINE float move_row_with(const StepRow& row, float egress) {
  Lanes<Vec> moved;
  Lanes<Vec> flows;
  Lanes<Vec> bytes;
  Lanes<Vec> steps;
  const Vec limit = Vec{} + egress;
  const float* left_of = row.left;
  const float* others = row.limit;
  float* next_of = row.next;
  float* passed = row.passed.moved;
  const Columns columns = row.columns;
  const std::size_t width = row.width;
  for (std::size_t j = 0; j < width; j += float_lanes) {
    for (std::size_t l = 0; l < Lanes<Vec>::count; ++l) {
      const std::size_t at = j + l * Lanes<Vec>::width;
      const Vec left = load<Vec>(left_of + at);
      const Vec move = lower(lower(left, limit), load<Vec>(others + at));
      const Vec next = left - move;
      const Vec flow = is_above(next, Vec{});
      store(next_of + at, next);
      add(passed + at, move);
      add(columns.flows + at, flow);
      add(columns.bytes + at, next);
      moved.part[l] += move;
      flows.part[l] += flow;
      bytes.part[l] += next;
      steps.part[l] = higher(next / move, steps.part[l]);  // 0/0 of no flow is not higher than anything.
    }
  }
  *row.rest = {fold(flows, Sum()), fold(bytes, Sum()), fold(steps, Highest())};
  return fold(moved, Sum());
}

#define RINGTAIL_ROW_KERNELS(NAME, VEC, TARGET)                                                                \
  struct NAME {                                                                                                \
    TARGET static float fill_egress(const StepRow* rows, std::size_t count, Port port) {                       \
      return fill_egress_with<VEC>(rows, count, port);                                                         \
    }                                                                                                          \
    TARGET static float move_row(const StepRow& row, float egress) { return move_row_with<VEC>(row, egress); } \
  };

RINGTAIL_ROW_KERNELS(Baseline, Narrow, )
#if defined(__x86_64__)
RINGTAIL_ROW_KERNELS(Avx2, Wide, __attribute__((target("avx2"))))
RINGTAIL_ROW_KERNELS(Avx512, Widest, __attribute__((target("avx512f"))))
#endif

constexpr std::array known_kernels {
  RowKernels{Baseline::fill_egress, Baseline::move_row},
#if defined(__x86_64__)
      RowKernels{Avx2::fill_egress, Avx2::move_row}, RowKernels{Avx512::fill_egress, Avx512::move_row},
#endif
};

std::size_t count_supported() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return 3;
  if (__builtin_cpu_supports("avx2")) return 2;
#endif
  return 1;
}

}  // namespace

std::span<const RowKernels> row_kernels() {
  static const std::size_t count = count_supported();
  return {known_kernels.data(), count};
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
