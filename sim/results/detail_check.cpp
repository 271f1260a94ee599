#include "results/detail_check.hpp"

#include <fmt/format.h>

#include <cmath>

#include "accounting/breakdown.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

std::string wrong_rows(const std::string& name, const Json& rows, std::size_t count, std::size_t length) {
  if (rows.size() != count) return fmt::format("detail.{} has {} rows, not {}", name, rows.size(), count);
  for (std::size_t row = 0; row < count; ++row)
    if (rows[row].size() != length)
      return fmt::format("detail.{}[{}] has {} values, not {}", name, row, rows[row].size(), length);
  return {};
}

/// Whether a number is one of 0 to count - 1.
bool is_index(const Json& number, std::size_t count) {
  const auto value = number.get<double>();
  return value >= 0 && value < static_cast<double>(count) && value == std::floor(value);
}

std::string wrong_slice(const Json& slice, std::size_t whats, double end) {
  if (slice.size() != 4) return "is not [what, state, begin, end]";
  if (!is_index(slice[0], whats)) return "begins with no index of detail.whats";
  if (!is_index(slice[1], state_count)) return "has no index of detail.states";
  if (slice[2] > slice[3] || slice[3].get<double>() > end) return "does not lie in its layer";
  return {};
}

std::string wrong_timeline(const Json& timeline, const std::string& path, std::size_t whats, std::size_t gpus) {
  constexpr double rounding_us = 1e-3;
  const Json& lanes = timeline.at("gpus");
  if (lanes.size() != gpus) return fmt::format("{}.gpus has {} GPUs, not {}", path, lanes.size(), gpus);
  const double end = timeline.at("seconds").get<double>() * 1e6 + rounding_us;
  for (std::size_t gpu = 0; gpu < gpus; ++gpu)
    for (std::size_t i = 0; i < lanes[gpu].size(); ++i) {
      const std::string mistake = wrong_slice(lanes[gpu][i], whats, end);
      if (!mistake.empty()) return fmt::format("{}.gpus[{}][{}] {}", path, gpu, i, mistake);
    }
  return {};
}

std::string wrong_traffic(const Json& detail, std::size_t gpus) {
  const std::string between = detail.at("traffic_between");
  if (between != "gpus" && between != "islands") return "detail.traffic_between is neither gpus nor islands";
  const Json& families = detail.at("traffic_bytes");
  const std::size_t rows = between == "gpus" || families.empty() ? gpus : families.front().size();
  for (const auto& [family, matrix] : families.items()) {
    const std::string mistake = wrong_rows("traffic_bytes." + family, matrix, rows, rows);
    if (!mistake.empty()) return mistake;
  }
  return {};
}

}  // namespace

std::string wrong_detail(const Json& detail) {
  if (detail.at("states") != Json(state_names)) return "detail.states are not the keys of breakdown_s in order";
  const std::size_t gpus = detail.at("gpu_breakdown_us").size();
  const std::size_t layers = detail.at("busy_us").size();
  if (gpus == 0 || layers == 0) return "detail has no GPUs or no layers";
  std::string mistake = wrong_rows("gpu_breakdown_us", detail.at("gpu_breakdown_us"), gpus, state_count);
  for (const char* const name : {"busy_us", "waits_us", "expert_copies"}) {
    const Json& rows = detail.at(name);
    const bool is_dense = rows.empty() && std::string_view(name) == "expert_copies";
    if (mistake.empty() && !is_dense) mistake = wrong_rows(name, rows, layers, gpus);
  }
  if (mistake.empty()) mistake = wrong_traffic(detail, gpus);
  const Json& timelines = detail.at("timelines");
  for (std::size_t i = 0; i < timelines.size() && mistake.empty(); ++i)
    mistake = wrong_timeline(timelines[i], fmt::format("detail.timelines[{}]", i), detail.at("whats").size(), gpus);
  return mistake;
}

}  // namespace ringtail
