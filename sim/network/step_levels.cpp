#include "network/step_levels.hpp"

#include <limits>

namespace ringtail {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Passes over all ports in a step. Two to four are usual. If levels are still off then, the step moves what they say,
/// and the next one makes good what is missing.
constexpr int most_passes = 12;

}  // namespace

StepLevels::Side::Side(const std::vector<BytesPerSecond>& capacities)
    : rate(capacities.size(), infinity), owed(capacities.size()) {
  for (const BytesPerSecond c : capacities) capacity.push_back(static_cast<float>(c));
}

/// The last step's levels are the first guess of this one's. A level is never less than an equal share of the budget:
/// in every step a flow moves at least the lesser of its ports' equal shares, so it comes to an end.
void StepLevels::Side::begin(const StepPorts& active, float h) {
  ports = active.port;
  const std::size_t filled = kernels::whole_lanes(ports.size());
  flows.assign(filled, 0.0F);
  budget.assign(filled, 1.0F);
  level.assign(filled, infinity);
  for (Floats* values : {&moved, &above, &most}) values->resize(filled);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const float full = capacity[ports[i]] * h;
    flows[i] = active.flows[i];
    budget[i] = full + std::clamp(owed[ports[i]], -0.5F * full, 0.5F * full);
    level[i] = std::max(rate[ports[i]] * h, budget[i] / flows[i]);
  }
}

void StepLevels::Side::keep_rates(float h) {
  for (std::size_t i = 0; i < ports.size(); ++i) rate[ports[i]] = level[i] / h;
}

/// A flow limited by a port that begins the step with n flows runs at C/n at first and at level/h on average: constant
/// acceleration from the one to twice the other less the one. A slack port serves its n flows at C/n each until all
/// that it moves is moved.
void StepLevels::Side::draw_curves(float h) {
  curve.resize(ports.size());
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const float c = capacity[ports[i]];
    if (level[i] == infinity)
      curve[i] = {std::min(moved[i] / c, h), moved[i] > 0 ? flows[i] / moved[i] : 0.0F, 0};
    else
      curve[i] = {h, 1 / level[i], std::clamp(flows[i] * level[i] / (c * h) - 1, 0.0F, 1.0F)};
  }
}

/// What a slack port could have moved and did not is lost.
void StepLevels::Side::commit(float h) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    float& debt = owed[ports[i]];
    debt += capacity[ports[i]] * h - moved[i];
    if (level[i] == infinity) debt = std::min(debt, 0.0F);
  }
}

/// True if all move their budgets, or no more than that if slack; otherwise the next guess of their levels.
bool StepLevels::Side::correct() {
  return kernels::correct_levels(ports.size(), level.data(), budget.data(), flows.data(), passed());
}

StepLevels::StepLevels(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress,
                       const InnerLinks& inner)
    : has_inner_(!inner.empty()), egress_(egress), inner_(inner.capacity), ingress_(ingress), cells_(inner) {}

void StepLevels::solve(std::vector<StepRow>& rows, const StepPorts& egress, const StepPorts& ingress, Seconds h) {
  h_ = static_cast<float>(h);
  egress_.begin(egress, h_);
  ingress_.begin(ingress, h_);
  if (has_inner_) {
    cells_.begin(rows, ingress, ingress_.level.size());
    inner_.begin(cells_.links(), h_);
  } else {
    for (StepRow& row : rows) {
      row.limit = ingress_.level.data();
      row.passed = ingress_.passed();
    }
  }
  find_levels(rows);
  for (Side* side : {&egress_, &inner_, &ingress_}) side->keep_rates(h_);
  move(rows);
  has_curves_ = false;
}

/// Each egress level solved for, then one Newton step of each other level, until the links move their budgets.
void StepLevels::find_levels(const std::vector<StepRow>& rows) {
  for (int pass = 0; pass < most_passes; ++pass) {
    begin_pass();
    const bool is_egress_good = row_kernels_.fill_rows(rows.data(), rows.size(), egress_.kernel_ports());
    end_pass();
    const bool is_inner_good = inner_.correct();
    if (ingress_.correct() && is_inner_good && is_egress_good) break;
  }
}

void StepLevels::move(const std::vector<StepRow>& rows) {
  begin_pass();
  std::fill(egress_.moved.begin(), egress_.moved.end(), 0.0F);
  row_kernels_.move_rows(rows.data(), rows.size(), egress_.kernel_ports());
  for (const StepRow& row : rows) row.rest->slowest *= h_;
  end_pass();
}

/// Nothing has passed any link yet.
void StepLevels::begin_pass() {
  for (Side* side : {&inner_, &ingress_}) {
    std::fill(side->moved.begin(), side->moved.end(), 0.0F);
    std::fill(side->above.begin(), side->above.end(), 0.0F);
    std::fill(side->most.begin(), side->most.end(), 0.0F);
  }
  if (has_inner_) cells_.set_limits(ingress_.level, inner_.level);
}

void StepLevels::end_pass() {
  if (has_inner_) cells_.pass_on(ingress_.passed(), inner_.passed());
}

float StepLevels::finish(const StepRow& row, std::size_t column, float bytes) {
  if (!has_curves_) draw_curves();
  float finish = std::max(egress_.curve[row.egress].finish(bytes), ingress_.curve[column].finish(bytes));
  if (has_inner_)
    for (const std::uint32_t link : cells_.links_of(row, column))
      finish = std::max(finish, inner_.curve[link].finish(bytes));
  return finish;
}

void StepLevels::draw_curves() {
  for (Side* side : {&egress_, &inner_, &ingress_}) side->draw_curves(h_);
  has_curves_ = true;
}

void StepLevels::commit() {
  for (Side* side : {&egress_, &inner_, &ingress_}) side->commit(h_);
}

void StepLevels::reset() {
  for (Side* side : {&egress_, &inner_, &ingress_}) {
    std::fill(side->rate.begin(), side->rate.end(), infinity);
    std::fill(side->owed.begin(), side->owed.end(), 0.0F);
  }
}

}  // namespace ringtail
