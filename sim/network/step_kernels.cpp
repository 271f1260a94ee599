#include "network/step_kernels.hpp"

#include <array>
#include <limits>

namespace ringtail::kernels {
namespace {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define RINGTAIL_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define RINGTAIL_CLONES
#endif
#define RINGTAIL_INLINE __attribute__((always_inline)) inline

constexpr float infinity = std::numeric_limits<float>::infinity();

/// A port's level is found when it moves its budget to within this part. What is missing is made good in the next step.
constexpr float enough = 1e-2F;

using Lanes = std::array<float, float_lanes>;

RINGTAIL_INLINE float lower(float a, float b) { return a < b ? a : b; }

RINGTAIL_INLINE float total(Lanes& lanes) {
  for (std::size_t half = float_lanes / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  return lanes[0];
}

struct Filling {
  float moved = 0;
  float above = 0;
};

RINGTAIL_INLINE Filling fill(const StepRow* rows, std::size_t count, std::size_t width, float level,
                             const float* ingress) {
  Lanes moved{};
  Lanes above{};
  for (std::size_t r = 0; r < count; ++r) {
    const float* left = rows[r].left;
    for (std::size_t j = 0; j < width; j += float_lanes) {
      for (std::size_t l = 0; l < float_lanes; ++l) {
        const float most = lower(left[j + l], ingress[j + l]);
        moved[l] += lower(most, level);
        above[l] += most > level ? 1.0F : 0.0F;
      }
    }
  }
  return {total(moved), total(above)};
}

RINGTAIL_INLINE float next_level(float level, float budget, float flows, const Filling& at) {
  const float least = budget / flows;
  if (at.above == 0) return at.moved <= budget ? infinity : least;
  const float next = level + (budget - at.moved) / at.above;
  return next > least ? next : least;
}

}  // namespace

RINGTAIL_CLONES
float fill_egress(const StepRow* rows, std::size_t count, std::size_t width, float level, float budget, float flows,
                  const float* ingress, float* moved, float* above) {
  for (int i = 0; i < 16; ++i) {
    const Filling at = fill(rows, count, width, level, ingress);
    const float error = at.moved - budget;
    if (error <= enough * budget && (error >= -enough * budget || level == infinity)) break;
    level = next_level(level, budget, flows, at);
    if (level == infinity) break;
  }
  for (std::size_t r = 0; r < count; ++r) {
    const float* left = rows[r].left;
    for (std::size_t j = 0; j < width; ++j) {
      const float most = lower(left[j], level);
      moved[j] += lower(most, ingress[j]);
      above[j] += most > ingress[j] ? 1.0F : 0.0F;
    }
  }
  return level;
}

RINGTAIL_CLONES
float correct_ingress(std::size_t width, float* level, const float* budget, const float* flows, const float* moved,
                      const float* above, float tolerance) {
  float worst = 0;
  for (std::size_t j = 0; j < width; ++j) {
    const float over = moved[j] - budget[j];
    const float error = over > 0 || level[j] == infinity ? over : -over;
    const float relative = error / budget[j];
    worst = relative > worst ? relative : worst;
  }
  if (worst < tolerance) return worst;
  for (std::size_t j = 0; j < width; ++j)
    if (flows[j] > 0) level[j] = next_level(level[j], budget[j], flows[j], {moved[j], above[j]});
  return worst;
}

RINGTAIL_CLONES
float move_row(const StepRow& row, std::size_t width, float egress, const float* ingress, float* moved) {
  Lanes sum{};
  for (std::size_t j = 0; j < width; j += float_lanes) {
    for (std::size_t l = 0; l < float_lanes; ++l) {
      const float most = lower(row.left[j + l], egress);
      const float bytes = lower(most, ingress[j + l]);
      row.next[j + l] = row.left[j + l] - bytes;
      moved[j + l] += bytes;
      sum[l] += bytes;
    }
  }
  return total(sum);
}

RINGTAIL_CLONES
Left count_row(const float* left, std::size_t width, float* flows, float* bytes) {
  Lanes count{};
  Lanes sum{};
  for (std::size_t j = 0; j < width; j += float_lanes) {
    for (std::size_t l = 0; l < float_lanes; ++l) {
      const float flow = left[j + l] > 0 ? 1.0F : 0.0F;
      flows[j + l] += flow;
      bytes[j + l] += left[j + l];
      count[l] += flow;
      sum[l] += left[j + l];
    }
  }
  return {total(count), total(sum)};
}

}  // namespace ringtail::kernels
