#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "report/data.hpp"
#include "report/figures.hpp"
#include "report/page.hpp"

namespace ringtail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::filesystem::path write(const std::string& name, const std::string& text) {
  const auto file = std::filesystem::path(::testing::TempDir()) / name;
  std::ofstream(file) << text;
  return file;
}

TEST(ReportData, SaysWhatIsNotThere) {
  ReportData data;
  EXPECT_THAT(data.add("/nothing.json"), HasSubstr("/nothing.json: error: cannot be read"));
  EXPECT_THAT(data.add(::testing::TempDir()), HasSubstr("ringtail sweep STUDY.yaml -o DIR"));
  EXPECT_THAT(data.add(write("broken.json", "{")), HasSubstr("broken.json"));
  EXPECT_THAT(data.add(write("other.json", "[1]")), HasSubstr("is not a result of Ringtail"));
  EXPECT_TRUE(data.json()["results"].empty());
}

TEST(ReportData, KnowsFilesByWhatIsInThem) {
  ReportData data;
  EXPECT_EQ(data.add(write("ladder.json", R"({"ladders": [{"name": "a"}]})")), "");
  EXPECT_EQ(data.add(write("compared.json", R"({"switches": {}, "deployments": [{"name": "a"}]})")), "");
  EXPECT_EQ(data.json()["ladders"].size(), 1U);
  EXPECT_EQ(data.json()["comparisons"].size(), 1U);
}

/// Whatever a name says, it cannot end the element that the data are in.
TEST(ReportPage, KeepsDataInside) {
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

TEST(ReportPage, SaysWhereD3IsFrom) {
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
