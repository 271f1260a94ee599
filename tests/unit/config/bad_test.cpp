#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/catalog.hpp"
#include "config/load.hpp"

namespace ringtail {
namespace {

const std::filesystem::path bad = "tests/bad";

std::vector<std::string> bad_names() {
  std::vector<std::string> names;
  for (const auto& file : yaml_files(RINGTAIL_SOURCE_DIR / bad)) names.push_back(file.stem().string());
  return names;
}

std::vector<std::string> overrides(const std::string& name) {
  std::vector<std::string> lines;
  std::ifstream stream(bad / (name + ".set"));
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class Bad : public testing::TestWithParam<std::string> {};

// Each tests/bad/NAME.yaml has one kind of mistake; NAME.out is the complete text that a user gets for it, read and
// found right by a person. NAME.set, if there is one, has the --set of the command line, one a line. Models and
// platforms are those of tests/bad/data, so that new ones do not change the texts. RINGTAIL_WRITE_GOLDEN=1 writes the
// files anew, for `git diff`.
TEST_P(Bad, GivesTheTextOfItsOutFile) {
  std::filesystem::current_path(RINGTAIL_SOURCE_DIR);
  const auto expected_file = bad / (GetParam() + ".out");
  const LoadResult result = load_deployment(bad / (GetParam() + ".yaml"), overrides(GetParam()), bad / "data");
  EXPECT_FALSE(result.deployment);
  if (std::getenv("RINGTAIL_WRITE_GOLDEN")) std::ofstream(expected_file) << result.errors;
  std::ifstream stream(expected_file);
  ASSERT_TRUE(stream) << expected_file << " is missing";
  const std::string expected{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(result.errors, expected);
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Golden, Bad, testing::ValuesIn(bad_names()), test_name);

}  // namespace
}  // namespace ringtail
