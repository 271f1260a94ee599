#include "network/stepped_crossbar.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <cstdio>
#include <cstdlib>

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

SteppedCrossbar::SteppedCrossbar(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress,
                                 double tolerance)
    : tolerance_(tolerance),
      egress_capacity_(egress),
      ingress_capacity_(ingress),
      levels_(egress, ingress),
      egress_flows_(egress.size()),
      ingress_flows_(levels_.width()) {}

float* SteppedCrossbar::left(std::uint32_t slot) { return &bytes_[(2 * slot + flipped_) * levels_.width()]; }
float* SteppedCrossbar::next(std::uint32_t slot) { return &bytes_[(2 * slot + 1 - flipped_) * levels_.width()]; }

std::uint32_t SteppedCrossbar::find_batch(const Flow& flow, std::size_t ingress) {
  std::uint32_t unused = static_cast<std::uint32_t>(batches_.size());
  for (std::uint32_t b = 0; b < batches_.size(); ++b) {
    if (is_unused(batches_[b])) {
      unused = b;
    } else if (batches_[b].exchange == flow.exchange) {
      const int dst = batches_[b].dst[ingress];
      if (dst < 0 || dst == flow.dst) return b;
    }
  }
  if (unused == batches_.size()) batches_.emplace_back();
  Batch& batch = batches_[unused];
  const std::size_t width = levels_.width();
  batch.exchange = flow.exchange;
  batch.dst.assign(width, -1);
  batch.start.assign(width, 0);
  batch.started.assign(width, 0);
  batch.expected_by_ingress.assign(width, 0);
  for (std::vector<float>* v : {&batch.flows, &batch.bytes, &batch.next_flows, &batch.next_bytes}) v->assign(width, 0);
  return unused;
}

void SteppedCrossbar::expect(const Flow& flow, std::size_t ingress) {
  Batch& batch = batches_[find_batch(flow, ingress)];
  batch.dst[ingress] = flow.dst;
  ++batch.expected;
  ++batch.expected_by_ingress[ingress];
}

void SteppedCrossbar::forget(const Flow& flow, std::size_t ingress) {
  Batch& batch = batches_[find_batch(flow, ingress)];
  --batch.expected;
  --batch.expected_by_ingress[ingress];
}

SteppedCrossbar::Row& SteppedCrossbar::find_row(const Flow& flow, std::size_t egress, std::size_t ingress,
                                                std::uint32_t batch) {
  const auto end = std::upper_bound(rows_.begin(), rows_.end(), egress,
                                    [](std::size_t port, const Row& row) { return port < row.egress; });
  for (auto row = end; row != rows_.begin();) {
    --row;
    if (row->egress != egress) break;
    if (row->batch == batch && row->src == flow.src && row->start == begin_ && left(row->slot)[ingress] == 0)
      return *row;
  }
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(bytes_.size() / (2 * levels_.width())));
    bytes_.resize(bytes_.size() + 2 * levels_.width());
  }
  Row row;
  row.slot = free_slots_.back();
  free_slots_.pop_back();
  std::fill_n(left(row.slot), levels_.width(), 0.0F);
  row.batch = batch;
  row.egress = static_cast<std::uint32_t>(egress);
  row.src = flow.src;
  row.start = begin_;
  ++batches_[batch].rows;
  return *rows_.insert(end, row);
}

void SteppedCrossbar::start(const Flow& flow, std::size_t egress, std::size_t ingress, Bytes bytes, Seconds t) {
  if (rows_.empty() && step_ == Step::none) {
    levels_.reset();
    begin_ = std::max(begin_, t);
  } else if (t > begin_ || step_ != Step::none) {
    if (step_ == Step::none) plan();
    cut(t);
  }
  const std::uint32_t b = find_batch(flow, ingress);
  Row& row = find_row(flow, egress, ingress, b);
  Batch& batch = batches_[b];
  const auto size = std::max(static_cast<float>(bytes), std::numeric_limits<float>::min());
  left(row.slot)[ingress] = size;
  ++row.started;
  ++untold_;
  row.left.flows += 1;
  row.left.bytes += size;
  if (batch.started[ingress] == 0) batch.start[ingress] = begin_;
  --batch.expected;
  --batch.expected_by_ingress[ingress];
  ++batch.started[ingress];
  batch.flows[ingress] += 1;
  batch.bytes[ingress] += size;
  egress_flows_[egress] += 1;
  ingress_flows_[ingress] += 1;
}

Seconds SteppedCrossbar::next_event() {
  if (step_ == Step::none && !rows_.empty()) plan();
  const auto event = std::find_if(events_.begin(), events_.end(), [](const Event& e) { return !e.is_told; });
  const Seconds finish = event == events_.end() ? infinity : event->t;
  return step_ == Step::none ? finish : std::min(finish, end_);
}

