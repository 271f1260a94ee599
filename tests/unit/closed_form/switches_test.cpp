#include "closed_form/switches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringtail::closed_form {
namespace {

using ::testing::HasSubstr;

// Each value of each switch can be set, and is then what is read back.
TEST(Switches, AreReadBack) {
  for (std::size_t i = 0; i < switch_infos().size(); ++i) {
    const SwitchInfo& info = switch_infos()[i];
    for (const std::string_view value : info.values) {
      if (value == "printed") continue;  // is a number
      Switches switches;
      EXPECT_EQ(set_switch(std::string(info.name) + "=" + std::string(value), switches), "");
      EXPECT_EQ(values_of(switches)[i], value);
    }
  }
}

TEST(Switches, WordsAreAppliedInOrder) {
  Switches switches;
  EXPECT_EQ(set_switch("paper", switches), "");
  EXPECT_EQ(switches.expert_traffic, ExpertTraffic::paper);
  EXPECT_EQ(set_switch("batch=244", switches), "");
  EXPECT_EQ(switches.batch, BatchChoice::printed);
  EXPECT_EQ(switches.printed_batch, 244);
  EXPECT_THAT(values_of(switches), testing::Contains("244"));
  EXPECT_EQ(set_switch("batch=1234567", switches), "");
  EXPECT_THAT(values_of(switches), testing::Contains("1234567"));  // Not 1.23457e+06, which is another batch.
  EXPECT_EQ(set_switch("batch=244", switches), "");
  EXPECT_EQ(set_switch("physical", switches), "");
  EXPECT_EQ(switches.batch, BatchChoice::ledger);
}

TEST(Switches, MistakesAreExplained) {
  Switches switches;
  EXPECT_THAT(set_switch("papr", switches), HasSubstr("'papr' must be paper, physical, or one of the switches"));
  EXPECT_THAT(set_switch("maxima=layer", switches), HasSubstr("maxima must be one of: token, phase; 'layer' is not"));
  EXPECT_THAT(set_switch("batch=0", switches), HasSubstr("a number of sequences"));
  EXPECT_THAT(set_switch("batch=printed", switches), HasSubstr("a number of sequences"));
  EXPECT_THAT(set_switch("batch=1e999", switches), HasSubstr("a number of sequences"));
}

}  // namespace
}  // namespace ringtail::closed_form
