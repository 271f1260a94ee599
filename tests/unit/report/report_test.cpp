#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/files.hpp"
#include "report/data.hpp"
#include "report/figures.hpp"
#include "report/page.hpp"

namespace ringtail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReportDataTest : public Files {};
class ReportPageTest : public Files {};

std::filesystem::path write(const std::string& name, const std::string& text) {
  std::ofstream(name) << text;
  return name;
}

TEST_F(ReportDataTest, SaysWhatIsNotThere) {
  ReportData data;
  EXPECT_THAT(data.add("/nothing.json"), HasSubstr("/nothing.json: error: cannot be read"));
  EXPECT_THAT(data.add("."), HasSubstr("ringtail sweep STUDY.yaml -o DIR"));
  EXPECT_THAT(data.add(write("broken.json", "{")), HasSubstr("broken.json:1:1: error: ends in the middle of its JSON"));
  EXPECT_THAT(data.add(write("deep.json", std::string(100000, '['))), HasSubstr("nested too deeply"));
  EXPECT_THAT(data.add(write("other.json", "[1]")), HasSubstr("is not a result of Ringtail\nhelp: reports show"));
  EXPECT_THAT(data.add(write("tune.json", R"({"finalists": [], "front": []})")),
              HasSubstr("is what `ringtail tune` prints, which no report shows\nhelp: reports show results of"));
  EXPECT_TRUE(data.json()["results"].empty());
}

constexpr const char* ladder = R"({"schema_version": 1, "ladders": [{"name": "a", "feasible": true, "rungs": [
  {"rung": 0, "name": "r", "tokens_per_s": 3, "factor": null, "ci95": null, "first": {"factor": null}, "last": {"factor": null}}]}]})";

TEST_F(ReportDataTest, KnowsFilesByWhatIsInThem) {
  ReportData data;
  EXPECT_EQ(data.add(write("ladder.json", ladder)), "");
  EXPECT_EQ(data.add(write("compared.json",
                           R"({"switches": {}, "deployments": [{"name": "a", "feasible": false, "terms": []}]})")),
            "");
  EXPECT_EQ(data.json()["ladders"].size(), 1U);
  EXPECT_EQ(data.json()["comparisons"].size(), 1U);
}

/// What the page would break on is refused when it is read.
TEST_F(ReportDataTest, ChecksWhatTheOtherCommandsPrint) {
  ReportData data;
  std::string text = ladder;
  text.replace(text.find("\"tokens_per_s\": 3"), 17, "\"tokens_per_s\": []");
  EXPECT_THAT(data.add(write("ladder.json", text)),
              HasSubstr("ladders[0].rungs[0].tokens_per_s is []; it must be a number (tokens/s)"));
  EXPECT_THAT(data.add(write("compared.json", R"({"switches": {}, "deployments": []})")),
              HasSubstr("deployments is empty"));
  EXPECT_THAT(data.add(write("qs.json", R"({"qs": 1, "here": 2})")), HasSubstr("here is 2; it must be an object"));
}

/// A study's folder with one point of two replications whose mean TPOT is 0.2 s. `summary` and `results` take the place
/// of what belongs there, if they are given.
std::string error_of_study(const std::string& summary, const std::string& results) {
  std::filesystem::create_directories("study");
  write("study/summary.csv", summary);
  write("study/results.csv", results);
  ReportData data;
  const std::string error = data.add("study");
  EXPECT_EQ(data.json()["studies"].size(), error.empty() ? 1U : 0U);
  return error;
}

const std::string summary_header =
    "skew,point,outcome,reason,batch_total_sequences,tpot_s,tpot_s_ci95_low,tpot_s_ci95_high,tokens_per_s_per_gpu,"
    "tokens_per_s_per_gpu_ci95_low,tokens_per_s_per_gpu_ci95_high\n";
const std::string results_header =
    "skew,point,outcome,reason,replication,batch_limit,tpot_s,compute_bound_s,hbm_bound_s,overhead_s,straggler_wait_s,"
    "pipeline_bubble_s,exposed_communication_s,idle_s\n";
const std::string summary_row = "\"a, \"\"b\"\"\",f0,done,,8,0.2,0.1,0.3,7,6,8\n";
const std::string results_rows = "a,f0,done,,0,reserve,0.1,0.1,0,0,0,0,0,0\na,f0,done,,1,reserve,0.3,0.3,0,0,0,0,0,0\n";

