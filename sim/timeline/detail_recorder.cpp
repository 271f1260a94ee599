#include "timeline/detail_recorder.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "program/members.hpp"

namespace ringtail {
namespace {

/// More GPUs than that have a row of traffic for each island, not for each GPU.
constexpr int most_rows = 128;

std::vector<std::vector<double>> table(std::size_t rows, std::size_t columns) {
  return std::vector<std::vector<double>>(rows, std::vector<double>(columns));
}

void divide(std::vector<std::vector<double>>& rows, double by) {
  for (auto& row : rows)
    for (double& value : row) value /= by;
}

}  // namespace

DetailRecorder::DetailRecorder(const Program& program, const Setting& setting)
    : program_(program), setting_(setting), ranks_(static_cast<std::size_t>(program.ranks())) {
  const auto layers = static_cast<std::size_t>(setting.layers);
  const std::size_t ranks = ranks_.size();
  detail_.whats = program.stages();
  detail_.whats.insert(detail_.whats.end(), program.families().begin(), program.families().end());
  detail_.copies = table(setting.expert_stage >= 0 ? layers : 0, ranks);
  detail_.busy = table(layers, ranks);
  detail_.waits = table(layers, ranks);
  of_layer_.resize(layers);
  for (LayerTimeline& timeline : of_layer_) timeline.gpus.resize(ranks);
  detail_.traffic_is_by_island = program.ranks() > most_rows;
  row_of_rank_ = setting.island_of_rank;
  if (!detail_.traffic_is_by_island) std::iota(row_of_rank_.begin(), row_of_rank_.end(), 0);
  const auto rows = static_cast<std::size_t>(*std::max_element(row_of_rank_.begin(), row_of_rank_.end())) + 1;
  for (const std::string& family : program.families()) detail_.traffic.push_back({family, table(rows, rows)});
}

bool DetailRecorder::is_measured(int rank) const {
  const int step = ranks_[static_cast<std::size_t>(rank)].step;
  return step >= setting_.warmup && step < setting_.warmup + setting_.steps;
}

void DetailRecorder::state(int rank, State state, Seconds from, Seconds to) {
  if (to > from) ranks_[static_cast<std::size_t>(rank)].pieces.push_back({state, from, to});
}

void DetailRecorder::keep(int rank, int layer, std::size_t what, std::vector<std::vector<Seconds>>& sums) {
  const auto r = static_cast<std::size_t>(rank);
  const std::vector<StatePiece> pieces = std::exchange(ranks_[r].pieces, {});
  if (layer < 0 || !is_measured(rank)) return;
  const auto at = static_cast<std::size_t>(layer);
  for (const StatePiece& piece : pieces) {
    sums[at][r] += piece.to - piece.from;
    if (ranks_[r].step == setting_.warmup)
      of_layer_[at].gpus[r].push_back({static_cast<int>(what), static_cast<int>(piece.state), piece.from, piece.to});
  }
}

void DetailRecorder::kernel(int rank, const Kernel& kernel, Seconds /*start*/, Seconds /*end*/) {
  keep(rank, kernel.layer, static_cast<std::size_t>(kernel.stage), detail_.busy);
  detail_.micro_batches = std::max(detail_.micro_batches, kernel.micro_batch);
  if (kernel.stage == setting_.expert_stage && kernel.layer >= 0 && is_measured(rank))
    detail_.copies[static_cast<std::size_t>(kernel.layer)][static_cast<std::size_t>(rank)] += kernel.tokens;
}

void DetailRecorder::await(int rank, const Exchange& exchange, Seconds /*from*/, Seconds /*to*/, int /*last_src*/) {
  keep(rank, exchange.layer, program_.stages().size() + static_cast<std::size_t>(exchange.family), detail_.waits);
}

void DetailRecorder::post(int rank, const Exchange& exchange, Seconds /*t*/) {
  if (!is_measured(rank)) return;
  auto& bytes = detail_.traffic[static_cast<std::size_t>(exchange.family)].bytes;
  const auto row_of = [&](int of) { return static_cast<std::size_t>(row_of_rank_[static_cast<std::size_t>(of)]); };
  for (const Transfer& transfer : exchange.row(member_of(exchange, rank)))
    bytes[row_of(rank)][row_of(transfer.dst)] += transfer.bytes;
}

void DetailRecorder::end_step(int rank, int step, Seconds /*t*/) {
  ranks_[static_cast<std::size_t>(rank)].step = step + 1;
}

/// The layer of median length, then the longest, of those with experts if there are any.
std::vector<LayerTimeline> DetailRecorder::timelines() {
  std::vector<LayerTimeline> shown;
  for (std::size_t layer = 0; layer < of_layer_.size(); ++layer) {
    LayerTimeline& timeline = of_layer_[layer];
    if (!detail_.copies.empty() && *std::max_element(detail_.copies[layer].begin(), detail_.copies[layer].end()) <= 0)
      continue;
    timeline.layer = static_cast<int>(layer);
    timeline.begin = std::numeric_limits<double>::infinity();
    Seconds end = 0;
    for (const auto& slices : timeline.gpus) {
      if (slices.empty()) continue;
      timeline.begin = std::min(timeline.begin, slices.front().begin);
      end = std::max(end, slices.back().end);
    }
    if (end == 0) continue;
    timeline.seconds = end - timeline.begin;
    for (auto& slices : timeline.gpus)
      for (TimelineSlice& slice : slices) {
        slice.begin -= timeline.begin;
        slice.end -= timeline.begin;
      }
    shown.push_back(std::move(timeline));
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [](const LayerTimeline& a, const LayerTimeline& b) { return a.seconds < b.seconds; });
  if (shown.size() < 2) return shown;
  return {shown[(shown.size() - 1) / 2], shown.back()};
}

Detail DetailRecorder::take(const std::vector<StateSeconds>& breakdown) {
  const double steps = setting_.steps;
  detail_.timelines = timelines();
  divide(detail_.copies, steps);
  divide(detail_.busy, steps);
  divide(detail_.waits, steps);
  for (FamilyTraffic& family : detail_.traffic) divide(family.bytes, steps);
  std::erase_if(detail_.traffic, [](const FamilyTraffic& family) {
    return std::all_of(family.bytes.begin(), family.bytes.end(),
                       [](const auto& row) { return std::accumulate(row.begin(), row.end(), 0.0) == 0; });
  });
  detail_.breakdown = breakdown;
  for (StateSeconds& states : detail_.breakdown)
    for (Seconds& seconds : states) seconds /= steps;
  return std::move(detail_);
}

}  // namespace ringtail
