#include "routing/expert_counts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ringtail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ExpertCounts, ReadsATable) {
  const ExpertCounts read = read_expert_counts("# a comment\nlayer,tokens,c0,c1,c2\n4,9,1,2,3\r\n3,9,0.5,0,0.25\n", "");
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.counts, ElementsAre(ElementsAre(0.5, 0, 0.25), ElementsAre(1, 2, 3)));  // layers ascending
}

// Layers without experts have rows without any, as in SGLang's dumps: whether that may be, the model says.
TEST(ExpertCounts, ReadsAMatrixWithoutHeader) {
  const ExpertCounts read = read_expert_counts("# by layer\n0,0\n3,1\n2,2e1\n", "");
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.counts, ElementsAre(ElementsAre(0, 0), ElementsAre(3, 1), ElementsAre(2, 20)));
}

TEST(ExpertCounts, ChoosesOneOfSeveralTables) {
  const std::string text = "task,phase,layer,e0,e1\nlaw,in,0,1,2\nlaw,out,0,3,4\n";
  EXPECT_THAT(read_expert_counts(text, "law/out").counts, ElementsAre(ElementsAre(3, 4)));
  EXPECT_THAT(read_expert_counts(text, "").error, HasSubstr("rows can be: law/in, law/out"));
  EXPECT_THAT(read_expert_counts(text, "tax").error, HasSubstr("no rows named 'tax'; rows can be: law/in, law/out"));
}

TEST(ExpertCounts, SaysWhatIsWrong) {
  const auto error = [](const std::string& text) { return read_expert_counts(text, "").error; };
  EXPECT_THAT(error(""), HasSubstr("no header"));
  EXPECT_THAT(error("layer,c0,c1\n"), HasSubstr("no rows"));
  EXPECT_THAT(error("c0,c1\n1,2\n"), HasSubstr("line 1: the header must have a column layer"));
  EXPECT_THAT(error("layer,c0,c2\n1,2,3\n"), HasSubstr("one column per expert"));
  EXPECT_THAT(error("layer,c0,c1\n1,2\n"), HasSubstr("line 2: 2 values, but the header has 3"));
  EXPECT_THAT(error("layer,c0,c1\nx,2,3\n"), HasSubstr("'x' is not the number of a layer"));
  EXPECT_THAT(error("layer,c0,c1\n1,2,-3\n"), HasSubstr("'-3' is not a count"));
  EXPECT_THAT(error("layer,c0,c1\n1,2,inf\n"), HasSubstr("'inf' is not a count"));
  EXPECT_THAT(error("layer,c0,c1\n1,2,3\n1,2,3\n"), HasSubstr("line 3: layer 1 is there twice"));
  EXPECT_THAT(error("1,2\n1,2,3\n"), HasSubstr("line 2: 3 values, but the first line has 2"));
}

// What spreadsheets and scripts really write: a byte order mark, semicolons, tabs, NaN. A matrix with a cell that is no
// number is not taken for a header.
TEST(ExpertCounts, ReadsAndRefusesWhatOtherProgramsWrite) {
  const auto error = [](const std::string& text) { return read_expert_counts(text, "").error; };
  EXPECT_THAT(read_expert_counts("\xEF\xBB\xBF"
                                 "1,2\n3,4\n",
                                 "")
                  .counts,
              ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4)));
  EXPECT_THAT(read_expert_counts("\xEF\xBB\xBFlayer,c0,c1\n0,3,4\n", "").counts, ElementsAre(ElementsAre(3, 4)));
  EXPECT_EQ(error("1,2,nan\n"), "line 1, column 5: 'nan' is not a count: it must be a number of at least 0");
  EXPECT_EQ(error("1,2\n3,NaN\n"), "line 2, column 3: 'NaN' is not a count: it must be a number of at least 0");
  EXPECT_EQ(error("1;2\n3;4\n"), "line 1: values are separated by ';'; it must be commas");
  EXPECT_EQ(error("layer;c0;c1\n"), "line 1: values are separated by ';'; it must be commas");
  EXPECT_EQ(error("1\t2\n"), "line 1: values are separated by tabs; it must be commas");
}

TEST(ExpertCounts, SaysWhichRowsThereAre) {
  EXPECT_EQ(read_expert_counts("1,2\n", "nope").error,
            "it has no rows named 'nope': there is one table, without a name; leave out rows");
  EXPECT_EQ(read_expert_counts("task,layer,c0,c1\nlaw,0,1,2\n0,0,3,4\n", "nope").error,
            "it has no rows named 'nope'; rows can be: '' (no text before the numbers), law");
}

// Published counts, if the folder with them is there. Each row of DeepSeek-V3's holds 8 copies per token.
TEST(ExpertCounts, ReadsPublishedCounts) {
  const char* const folder = std::getenv("RINGTAIL_REFERENCE");
  const std::filesystem::path file = std::filesystem::path(folder ? folder : ".") / "expert_load_deepseek_v3.csv";
  if (!exists(file)) GTEST_SKIP() << "RINGTAIL_REFERENCE names no folder with expert_load_deepseek_v3.csv";
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const ExpertCounts read = read_expert_counts(text, "decode_in2000out100");
  ASSERT_EQ(read.error, "");
  ASSERT_EQ(read.counts.size(), 58U);
  for (const auto& row : read.counts) {
    ASSERT_EQ(row.size(), 256U);
    double sum = 0;
    for (const double c : row) sum += c;
    EXPECT_EQ(std::fmod(sum, 8), 0);
  }
}

}  // namespace
}  // namespace ringtail