TEST_F(ReportDataTest, ReadsTheTablesOfStudies) {
  EXPECT_EQ(error_of_study(summary_header + summary_row + "c,f1,infeasible,too large,,,,,,,\n",
                           results_header + results_rows),
            "");
}

/// Each way in which a table may be damaged is told, with its line, and nothing of it is shown.
TEST_F(ReportDataTest, RefusesDamagedTablesOfStudies) {
  const std::string whole_summary = summary_header + summary_row, whole_results = results_header + results_rows;
  EXPECT_THAT(error_of_study("", whole_results), HasSubstr("summary.csv: error: is empty\nhelp: "));
  EXPECT_THAT(error_of_study(whole_summary, ""), HasSubstr("results.csv: error: is empty"));
  EXPECT_THAT(error_of_study(summary_header, whole_results), HasSubstr("summary.csv:1: error: has no points"));
  EXPECT_THAT(error_of_study("nonsense\n", whole_results), HasSubstr("summary.csv:1: error: has no column point"));
  EXPECT_THAT(error_of_study(whole_summary, "point,outcome,reason\n"),
              HasSubstr("results.csv:1: error: has no column compute_bound_s"));
  EXPECT_THAT(error_of_study(whole_summary.substr(0, whole_summary.size() - 3), whole_results),
              HasSubstr("summary.csv:2: error: ends in the middle of a line"));
  EXPECT_THAT(error_of_study(summary_header + "a,f0\n", whole_results),
              HasSubstr("summary.csv:2: error: 2 cells, where the header has 11"));
  EXPECT_THAT(error_of_study(summary_header + "a,f0,done,,8,fast,0.1,0.3,7,6,8\n", whole_results),
              HasSubstr("summary.csv:2: error: tpot_s is 'fast', not a number"));
  EXPECT_THAT(error_of_study(summary_header + "a,f0,done,,8,nan,0.1,0.3,7,6,8\n", whole_results),
              HasSubstr("tpot_s is 'nan', not a number"));
  EXPECT_THAT(error_of_study(summary_header + "a,f0,done,,8,,0.1,0.3,7,6,8\n", whole_results),
              HasSubstr("tpot_s is '', not a number"));
  EXPECT_THAT(error_of_study(whole_summary, results_header + "a,f0,done,,0,reserve,0.1,x,0,0,0,0,0,0\n"),
              HasSubstr("results.csv:2: error: compute_bound_s is 'x', not a number"));
  // Cut between two lines: a point, or some of its replications, are gone.
  EXPECT_THAT(error_of_study(whole_summary, results_header),
              HasSubstr("summary.csv:2: error: point 'f0' is done, but results.csv has no row of it"));
  EXPECT_THAT(error_of_study(whole_summary, results_header + results_rows.substr(0, results_rows.find('\n') + 1)),
              HasSubstr("summary.csv:2: error: tpot_s is 0.2, but the mean of its 1 in results.csv is 0.1"));
}

/// Whatever a name says, it cannot end the element that the data are in.
TEST_F(ReportPageTest, KeepsDataInside) {
  ::setenv("RINGTAIL_D3", write("d3.js", "/* a library */").c_str(), 1);
  ReportData data;
  auto json = data.json();
  json["studies"].push_back({{"name", "</script><script>alert(1)</script>"}, {"summary_csv", ""}, {"results_csv", ""}});
  const Page page = report_page(json, std::filesystem::path(RINGTAIL_SOURCE_DIR) / "report");
  EXPECT_EQ(page.error, "");
  EXPECT_THAT(page.html, HasSubstr("/* a library */"));
  EXPECT_THAT(page.html, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page.html, Not(HasSubstr("@DATA@")));
}

TEST_F(ReportPageTest, SaysWhereD3IsFrom) {
  ::setenv("RINGTAIL_D3", "/nothing/d3.js", 1);
  const Page page = report_page(ReportData().json(), std::filesystem::path(RINGTAIL_SOURCE_DIR) / "report");
  EXPECT_THAT(page.error, HasSubstr("apt-get install node-d3"));
}

TEST(Figures, AreFoundByName) {
  const auto figures =
      figures_in(R"(<svg data-figure="no"></svg><div id="figures"><svg xmlns="x" data-figure="a"><g></g></svg>)"
                 R"(<svg data-figure="b-c"></svg></div>)");
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].name, "a");
  EXPECT_EQ(figures[0].svg, "<svg xmlns=\"x\" data-figure=\"a\"><g></g></svg>\n");
  EXPECT_EQ(figures[1].name, "b-c");
}

}  // namespace
}  // namespace ringtail
