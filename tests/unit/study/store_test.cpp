#include "study/store.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "stats/confidence.hpp"
#include "stats/sample.hpp"
#include "study/exports.hpp"
#include "study/plan_change.hpp"
#include "study/summary.hpp"
#include "study_files.hpp"

namespace ringtail {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class StoreTest : public StudyFiles {
 protected:
  /// All points simulated in this process' children, in one store.
  static std::vector<Store> simulated(const StudySource& study, const std::vector<PlannedPoint>& planned) {
    {
      Store store = Store::open("points.sqlite");
      for (const PlannedPoint& point : planned) store.write(simulate_point(study, point));
    }
    std::vector<Store> stores;
    stores.push_back(Store::open_to_read("points.sqlite"));
    return stores;
  }

  static std::string table_of(const StudySource& study, const std::vector<PlannedPoint>& planned,
                              const std::vector<Store>& stores) {
    std::string csv = csv_header(study.study);
    for (const PlannedPoint& point : planned)
      if (const auto record = find_in(stores)(point.identity))
        csv += csv_rows(study.study, point, read_outcome(*record));
    return csv;
  }

  static std::vector<SummaryRow> rows_of(const StudySource& study, const std::vector<PlannedPoint>& planned,
                                         const std::vector<Store>& stores) {
    Summary summary(study.study);
    for (const PlannedPoint& point : planned) {
      const auto record = find_in(stores)(point.identity);
      summary.add(point, record ? std::optional(read_outcome(*record)) : std::nullopt);
    }
    return summary.rows();
  }
};

TEST_F(StoreTest, KeepsWhatWasWritten) {
  {
    Store store = Store::open("a.sqlite");
    store.write({"0123", "failed", "a 'reason'\nof two lines", "", 1.5, 2e9});
    store.write({"4567", "done", "", "{\"x\":0.1}", 0.25, 1});
    store.write({"0123", "done", "", "{}", 2.5, 3});  // in place of the first
  }
  const Store store = Store::open_to_read("a.sqlite");
  EXPECT_EQ(store.outcomes(), (std::map<std::string, std::string>{{"0123", "done"}, {"4567", "done"}}));
  EXPECT_EQ(store.find("4567")->result, "{\"x\":0.1}");
  EXPECT_EQ(store.find("0123")->wall_s, 2.5);
  EXPECT_FALSE(store.find("89ab"));
}

TEST_F(StoreTest, RefusesWhatIsNoStore) {
  std::ofstream("text.sqlite") << std::string(5000, 'x');
  EXPECT_THROW((void)Store::open("text.sqlite"), StoreError);
  EXPECT_THROW((void)Store::open_to_read("none.sqlite"), StoreError);
  EXPECT_THROW((void)Store::open("no/folder/points.sqlite"), StoreError);
}

// POSIX locks do not keep a process from itself, so another one tries.
TEST_F(StoreTest, IsOpenOnce) {
  const Store store = Store::open("a.sqlite");
  const pid_t child = fork();
  if (child == 0) {
    try {
      const Store second = Store::open("a.sqlite");
      _exit(0);
    } catch (const StoreError& error) {
      _exit(std::string(error.what()).starts_with("another sweep is using a.sqlite") ? 7 : 8);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

// A store holds what was done first; then what may be tried again.
TEST_F(StoreTest, TakesTheBestOfSeveralStores) {
  for (const auto& [file, outcome] :
       std::map<std::string, std::string>{{"a", "failed"}, {"b", "done"}, {"c", "timeout"}})
    Store::open(file).write({"0123", outcome, file, outcome == "done" ? "{}" : "", 0, 0});
  std::vector<Store> stores;
  for (const char* const file : {"a", "b", "c"}) stores.push_back(Store::open_to_read(file));
  EXPECT_EQ(find_in(stores)("0123")->reason, "b");
  EXPECT_FALSE(find_in(stores)("4567"));
}

TEST_F(StoreTest, TwoResultsOfOnePointAreAnError) {
  Store::open("a").write({"0123", "done", "", "{\"x\":1}", 0, 0});
  Store::open("b").write({"0123", "done", "", "{\"x\":2}", 0, 0});
  std::vector<Store> stores;
  for (const char* const file : {"a", "b"}) stores.push_back(Store::open_to_read(file));
  EXPECT_THROW((void)find_in(stores)("0123"), StoreError);
}

TEST_F(StoreTest, TellsWhatChangedInAStudy) {
  const StoredPlan before{"1", {{"aa", "x=1"}, {"bb", "x=2"}}};
  EXPECT_EQ(plan_change({}, before), "");
  EXPECT_EQ(plan_change(before, before), "");
  EXPECT_EQ(plan_change(before, {"1", {{"aa", "x=1"}, {"cc", "x=2"}, {"dd", "x=3"}}}),
            "  1 point with another configuration: x=2\n  1 point new: x=3\n");
  EXPECT_EQ(plan_change(before, {"2", {{"aa", "x=1"}}}),
            "  Ringtail is another version: 2 was 1\n  1 point no longer in the study (kept in the store): x=2\n");
}

// A row per replication and one per point without figures; figures are those of the result, to the last bit.
TEST_F(StoreTest, ExportsTidyTables) {
  const StudySource study =
      source("axes: [{name: batch, path: decode.batch, values: [{total: 64}, {total: 100000000}]}]");
  const auto planned = points(study);
  const auto stores = simulated(study, planned);
  const std::string csv = table_of(study, planned, stores);
  EXPECT_THAT(csv, StartsWith("batch,point,outcome,reason,replication,seed,gpus,batch_total_sequences,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 + 1);
  const auto result = nlohmann::json::parse(find_in(stores)(planned[0].identity)->result);
  for (const auto& replication : result["per_replication"])
    EXPECT_THAT(csv, HasSubstr(fmt::format(",{},1,{},", replication["step_s"].get<double>(),
                                           replication["tpot_s"].get<double>())));
  EXPECT_THAT(csv, HasSubstr("{total: 100000000}," + planned[1].identity + ",infeasible,"));

  const auto first = nlohmann::json::parse(json_line(study.study, planned[0], *find_in(stores)(planned[0].identity)));
  EXPECT_EQ(first["levels"]["batch"], "{total: 64}");
  EXPECT_EQ(first["result"], result);
  EXPECT_FALSE(result.contains("engine"));  // wall times differ from run to run
}

// The mean of the replications' values and of their differences, with the same Student-t as `ringtail diff`.
TEST_F(StoreTest, SummarisesWithPairedDifferences) {
  const StudySource study = source(
      "set: {run.replications: 4, routing.popularity: {zipf: 0.7}}\n"
      "axes:\n  - {name: placement, path: routing.placement, values: [contiguous, eplb]}\n"
      "  - {name: context, path: decode.context, values: [1k, 4k]}\n"
      "baseline: {placement: contiguous}\n");
  const auto planned = points(study);
  const auto stores = simulated(study, planned);
  const auto rows = rows_of(study, planned, stores);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_FALSE(rows[0].differences[0]);  // the baseline itself
  const auto base = read_figures(read_outcome(*find_in(stores)(planned[0].identity)).result).tpot_s;
  const auto eplb = read_figures(read_outcome(*find_in(stores)(planned[2].identity)).result).tpot_s;
  std::vector<double> differences;
  for (std::size_t r = 0; r < base.size(); ++r) differences.push_back(eplb[r] - base[r]);
  const PointDifference& difference = rows[2].differences[0].value();
  EXPECT_TRUE(difference.is_paired);
  EXPECT_NEAR(difference.tpot_s.mean, mean(differences), 1e-12 * mean(base));  // rounding
  EXPECT_DOUBLE_EQ(difference.tpot_s.ci95->low, student_t_interval(differences)->low);
  EXPECT_DOUBLE_EQ(rows[2].tpot_s.mean, mean(eplb));
  EXPECT_THAT(summary_text(study.study, rows), HasSubstr("TPOT vs contiguous"));
  EXPECT_THAT(summary_csv(study.study, rows), HasSubstr("tpot_s_minus_baseline_of_placement_ci95_low"));
}

// What was not simulated is missing, not left out.
TEST_F(StoreTest, SummarisesWhatIsThere) {
  const StudySource study = source("axes: [{name: seed, path: run.seed, values: [1, 2]}]\nbaseline: {seed: 1}\n");
  const auto planned = points(study);
  const auto stores = simulated(study, {planned[1]});
  const auto rows = rows_of(study, planned, stores);
  EXPECT_EQ(rows[0].outcome, "missing");
  EXPECT_EQ(rows[1].outcome, "done");
  EXPECT_FALSE(rows[1].differences[0]);
  const std::string csv = table_of(study, planned, stores);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2);
}

}  // namespace
}  // namespace ringtail
