#include "network/stepped_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

SteppedNetwork::SteppedNetwork(const ComponentLinks& links, double tolerance)
    : tolerance_(tolerance),
      egress_capacity_(links.egress),
      ingress_capacity_(links.ingress),
      levels_(links.egress, links.ingress, links.inner),
      table_(links.egress.size(), links.ingress.size()) {}

void SteppedNetwork::start(const Flow& flow, const Path& path, Bytes bytes, Seconds t) {
  if (table_.is_empty()) {
    levels_.reset();
    begin_ = std::max(begin_, t);
  } else if (step_ != Step::none || t > begin_) {
    if (step_ == Step::none) plan();
    cut(t);
  }
  table_.start(flow, path, bytes, begin_);
  ++untold_;
}

Seconds SteppedNetwork::next_event() {
  if (step_ == Step::none && !table_.is_empty()) plan();
  const auto event = std::find_if(events_.begin(), events_.end(), [](const Event& e) { return !e.is_told; });
  const Seconds finish = event == events_.end() ? infinity : event->t;
  return step_ == Step::none ? finish : std::min(finish, end_);
}

void SteppedNetwork::advance(Seconds t, std::vector<Finished>& finished) {
  const bool step_ends = step_ != Step::none && t >= end_;
  if (step_ends && step_ == Step::planned) solve(end_, end_);
  for (Event& event : events_) {
    if (event.is_told || event.t > t) continue;
    event.is_told = true;
    finished.push_back(event.finished);
    if (event.row == none) untold_ -= event.finished.flows;
  }
  if (step_ends) commit();
  std::erase_if(events_, [](const Event& e) { return e.is_sure && e.is_told; });
}

/// Chooses the length of the next step. A port that still needs `rest` at least is given a part of that, or of the time
/// that it will then have been busy: so finishes come out as exact, relative to that time, as the tolerance asks for.
/// A row whose slowest flow would take much longer at its last rate is given a larger part of that time.
void SteppedNetwork::plan() {
  // Measured, see docs/decisions/0004.
  constexpr double approach = 9;  // Times the tolerance: part of the rest.
  constexpr double near = 1.25;   // Times the tolerance: part of the port's time.
  constexpr double most = 2;      // Times the tolerance: part of the longest-lasting port's time, or of a slow row's.
  constexpr double speed_up = 2;  // What a flow's rate may grow by.
  const double part = std::min(0.5, approach * tolerance_);
  Seconds length = infinity;
  Seconds soonest = infinity;
  Seconds longest = 0;
  const auto look = [&](Seconds rest, Seconds age, Seconds slowest) {
    const Seconds later = std::min(part * slowest, most * tolerance_ * (age + rest));
    length = std::min(length, std::max({part * rest, near * tolerance_ * (age + rest), later}));
    soonest = std::min(soonest, std::max(rest, slowest));
    longest = std::max(longest, age + rest);
  };
  for (const FlowTable::Row& row : table_.rows())
    look(static_cast<double>(row.left.bytes) / egress_capacity_[row.egress], begin_ - row.start,
         static_cast<double>(row.left.slowest) / speed_up);
  const std::vector<std::uint32_t>& ports = table_.columns().port;
  for (const FlowTable::Batch& batch : table_.batches()) {
    if (batch.rows == 0) continue;
    for (std::size_t column = 0; column < ports.size(); ++column) {
      const FlowTable::Arrivals& arrivals = batch.arrivals[ports[column]];
      if (batch.flows[column] > 0 && arrivals.expected == 0)
        look(static_cast<double>(batch.bytes[column]) / ingress_capacity_[ports[column]], begin_ - arrivals.start, 0);
    }
  }
  length = std::min(length, most * tolerance_ * longest);
  end_ = std::max(begin_ + length, std::nextafter(begin_, infinity));
  step_ = Step::planned;
  if (length < 0.999 * soonest) return;
  solve(end_, begin_);
  step_ = Step::solved;
}

