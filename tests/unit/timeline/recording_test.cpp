#include "simulation/recording.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "parallel/messages.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::json;
using testing::tiny_deployment;

/// Four GPUs in islands of two, so that dispatch and combine use NVLink and NICs.
Deployment small_moe() {
  Parallelism parallelism;
  parallelism.attention.dp = 4;
  parallelism.ffn.ep = 4;
  Deployment deployment = tiny_deployment(testing::tiny_moe_model(), 4, parallelism, 64);
  deployment.platform = testing::round_platform(2);
  deployment.routing.popularity = {Popularity::Kind::zipf, 0.8};
  deployment.run = {2, 1, 1, 1};
  return deployment;
}

struct Recorded {
  Measurement measurement;
  Json trace;
};

Recorded record(const Deployment& deployment, const TraceSelection& selection = {}) {
  std::string file = ::testing::TempDir() + "trace.XXXXXX";
  const int descriptor = mkstemp(file.data());
  SimulateOptions options;
  options.recording = {descriptor, selection, true};
  Result result = simulate(deployment, plan_batch(deployment), options);
  close(descriptor);
  std::ifstream stream(file);
  Recorded recorded{result.measurement.value(), Json::parse(stream)};
  unlink(file.c_str());
  return recorded;
}

std::vector<Json> events(const Json& trace, const std::string& phase, const std::string& category = "") {
  std::vector<Json> found;
  for (const Json& event : trace["traceEvents"])
    if (event["ph"] == phase && (category.empty() || event["cat"] == category)) found.push_back(event);
  return found;
}

/// Whole nanoseconds.
long long ns(const Json& microseconds) { return std::llround(1e3 * microseconds.get<double>()); }

struct Slice {
  int gpu, track;
  std::string name, category;
  Json args;
  long long begin, end;  ///< Nanoseconds.
};

/// As the format demands of what begins and ends on one track: what began last ends first, and none is left open. Of
/// events at the same time the order in the file counts.
std::vector<Slice> slices(const Json& trace, const std::string& category = "") {
  std::vector<Json> edges;
  for (const Json& e : trace["traceEvents"])
    if (e["ph"] == "B" || e["ph"] == "E") edges.push_back(e);
  std::stable_sort(edges.begin(), edges.end(), [](const Json& a, const Json& b) { return ns(a["ts"]) < ns(b["ts"]); });
  std::map<std::pair<int, int>, std::vector<Slice>> open;
  std::vector<Slice> found;
  for (const Json& e : edges) {
    auto& stack = open[{e["pid"], e["tid"]}];
    if (e["ph"] == "B") {
      stack.push_back({e["pid"], e["tid"], e["name"], e["cat"], e["args"], ns(e["ts"]), 0});
      continue;
    }
    EXPECT_TRUE(!stack.empty() && stack.back().name == e["name"] && stack.back().args == e["args"]) << e;
    if (stack.empty()) continue;
    stack.back().end = ns(e["ts"]);
    if (category.empty() || category == e["cat"]) found.push_back(stack.back());
    stack.pop_back();
  }
  for (const auto& [track, stack] : open) EXPECT_TRUE(stack.empty()) << "GPU " << track.first << ", " << track.second;
  return found;
}

TEST(Trace, SlicesNest) {
  const Recorded recorded = record(small_moe());
  for (const char* const category : {"step", "kernel", "overhead", "wait", "HBM", "collective"})
    EXPECT_FALSE(slices(recorded.trace, category).empty()) << category;
}

/// Also where collectives overlap with each other, resident kernels copy, and ranks are in different steps.
TEST(Trace, SlicesNestWhateverOverlaps) {
  Deployment two_batch = small_moe();
  two_batch.decode.overlap.kind = Overlap::Kind::two_batch;
  EXPECT_FALSE(slices(record(two_batch).trace, "collective").empty());
  Deployment relayed = small_moe();
  relayed.collectives.dispatch = DispatchMode::inter;
  EXPECT_FALSE(slices(record(relayed).trace, "copy").empty());
  Deployment pipeline = small_moe();
  pipeline.gpus = 8;
  pipeline.parallelism.pipeline.stages = 2;
  EXPECT_FALSE(slices(record(pipeline).trace, "step").empty());
}

