#include "network/flow_table.hpp"

#include <algorithm>
#include <limits>

#include "network/step_kernels.hpp"

namespace ringtail {

FlowTable::FlowTable(std::size_t egress_ports, std::size_t ingress_ports)
    : stride_(kernels::whole_lanes(ingress_ports)), egress_flows_(egress_ports), column_(ingress_ports, none) {}

bool FlowTable::takes(const Batch& batch, const Flow& flow, std::size_t ingress) {
  const int dst = batch.arrivals[ingress].dst;
  return !batch.is_over() && batch.exchange == flow.exchange && (dst < 0 || dst == flow.dst);
}

std::uint32_t FlowTable::find_batch(const Flow& flow, std::size_t ingress) {
  if (last_batch_ < batches_.size() && takes(batches_[last_batch_], flow, ingress)) return last_batch_;
  return last_batch_ = search_batch(flow, ingress);
}

std::uint32_t FlowTable::search_batch(const Flow& flow, std::size_t ingress) {
  auto unused = static_cast<std::uint32_t>(batches_.size());
  for (std::uint32_t b = 0; b < batches_.size(); ++b) {
    if (takes(batches_[b], flow, ingress)) return b;
    if (batches_[b].is_over()) unused = b;
  }
  if (unused == batches_.size()) batches_.emplace_back();
  Batch& batch = batches_[unused];
  batch.exchange = flow.exchange;
  batch.arrivals.assign(column_.size(), {});
  for (auto* values : {&batch.flows, &batch.bytes, &batch.next_flows, &batch.next_bytes}) values->assign(stride_, 0.0F);
  return unused;
}

void FlowTable::expect(const Flow& flow, std::size_t ingress) {
  Batch& batch = batches_[find_batch(flow, ingress)];
  batch.arrivals[ingress].dst = flow.dst;
  ++batch.arrivals[ingress].expected;
  ++batch.expected;
}

void FlowTable::forget(const Flow& flow, std::size_t ingress) {
  Batch& batch = batches_[find_batch(flow, ingress)];
  --batch.arrivals[ingress].expected;
  --batch.expected;
}

std::uint32_t FlowTable::find_column(std::size_t ingress) {
  if (column_[ingress] != none) return column_[ingress];
  const std::size_t column = columns_.port.size();
  columns_.port.push_back(static_cast<std::uint32_t>(ingress));
  columns_.flows.push_back(0);
  return column_[ingress] = static_cast<std::uint32_t>(column);
}

FlowTable::Row& FlowTable::find_row(const Flow& flow, const Path& path, std::size_t column, std::uint32_t batch,
                                    Seconds t) {
  const auto takes_flow = [&](const Row& row) {
    return row.egress == path.egress && row.batch == batch && row.src == flow.src && row.origin == path.origin &&
           row.start == t && left(row, column) == 0;
  };
  if (last_row_ < rows_.size() && takes_flow(rows_[last_row_])) return rows_[last_row_];
  const auto end = std::upper_bound(rows_.begin(), rows_.end(), path.egress,
                                    [](std::size_t port, const Row& row) { return port < row.egress; });
  auto row = end;
  while (row != rows_.begin() && (row - 1)->egress == path.egress && !takes_flow(*(row - 1))) --row;
  row = row != rows_.begin() && (row - 1)->egress == path.egress ? row - 1
                                                                 : rows_.insert(end, new_row(flow, path, batch, t));
  last_row_ = static_cast<std::size_t>(row - rows_.begin());
  return *row;
}

FlowTable::Row FlowTable::new_row(const Flow& flow, const Path& path, std::uint32_t batch, Seconds t) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(bytes_.size() / (2 * stride_)));
    bytes_.resize(bytes_.size() + 2 * stride_);
  }
  Row row;
  row.slot = free_slots_.back();
  free_slots_.pop_back();
  row.batch = batch;
  row.egress = path.egress;
  row.origin = path.origin;
  row.src = flow.src;
  row.start = t;
  ++batches_[batch].rows;
  begin_own(flow, t);
  return row;
}

/// Time of what a rank receives counts from when it sends itself, if that is later.
void FlowTable::begin_own(const Flow& sent, Seconds t) {
  for (Batch& batch : batches_) {
    if (batch.exchange != sent.exchange) continue;
    for (Arrivals& arrivals : batch.arrivals)
      if (arrivals.dst == sent.src) arrivals.start = std::max(arrivals.start, t);
  }
}

void FlowTable::widen(Row& row, std::size_t column) {
  if (column < row.width) return;
  const std::size_t width = kernels::whole_lanes(column + 1);
  std::fill_n(&bytes_[at(row.slot, turn_) + row.width], width - row.width, 0.0F);
  row.width = static_cast<std::uint32_t>(width);
}

