#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/catalog.hpp"
#include "config/study.hpp"

namespace ringtail {
namespace {

const std::filesystem::path bad = "tests/bad/studies";
const std::filesystem::path bad_data = "tests/bad/data";

std::vector<std::string> bad_names() {
  std::vector<std::string> names;
  for (const auto& file : yaml_files(RINGTAIL_SOURCE_DIR / bad)) names.push_back(file.stem().string());
  return names;
}

/// The mistakes of the study or, if it has none, of its first point.
std::string errors_of(const std::filesystem::path& file) {
  const StudyResult result = load_study(file, bad_data);
  EXPECT_EQ(result.study.has_value(), result.errors.empty());
  if (!result.study) return result.errors;
  const auto points = study_points(*result.study);
  return points.empty() ? "" : load_point(*result.study, result.sources, points.front(), {}, bad_data).errors;
}

class BadStudy : public testing::TestWithParam<std::string> {};

// As tests/bad/*.yaml, for studies: each tests/bad/studies/NAME.yaml has one kind of mistake, in the study itself or in
// its first point; NAME.out is the complete text for it, read and found right by a person. RINGTAIL_WRITE_GOLDEN=1
// writes the files anew, for `git diff`.
TEST_P(BadStudy, GivesTheTextOfItsOutFile) {
  std::filesystem::current_path(RINGTAIL_SOURCE_DIR);
  const auto expected_file = bad / (GetParam() + ".out");
  const std::string errors = errors_of(bad / (GetParam() + ".yaml"));
  if (std::getenv("RINGTAIL_WRITE_GOLDEN")) std::ofstream(expected_file) << errors;
  std::ifstream stream(expected_file);
  ASSERT_TRUE(stream) << expected_file << " is missing";
  const std::string expected{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(errors, expected);
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Golden, BadStudy, testing::ValuesIn(bad_names()), test_name);

}  // namespace
}  // namespace ringtail