void SteppedCrossbar::advance(Seconds t, std::vector<Finished>& finished) {
  if (step_ == Step::planned && t >= end_) {
    solve(end_ - begin_);
    move();
    find_events(end_);
    step_ = Step::solved;
  }
  for (Event& event : events_) {
    if (event.is_told || event.t > t) continue;
    event.is_told = true;
    finished.push_back(event.finished);
    if (!event.is_row) untold_ -= event.finished.flows;
  }
  std::erase_if(events_, [](const Event& e) { return e.is_sure && e.is_told; });
  if (step_ != Step::none && t >= end_) commit(end_);
}

/// Chooses the length of the next step: for a port that still needs `rest` at least, a part of that or of the time that
/// it will then have been busy.
void SteppedCrossbar::plan() {
  const double part = std::min(0.5, 7.5 * tolerance_);
  Seconds length = infinity;
  Seconds soonest = infinity;
  Seconds longest = 0;
  const auto look = [&](double rest, Seconds age) {
    length = std::min(length, std::max(part * rest, tolerance_ * (age + rest)));
    soonest = std::min(soonest, rest);
    longest = std::max(longest, age + rest);
  };
  for (const Row& row : rows_)
    look(static_cast<double>(row.left.bytes) / egress_capacity_[row.egress], begin_ - row.start);
  for (const Batch& batch : batches_) {
    if (batch.rows == 0) continue;
    for (std::size_t j = 0; j < ingress_capacity_.size(); ++j)
      if (batch.flows[j] > 0 && batch.expected_by_ingress[j] == 0)
        look(static_cast<double>(batch.bytes[j]) / ingress_capacity_[j], begin_ - batch.start[j]);
  }
  length = std::min(length, 2 * tolerance_ * longest);
  end_ = std::max(begin_ + length, std::nextafter(begin_, infinity));
  step_ = Step::planned;
  if (length < 0.999 * soonest) return;
  solve(length);
  move();
  find_events(begin_);
  step_ = Step::solved;
}

long g_solves, g_moves, g_cuts, g_planned;
struct Dump { ~Dump() { if (getenv("DUMP")) fprintf(stderr, "solves %ld moves %ld cuts %ld planned %ld\n", g_solves, g_moves, g_cuts, g_planned); } } dump;
void SteppedCrossbar::solve(Seconds h) {
  ++g_solves;
  if (getenv("TRACE")) fprintf(stderr, "%.9g + %.3g rows %zu\n", begin_, h, rows_.size());
  step_rows_.clear();
  for (Row& row : rows_) {
    Batch& batch = batches_[row.batch];
    step_rows_.push_back({left(row.slot),
                          next(row.slot),
                          row.egress,
                          {batch.next_flows.data(), batch.next_bytes.data()},
                          &row.next});
  }
  levels_.solve(step_rows_, egress_flows_, ingress_flows_, h);
}

void SteppedCrossbar::move() {
  ++g_moves;
  for (Batch& batch : batches_)
    for (std::vector<float>* v : {&batch.next_flows, &batch.next_bytes})
      std::fill(v->begin(), v->end(), 0.0F);
  levels_.move(step_rows_);
}

void SteppedCrossbar::find_events(Seconds earliest) {
  levels_.draw_curves(egress_flows_, ingress_flows_);
  for (std::uint32_t r = 0; r < rows_.size(); ++r) {
    const Row& row = rows_[r];
    if (row.next.flows > 0) continue;
    const float* bytes = left(row.slot);
    float last = 0;
    for (std::size_t j = 0; j < ingress_capacity_.size(); ++j)
      if (bytes[j] > 0) last = std::max(last, levels_.finish(row.egress, j, bytes[j]));
    events_.push_back({begin_ + static_cast<double>(last),
                       {Finished::Kind::sent, batches_[row.batch].exchange, row.src, row.started, -1}, true, r, 0, 0});
  }
  for (std::uint32_t b = 0; b < batches_.size(); ++b) {
    const Batch& batch = batches_[b];
    if (batch.rows == 0) continue;
    for (std::uint32_t j = 0; j < ingress_capacity_.size(); ++j) {
      if (batch.flows[j] == 0 || batch.next_flows[j] > 0 || batch.expected_by_ingress[j] > 0) continue;
      float last = -1;
      int last_src = -1;
      for (const Row& row : rows_) {
        const float bytes = left(row.slot)[j];
        if (row.batch != b || bytes == 0) continue;
        const float finish = levels_.finish(row.egress, j, bytes);
        if (finish > last || (finish == last && row.src < last_src)) {
          last = finish;
          last_src = row.src;
        }
      }
      events_.push_back({begin_ + static_cast<double>(last),
                         {Finished::Kind::received, batch.exchange, batch.dst[j], batch.started[j], last_src}, false, 0, b, j});
    }
  }
  for (Event& event : events_) event.t = event.is_sure ? event.t : std::clamp(event.t, earliest, end_);
  std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.t < b.t; });
}