/// Solves a step from now to `end` and finds the finishes in it, none before `earliest`.
void SteppedNetwork::solve(Seconds end, Seconds earliest) {
  end_ = end;
  table_.begin_step(step_rows_, step_egress_);
  levels_.solve(step_rows_, step_egress_, table_.columns(), end - begin_);
  clear_told();
  find_row_events(earliest);
  find_column_events(earliest);
  std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.t < b.t; });
}

void SteppedNetwork::find_row_events(Seconds earliest) {
  for (std::uint32_t r = 0; r < table_.rows().size(); ++r) {
    const FlowTable::Row& row = table_.rows()[r];
    if (row.next.flows > 0) continue;
    float finish = 0;
    for (std::size_t column = 0; column < table_.columns().port.size(); ++column)
      if (const float bytes = table_.left(row, column); bytes > 0)
        finish = std::max(finish, levels_.finish(step_rows_[r], column, bytes));
    Event event;
    event.finished = {Finished::Kind::sent, table_.batches()[row.batch].exchange, row.src, row.started, -1};
    event.row = r;
    add_event(event, finish, earliest);
  }
}

void SteppedNetwork::find_column_events(Seconds earliest) {
  for (std::uint32_t b = 0; b < table_.batches().size(); ++b) {
    const FlowTable::Batch& batch = table_.batches()[b];
    if (batch.rows == 0) continue;
    for (std::uint32_t column = 0; column < table_.columns().port.size(); ++column) {
      const FlowTable::Arrivals& arrivals = batch.arrivals[table_.columns().port[column]];
      if (batch.flows[column] == 0 || batch.next_flows[column] > 0 || arrivals.expected > 0) continue;
      float finish = -1;
      int last_src = -1;
      for (std::size_t r = 0; r < step_rows_.size(); ++r) {
        const FlowTable::Row& row = table_.rows()[r];
        const float bytes = table_.left(row, column);
        if (row.batch != b || bytes == 0) continue;
        const float at = levels_.finish(step_rows_[r], column, bytes);
        if (at > finish || (at == finish && row.src < last_src)) last_src = row.src;
        finish = std::max(finish, at);
      }
      Event event;
      event.finished = {Finished::Kind::received, batch.exchange, arrivals.dst, arrivals.started, last_src};
      event.batch = b;
      event.column = column;
      add_event(event, finish, earliest);
    }
  }
}

/// Unless it has been told already, when the step was thought to be longer.
void SteppedNetwork::add_event(Event event, float finish, Seconds earliest) {
  const bool is_known = std::any_of(events_.begin(), events_.end(), [&](const Event& e) {
    return !e.is_sure && e.row == event.row && e.batch == event.batch && e.column == event.column;
  });
  if (is_known) return;
  event.t = std::clamp(begin_ + static_cast<double>(finish), earliest, end_);
  events_.push_back(event);
}

/// A flow starts at `t`: the step ends there.
void SteppedNetwork::cut(Seconds t) {
  std::erase_if(events_, [](const Event& e) { return !e.is_sure && !e.is_told; });
  step_ = Step::none;
  if (t <= begin_) return;
  const Seconds end = std::min(t, end_);
  solve(end, end);
  commit();
}

/// What has been told to have finished has, even if the shorter step comes out a little slower. Before events are
/// looked for: a flow that ends with its row may have been the last of its column.
void SteppedNetwork::clear_told() {
  for (const Event& event : events_) {
    if (event.is_sure || !event.is_told) continue;
    if (event.row != none)
      table_.clear_next(table_.rows()[event.row]);
    else
      table_.clear_next(event.batch, event.column);
  }
}

void SteppedNetwork::commit() {
  for (Event& event : events_) {
    if (!event.is_sure && event.row == none)
      table_.batches()[event.batch].arrivals[table_.columns().port[event.column]].started = 0;
    event.is_sure = true;
  }
  levels_.commit();
  table_.end_step();
  begin_ = end_;
  step_ = Step::none;
}

}  // namespace ringtail