/// What is under the trace's slices is what the accounting has booked: both are of the same steps of all GPUs. Each end
/// of a slice is rounded by at most half a nanosecond.
TEST(Trace, StatesAddUpToTheBreakdown) {
  const Deployment deployment = small_moe();
  const Recorded recorded = record(deployment);
  std::map<std::string, double> sums;
  const std::vector<Slice> all = slices(recorded.trace);
  std::map<int, double> ends;
  for (const Slice& slice : all) {
    const double seconds = 1e-9 * static_cast<double>(slice.end - slice.begin);
    if (slice.category == "wait") sums[slice.args["state"]] += seconds;
    if (slice.category == "overhead" || slice.category == "kernel") sums[slice.category] += seconds;
    if (slice.category == "step") ends[slice.gpu] = std::max(ends[slice.gpu], 1e-9 * static_cast<double>(slice.end));
  }
  const double per_step = deployment.gpus * deployment.run.steps;
  // The window begins and ends with the last GPU's step: what an earlier GPU does until then is booked elsewhere.
  const auto [first, last] =
      std::minmax_element(ends.begin(), ends.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const double skew = last->second - first->second;
  EXPECT_LT(skew, 0.05 * recorded.measurement.step.mean) << "so that the tolerance says something";
  const double tolerance = static_cast<double>(all.size()) * 1e-9 / per_step + 2 * skew / deployment.run.steps;
  const StateSeconds& breakdown = recorded.measurement.breakdown;
  const auto of = [&](State state) { return breakdown[static_cast<std::size_t>(state)]; };
  EXPECT_NEAR(sums["overhead"] / per_step, of(State::overhead), tolerance);
  EXPECT_NEAR(sums["straggler_wait"] / per_step, of(State::straggler_wait), tolerance);
  EXPECT_NEAR(sums["exposed_communication"] / per_step, of(State::exposed_communication), tolerance);
  EXPECT_NEAR(sums["kernel"] / per_step, of(State::overhead) + of(State::compute_bound) + of(State::hbm_bound),
              tolerance);
}

/// Every arrow begins once and ends once, later, inside a slice of the sender's and of the receiver's port; there is
/// one for each transfer of dispatch and combine.
TEST(Trace, FlowsPairUp) {
  const Recorded recorded = record(small_moe());
  std::map<std::string, Json> begun;
  for (const Json& e : events(recorded.trace, "s")) EXPECT_TRUE(begun.emplace(e["id"], e).second);
  const std::vector<Slice> ports = slices(recorded.trace, "collective");
  const auto is_inside = [&](const Json& event) {
    return std::any_of(ports.begin(), ports.end(), [&](const Slice& s) {
      return s.gpu == event["pid"] && s.track == event["tid"] && s.begin <= ns(event["ts"]) && ns(event["ts"]) <= s.end;
    });
  };
  std::size_t ended = 0;
  for (const Json& e : events(recorded.trace, "f")) {
    ASSERT_TRUE(begun.contains(e["id"]));
    const Json& begin = begun[e["id"]];
    EXPECT_LE(begin["ts"], e["ts"]);
    EXPECT_TRUE(is_inside(begin) && is_inside(e)) << e;
    ++ended;
  }
  EXPECT_EQ(ended, begun.size());
  std::size_t transfers = 0;
  for (const Json& e : events(recorded.trace, "b"))
    transfers +=
        e["name"].get<std::string>().starts_with("dispatch") || e["name"].get<std::string>().starts_with("combine");
  EXPECT_GT(transfers, 0U);
  EXPECT_EQ(begun.size(), transfers);
}

/// The area under a counter of GB/s is its bytes: of HBM those of the kernels, of ports those of the transfers, out and
/// in. A rate is printed with six digits.
TEST(Trace, CountersHaveTheBytes) {
  const Recorded recorded = record(small_moe());
  std::map<std::pair<int, std::string>, std::pair<double, double>> at;  // Time and value.
  std::map<std::string, double> areas, bytes;
  for (const Json& e : events(recorded.trace, "C")) {
    auto& [t, value] = at[{e["pid"], e["name"]}];
    const auto now = static_cast<double>(ns(e["ts"]));
    EXPECT_GE(now, t);
    areas[e["name"]] += value * (now - t);
    t = now;
    value = e["args"]["value"];
  }
  for (const auto& [counter, last] : at) EXPECT_EQ(last.second, 0) << counter.second;
  for (const Slice& slice : slices(recorded.trace, "HBM")) bytes["HBM GB/s"] += slice.args["bytes"].get<double>();
  for (const Json& e : events(recorded.trace, "b")) {
    const bool inside = e["args"]["src"].get<int>() / 2 == e["args"]["dst"].get<int>() / 2;
    for (const char* const direction : {"out", "in"})
      bytes[std::string(inside ? "NVLink " : "NIC ") + direction + " GB/s"] += e["args"]["bytes"].get<double>();
  }
  EXPECT_EQ(bytes.size(), 5U);
  for (const auto& [counter, sum] : bytes) EXPECT_NEAR(areas[counter], sum, 1e-3 * sum) << counter;
}

TEST(Trace, ShowsWhatIsSelectedOnly) {
  const Recorded recorded = record(
      small_moe(), {Selection::parse("1").value(), Selection::parse("0,3").value(), Selection::parse("1").value()});
  EXPECT_FALSE(slices(recorded.trace, "kernel").empty());
  for (const Slice& slice : slices(recorded.trace)) {
    EXPECT_TRUE(slice.gpu == 0 || slice.gpu == 3);
    if (slice.args.contains("layer")) {
      EXPECT_EQ(slice.args["layer"], 1);
    }
    if (slice.category == "step") {
      EXPECT_EQ(slice.name, "step 1");
    }
  }
}

/// Nothing of a result but its detail depends on whether anything is recorded.
TEST(Recording, ChangesNoFigure) {
  const Deployment deployment = small_moe();
  const Measurement plain = simulate(deployment, plan_batch(deployment), {}).measurement.value();
  const Measurement recorded = record(deployment).measurement;
  EXPECT_EQ(plain.step.mean, recorded.step.mean);
  EXPECT_EQ(plain.breakdown, recorded.breakdown);
  EXPECT_FALSE(plain.replications.front().detail.has_value());
}

/// Laws of what is there: every token visits its experts once, and the means over GPUs are the result's.
TEST(Detail, AgreesWithTheResult) {
  const Deployment deployment = small_moe();
  const Measurement m = record(deployment).measurement;
  const Detail& detail = m.replications.front().detail.value();
  for (int layer = 0; layer < deployment.model.layers; ++layer) {
    const auto& copies = detail.copies.at(static_cast<std::size_t>(layer));
    const double sum = std::accumulate(copies.begin(), copies.end(), 0.0);
    EXPECT_EQ(sum, deployment.model.is_moe_layer(layer) ? 64 * deployment.model.moe->experts_per_token : 0) << layer;
  }
  for (std::size_t state = 0; state < state_count; ++state) {
    double sum = 0;
    for (const StateSeconds& gpu : detail.breakdown) sum += gpu[state];
    EXPECT_NEAR(sum / deployment.gpus, m.breakdown[state], 1e-12);
  }
}

TEST(Detail, TimelinesAreInOrderAndInside) {
  const Detail detail = record(small_moe()).measurement.replications.front().detail.value();
  ASSERT_EQ(detail.timelines.size(), 2U);
  EXPECT_LE(detail.timelines[0].seconds, detail.timelines[1].seconds);
  for (const LayerTimeline& timeline : detail.timelines)
    for (const auto& slices : timeline.gpus) {
      Seconds t = 0;
      for (const TimelineSlice& slice : slices) {
        EXPECT_GE(slice.begin, t - 1e-15);
        EXPECT_GT(slice.end, slice.begin);
        t = slice.end;
      }
      EXPECT_LE(t, timeline.seconds + 1e-15);
    }
}

/// With `ll`, a GPU sends another one message for each copy of its tokens there, and four bytes for each of its slots:
/// 8 in each of the two MoE layers. No GPU sends itself anything.
TEST(Detail, TrafficIsOfWholeMessages) {
  const Deployment deployment = small_moe();
  const Detail detail = record(deployment).measurement.replications.front().detail.value();
  const auto dispatch = std::find_if(detail.traffic.begin(), detail.traffic.end(),
                                     [](const FamilyTraffic& family) { return family.family == "dispatch"; });
  ASSERT_NE(dispatch, detail.traffic.end());
  const Bytes message = dispatch_message(deployment.model, deployment.precision.dispatch);
  double messages = 0;
  for (std::size_t src = 0; src < 4; ++src) {
    EXPECT_EQ(dispatch->bytes[src][src], 0);
    for (std::size_t dst = 0; dst < 4; ++dst) {
      if (src == dst) continue;
      const double sent = deployment.run.steps * (dispatch->bytes[src][dst] - 2 * 8 * 4) / message;
      EXPECT_NEAR(sent, std::round(sent), 1e-9);
      messages += sent;
    }
  }
  EXPECT_GT(messages, 0);
  EXPECT_LE(messages, deployment.run.steps * 2 * 64 * deployment.model.moe->experts_per_token);
}

}  // namespace
}  // namespace ringtail
