#include "network/step_levels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/step_kernels.hpp"

namespace ringtail {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Passes over all ports per step. Two to four are usual; a step whose levels are still off then is finished with them,
/// and what its ports moved too much or too little is made good in the next one.
constexpr int most_passes = 12;

/// Ingress levels are found when their ports move their budgets to within this part.
constexpr float enough = 1e-2F;

std::size_t whole(std::size_t n) {
  return (n + kernels::float_lanes - 1) / kernels::float_lanes * kernels::float_lanes;
}

}  // namespace

StepLevels::Side::Side(const std::vector<BytesPerSecond>& capacities, std::size_t size)
    : capacity(size, 1.0F),
      rate(size, infinity),
      level(size, infinity),
      budget(size),
      owed(size),
      moved(size),
      above(size),
      curve(size) {
  std::transform(capacities.begin(), capacities.end(), capacity.begin(),
                 [](BytesPerSecond c) { return static_cast<float>(c); });
}

/// The last step's levels are the first guess of this one's.
void StepLevels::Side::scale(const std::vector<float>& flows, float h) {
  for (std::size_t p = 0; p < level.size(); ++p) {
    const float full = capacity[p] * h;
    budget[p] = full + std::clamp(owed[p], -0.5F * full, 0.5F * full);
    level[p] = flows[p] > 0 ? std::max(rate[p] * h, budget[p] / flows[p]) : infinity;
  }
}

/// A flow limited by a port that begins the step with n flows runs at first at C/n, and at level/h on average: a
/// parabola. A slack port is taken to serve its n flows at C/n each until all it moves is moved.
void StepLevels::Side::draw_curves(const std::vector<float>& flows, float h) {
  for (std::size_t p = 0; p < level.size(); ++p) {
    if (flows[p] == 0) continue;
    const float full = capacity[p] * h;
    if (level[p] == infinity)
      curve[p] = {std::min(moved[p] / capacity[p], h), moved[p] > 0 ? flows[p] / moved[p] : 0.0F, 0};
    else
      curve[p] = {h, 1 / level[p], std::clamp(flows[p] * level[p] / full - 1, 0.0F, 1.0F)};
  }
}

/// What the ports have moved less than they could have in `elapsed`, they may move more later; a slack port has lost it.
void StepLevels::Side::settle(const std::vector<float>& flows, float elapsed) {
  for (std::size_t p = 0; p < level.size(); ++p) {
    const float rest = owed[p] + capacity[p] * elapsed - moved[p];
    owed[p] = flows[p] == 0 ? 0 : level[p] == infinity ? std::min(rest, 0.0F) : rest;
  }
}

float StepLevels::Curve::reached(float theta) const {
  const float b = 1 + bend;
  return std::min(1.0F, 2 * theta / (b + std::sqrt(std::max(0.0F, b * b - 4 * bend * theta))));
}

StepLevels::StepLevels(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress)
    : width_(whole(ingress.size())), egress_(egress, egress.size()), ingress_(ingress, width_) {}

void StepLevels::solve(const std::vector<StepRow>& rows, const std::vector<float>& egress_flows,
                       const std::vector<float>& ingress_flows, Seconds h) {
  h_ = static_cast<float>(h);
  egress_.scale(egress_flows, h_);
  ingress_.scale(ingress_flows, h_);
  for (int pass = 0; pass < most_passes; ++pass) {
    std::fill(ingress_.moved.begin(), ingress_.moved.end(), 0.0F);
    std::fill(ingress_.above.begin(), ingress_.above.end(), 0.0F);
    for (std::size_t first = 0, last = 0; first < rows.size(); first = last) {
      const std::size_t port = rows[first].egress;
      while (last < rows.size() && rows[last].egress == port) ++last;
      egress_.level[port] = kernels::fill_egress(&rows[first], last - first, width_, egress_.level[port],
                                                 egress_.budget[port], egress_flows[port], ingress_.level.data(),
                                                 ingress_.moved.data(), ingress_.above.data());
    }
    const float error = kernels::correct_ingress(width_, ingress_.level.data(), ingress_.budget.data(),
                                                 ingress_flows.data(), ingress_.moved.data(), ingress_.above.data(),
                                                 enough);
    if (error < enough) break;
  }
  for (Side* side : {&egress_, &ingress_})
    for (std::size_t p = 0; p < side->level.size(); ++p) side->rate[p] = side->level[p] / h_;
}

void StepLevels::move(const std::vector<StepRow>& rows) {
  std::fill(ingress_.moved.begin(), ingress_.moved.end(), 0.0F);
  std::fill(egress_.moved.begin(), egress_.moved.end(), 0.0F);
  for (const StepRow& row : rows) {
    const kernels::RowMove move = kernels::move_row(row, width_, egress_.level[row.egress], ingress_.level.data(),
                                                    ingress_.moved.data());
    egress_.moved[row.egress] += move.moved;
    *row.rest = move.left;
  }
}

void StepLevels::draw_curves(const std::vector<float>& egress_flows, const std::vector<float>& ingress_flows) {
  egress_.draw_curves(egress_flows, h_);
  ingress_.draw_curves(ingress_flows, h_);
}

void StepLevels::cut(float theta) {
  for (Side* side : {&egress_, &ingress_})
    for (std::size_t p = 0; p < side->level.size(); ++p)
      if (side->level[p] != infinity) side->level[p] *= side->curve[p].reached(theta);
  h_ *= theta;
}

void StepLevels::commit(const std::vector<float>& egress_flows, const std::vector<float>& ingress_flows) {
  egress_.settle(egress_flows, h_);
  ingress_.settle(ingress_flows, h_);
}

void StepLevels::reset() {
  for (Side* side : {&egress_, &ingress_}) {
    std::fill(side->rate.begin(), side->rate.end(), infinity);
    std::fill(side->owed.begin(), side->owed.end(), 0.0F);
  }
}

}  // namespace ringtail
