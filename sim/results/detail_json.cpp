#include "results/detail_json.hpp"

#include <cmath>

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

double microseconds(Seconds t) { return std::round(t * 1e9) / 1e3; }

/// A table of figures, each by what `shown` makes of it.
template <class Rows, class Shown>
Json table_json(const Rows& rows, const Shown& shown) {
  Json table = Json::array();
  for (const auto& row : rows) {
    Json cells = Json::array();
    for (const double value : row) cells.push_back(shown(value));
    table.push_back(std::move(cells));
  }
  return table;
}

Json timeline_json(const LayerTimeline& timeline) {
  Json gpus = Json::array();
  for (const auto& slices : timeline.gpus) {
    Json gpu = Json::array();
    for (const TimelineSlice& slice : slices)
      gpu.push_back({slice.what, slice.state, microseconds(slice.begin), microseconds(slice.end)});
    gpus.push_back(std::move(gpu));
  }
  return {
      {"layer", timeline.layer}, {"begin_s", timeline.begin}, {"seconds", timeline.seconds}, {"gpus", std::move(gpus)}};
}

}  // namespace

Json detail_json(const Detail& detail) {
  const auto rounded = [](double value) { return std::round(value * 1e3) / 1e3; };
  Json timelines = Json::array();
  for (const LayerTimeline& timeline : detail.timelines) timelines.push_back(timeline_json(timeline));
  Json traffic = Json::object();
  for (const FamilyTraffic& family : detail.traffic)
    traffic[family.family] = table_json(family.bytes, [](Bytes bytes) { return std::llround(bytes); });
  return {{"replication", 0},
          {"whats", detail.whats},
          {"states", state_names},
          {"micro_batches", detail.micro_batches},
          {"timelines", timelines},
          {"gpu_breakdown_us", table_json(detail.breakdown, microseconds)},
          {"expert_copies", table_json(detail.copies, rounded)},
          {"busy_us", table_json(detail.busy, microseconds)},
          {"waits_us", table_json(detail.waits, microseconds)},
          {"traffic_between", detail.traffic_is_by_island ? "islands" : "gpus"},
          {"traffic_bytes", traffic}};
}

}  // namespace ringtail
