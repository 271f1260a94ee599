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

struct Port {
  float level = 0;
  float budget = 0;
  float flows = 0;
};

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
/// never passed; from the right one step leads to the left. Where the slope is 0 no tangent helps: the next guess is an
/// equal share.
RINGTAIL_INLINE float next_level(const Port& port, const Filling& at) {
  const float least = port.budget / port.flows;
  if (at.above == 0) return at.moved <= port.budget ? infinity : least;
  const float next = port.level + (port.budget - at.moved) / at.above;
  return next > least ? next : least;
}

RINGTAIL_INLINE bool is_good(const Port& port, float moved) {
  const float error = moved - port.budget;
  const float allowed = enough * port.budget;
  return (error <= allowed) & ((error >= -allowed) | (port.level == infinity));
}

/// Adds what a row moves at this egress level to its `passed`, and to `sum` if there is one.
template <class Vec>
RINGTAIL_INLINE void pass(const StepRow& row, float level, Lanes<Vec>* sum = nullptr) {
  const Vec limit = Vec{} + level;
  const float* left = row.left;
  const float* others = row.limit;
  const Passed passed = row.passed;
  const std::size_t width = row.width;
  for (std::size_t j = 0; j < width; j += float_lanes) {
    for (std::size_t l = 0; l < Lanes<Vec>::count; ++l) {
      const std::size_t at = j + l * Lanes<Vec>::width;
      const Vec most = lower(load<Vec>(left + at), limit);
      const Vec other = load<Vec>(others + at);
      const Vec move = lower(most, other);
      add(passed.moved + at, move);
      store(passed.most + at, higher(move, load<Vec>(passed.most + at)));
      add(passed.above + at, is_above(most, other));
      if (sum) sum->part[l] += move;
    }
  }
}

template <class Vec>
RINGTAIL_INLINE float level_of(const StepRow* rows, std::size_t count, Port port) {
  for (int i = 0; i < most_evaluations; ++i) {
    const Filling at = fill<Vec>(rows, count, port.level);
    if (is_good(port, at.moved)) break;
    port.level = next_level(port, at);
    if (port.level == infinity) break;
  }
  return port.level;
}

/// A slack port is likely to stay so: its rows pass at once, and only if that is too much is its level found, for the
/// next pass.
template <class Vec>
RINGTAIL_INLINE bool pass_slack(const StepRow* rows, std::size_t count, Port port, float& level) {
  Lanes<Vec> sum;
  for (std::size_t r = 0; r < count; ++r) pass<Vec>(rows[r], infinity, &sum);
  if (is_good(port, fold(sum, Sum()))) return true;
  level = port.budget / port.flows;
  return false;
}

template <class Vec>
RINGTAIL_INLINE bool fill_rows_with(const StepRow* rows, std::size_t count, const Ports& ports) {
  bool all_good = true;
  for (std::size_t first = 0, last = 0; first < count; first = last) {
    const std::size_t i = rows[first].egress;
    for (last = first + 1; last < count && rows[last].egress == i; ++last) {
    }
    const Port port{ports.level[i], ports.budget[i], ports.flows[i]};
    if (port.level == infinity) {
      all_good = pass_slack<Vec>(rows + first, last - first, port, ports.level[i]) && all_good;
      continue;
    }
    ports.level[i] = level_of<Vec>(rows + first, last - first, port);
    for (std::size_t r = first; r < last; ++r) pass<Vec>(rows[r], ports.level[i]);
  }
  return all_good;
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

#define RINGTAIL_ROW_KERNELS(NAME, VEC, TARGET)                                                  \
  struct NAME {                                                                                  \
    TARGET static bool fill_rows(const StepRow* rows, std::size_t count, const Ports& ports) {   \
      return fill_rows_with<VEC>(rows, count, ports);                                            \
    }                                                                                            \
    TARGET static void move_rows(const StepRow* rows, std::size_t count, const Ports& ports) {   \
      for (std::size_t r = 0; r < count; ++r)                                                    \
        ports.moved[rows[r].egress] += move_row_with<VEC>(rows[r], ports.level[rows[r].egress]); \
    }                                                                                            \
  };

RINGTAIL_ROW_KERNELS(Baseline, Narrow, )
#if defined(__x86_64__)
RINGTAIL_ROW_KERNELS(Avx2, Wide, __attribute__((target("avx2"))))
RINGTAIL_ROW_KERNELS(Avx512, Widest, __attribute__((target("avx512f"))))
#endif

constexpr std::array known_kernels {
  RowKernels{Baseline::fill_rows, Baseline::move_rows},
#if defined(__x86_64__)
      RowKernels{Avx2::fill_rows, Avx2::move_rows}, RowKernels{Avx512::fill_rows, Avx512::move_rows},
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
  int bad = 0;  // Counted without a branch, so that the compiler makes vectors of it.
  for (std::size_t j = 0; j < width; ++j) bad += is_good({level[j], budget[j], flows[j]}, passed.moved[j]) ? 0 : 1;
  if (bad == 0) return true;
  const Narrow zero{};
  for (std::size_t j = 0; j < width; j += Lanes<Narrow>::width) {
    const Narrow flow = load<Narrow>(flows + j);
    const Narrow full = load<Narrow>(budget + j);
    const Narrow moved = load<Narrow>(passed.moved + j);
    const Narrow above = load<Narrow>(passed.above + j);
    const Narrow now = load<Narrow>(level + j);
    // The sum is 0 at level 0, `moved` at `most`, and concave: the chord between the two meets the budget right of the
    // root. Starting far to the left instead, at an equal share, takes from others what they then swing back to.
    const Narrow chord = load<Narrow>(passed.most + j) * full / moved;
    const Narrow tangent = now + (full - moved) / above;
    const Narrow guess = above == zero ? (moved <= full ? zero + infinity : chord) : tangent;
    const Narrow next = higher(guess, full / flow);
    store(level + j, flow == zero ? now : next);
  }
  return false;
}

}  // namespace ringtail::kernels