/// A flow starts within the step: it ends here.
void SteppedCrossbar::cut(Seconds t) {
  if (t <= begin_) {  // Nothing has happened yet.
    std::erase_if(events_, [](const Event& e) { return !e.is_sure; });
    step_ = Step::none;
    return;
  }
  ++g_cuts;
  t = std::min(t, end_);
  if (step_ == Step::planned) {
    end_ = t;
    solve(t - begin_);
    move();
    find_events(t);
  } else if (t < end_) {
    levels_.cut(static_cast<float>((t - begin_) / (end_ - begin_)));
    move();
    for (const Event& e : events_) {
      if (e.is_sure || !e.is_told) continue;
      // What rounding has left of flows that were said to have finished.
      for (Row& row : rows_) {
        if (e.is_row ? &row != &rows_[e.row] : row.batch != e.batch) continue;
        Batch& batch = batches_[row.batch];
        for (std::size_t j = e.is_row ? 0 : e.ingress; j < (e.is_row ? levels_.width() : e.ingress + 1); ++j) {
          float& bytes = next(row.slot)[j];
          if (bytes == 0) continue;
          row.next.flows -= 1;
          row.next.bytes -= bytes;
          batch.next_flows[j] -= 1;
          batch.next_bytes[j] -= bytes;
          bytes = 0;
        }
      }
    }
    std::erase_if(events_, [&](const Event& e) {
      if (e.is_sure) return false;
      return (e.is_row ? rows_[e.row].next.flows : batches_[e.batch].next_flows[e.ingress]) > 0;
    });
  }
  commit(t);
}

void SteppedCrossbar::commit(Seconds t) {
  levels_.commit(egress_flows_, ingress_flows_);
  for (Event& event : events_) {
    if (!event.is_sure && !event.is_row) batches_[event.batch].started[event.ingress] = 0;
    event.is_sure = true;
  }
  std::erase_if(events_, [](const Event& e) { return e.is_told; });
  std::fill(egress_flows_.begin(), egress_flows_.end(), 0.0F);
  std::fill(ingress_flows_.begin(), ingress_flows_.end(), 0.0F);
  for (Row& row : rows_) {
    row.left = row.next;
    egress_flows_[row.egress] += row.left.flows;
    if (row.left.flows > 0) continue;
    free_slots_.push_back(row.slot);
    --batches_[row.batch].rows;
  }
  std::erase_if(rows_, [](const Row& row) { return row.left.flows == 0; });
  for (Batch& batch : batches_) {
    batch.flows.swap(batch.next_flows);
    batch.bytes.swap(batch.next_bytes);
    for (std::size_t j = 0; j < ingress_flows_.size(); ++j) ingress_flows_[j] += batch.flows[j];
  }
  flipped_ = 1 - flipped_;
  begin_ = t;
  step_ = Step::none;
}

std::size_t SteppedCrossbar::flows() const {
  double flows = 0;
  for (const Row& row : rows_) flows += static_cast<double>(row.left.flows);
  return static_cast<std::size_t>(flows);
}

void SteppedCrossbar::drop_flows() {
  for (const Row& row : rows_) {
    const auto finished = row.started - static_cast<std::uint32_t>(row.left.flows);
    if (finished > 0)
      events_.push_back({begin_, {Finished::Kind::sent, batches_[row.batch].exchange, row.src, finished, -1}, true, 0, 0, 0, true});
    free_slots_.push_back(row.slot);
  }
  for (Batch& batch : batches_) {
    if (is_unused(batch)) continue;
    for (std::size_t j = 0; j < ingress_capacity_.size(); ++j) {
      const auto left = static_cast<std::uint32_t>(batch.flows[j]);
      untold_ -= left;
      if (batch.started[j] > left)
        events_.push_back({begin_, {Finished::Kind::received, batch.exchange, batch.dst[j], batch.started[j] - left, -1}, false, 0, 0, 0, true});
      batch.started[j] = 0;
      batch.flows[j] = 0;
      batch.bytes[j] = 0;
    }
    batch.rows = 0;
  }
  std::fill(egress_flows_.begin(), egress_flows_.end(), 0.0F);
  std::fill(ingress_flows_.begin(), ingress_flows_.end(), 0.0F);
  rows_.clear();
}

}  // namespace ringtail