void FlowTable::start(const Flow& flow, const Path& path, Bytes bytes, Seconds t) {
  const std::uint32_t b = find_batch(flow, path.ingress);
  const std::uint32_t column = find_column(path.ingress);
  Row& row = find_row(flow, path, column, b, t);
  Batch& batch = batches_[b];
  Arrivals& arrivals = batch.arrivals[path.ingress];
  const auto size = std::max(static_cast<float>(bytes), std::numeric_limits<float>::min());
  widen(row, column);
  bytes_[at(row.slot, turn_) + column] = size;
  ++row.started;
  row.left.flows += 1;
  row.left.bytes += size;
  if (arrivals.started == 0) arrivals.start = t;
  ++arrivals.started;
  --arrivals.expected;
  --batch.expected;
  batch.flows[column] += 1;
  batch.bytes[column] += size;
  egress_flows_[path.egress] += 1;
  columns_.flows[column] += 1;
}

void FlowTable::begin_step(std::vector<StepRow>& rows, StepPorts& egress) {
  egress.clear();
  for (Batch& batch : batches_) {
    std::fill(batch.next_flows.begin(), batch.next_flows.end(), 0.0F);
    std::fill(batch.next_bytes.begin(), batch.next_bytes.end(), 0.0F);
  }
  rows.resize(rows_.size());
  StepRow* next = rows.data();
  for (Row& row : rows_) {
    if (egress.port.empty() || egress.port.back() != row.egress) {
      egress.port.push_back(row.egress);
      egress.flows.push_back(egress_flows_[row.egress]);
    }
    Batch& batch = batches_[row.batch];
    StepRow& step = *next++;
    step.width = row.width;
    step.left = &bytes_[at(row.slot, turn_)];
    step.next = &bytes_[at(row.slot, 1 - turn_)];
    step.egress = egress.port.size() - 1;
    step.origin = row.origin;
    step.rest = &row.next;
    step.columns = {batch.next_flows.data(), batch.next_bytes.data()};
  }
}

void FlowTable::clear_next(std::uint32_t batch, std::size_t column) {
  for (const Row& row : rows_)
    if (row.batch == batch && column < row.width) clear_next(row, column, column + 1);
}

void FlowTable::clear_next(const Row& row, std::size_t first, std::size_t last) {
  Row& mine = rows_[static_cast<std::size_t>(&row - rows_.data())];
  Batch& batch = batches_[row.batch];
  for (std::size_t column = first; column < last; ++column) {
    float& bytes = bytes_[at(row.slot, 1 - turn_) + column];
    if (bytes == 0) continue;
    mine.next.flows -= 1;
    batch.next_flows[column] -= 1;
    bytes = 0;
  }
}

void FlowTable::end_step() {
  turn_ = 1 - turn_;
  std::fill(egress_flows_.begin(), egress_flows_.end(), 0.0F);
  std::fill(columns_.flows.begin(), columns_.flows.end(), 0.0F);
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
    if (batch.rows == 0) continue;
    for (std::size_t column = 0; column < columns_.flows.size(); ++column)
      columns_.flows[column] += batch.flows[column];
  }
  drop_empty_columns();
}

/// When half of the columns are empty, the others move together.
void FlowTable::drop_empty_columns() {
  const std::size_t before = columns_.port.size();
  const auto empty = static_cast<std::size_t>(std::count(columns_.flows.begin(), columns_.flows.end(), 0.0F));
  if (2 * empty < before || (before <= kernels::float_lanes && empty < before)) return;
  std::size_t to = 0;
  for (std::size_t from = 0; from < before; ++from) {
    const std::uint32_t port = columns_.port[from];
    const bool stays = columns_.flows[from] > 0;
    column_[port] = stays ? static_cast<std::uint32_t>(to) : none;
    if (!stays) continue;
    columns_.port[to] = port;
    columns_.flows[to] = columns_.flows[from];
    for (const Row& row : rows_)
      if (to < row.width) bytes_[at(row.slot, turn_) + to] = left(row, from);
    for (Batch& batch : batches_) {
      if (batch.rows == 0) continue;
      batch.flows[to] = batch.flows[from];
      batch.bytes[to] = batch.bytes[from];
    }
    ++to;
  }
  columns_.port.resize(to);
  columns_.flows.resize(to);
  for (Row& row : rows_) {
    row.width = std::min(row.width, static_cast<std::uint32_t>(kernels::whole_lanes(to)));
    if (to < row.width) std::fill(&bytes_[at(row.slot, turn_) + to], &bytes_[at(row.slot, turn_) + row.width], 0.0F);
  }
  for (Batch& batch : batches_) {
    std::fill(batch.flows.begin() + static_cast<std::ptrdiff_t>(to), batch.flows.end(), 0.0F);
    std::fill(batch.bytes.begin() + static_cast<std::ptrdiff_t>(to), batch.bytes.end(), 0.0F);
  }
}

}  // namespace ringtail
