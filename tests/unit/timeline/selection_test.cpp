#include "timeline/selection.hpp"

#include <gtest/gtest.h>

namespace ringtail {
namespace {

TEST(Selection, IsOfNumbersAndRanges) {
  const Selection selection = Selection::parse("3,8-10").value();
  for (const int in : {3, 8, 9, 10}) EXPECT_TRUE(selection.contains(in)) << in;
  for (const int out : {-1, 0, 2, 4, 7, 11}) EXPECT_FALSE(selection.contains(out)) << out;
  EXPECT_EQ(selection.largest(), 10);
}

TEST(Selection, OfNothingIsEverything) {
  EXPECT_TRUE(Selection().contains(-1));
  EXPECT_TRUE(Selection().contains(1'000'000));
  EXPECT_EQ(Selection().largest(), -1);
}

TEST(Selection, RefusesWhatIsNoList) {
  for (const char* const text : {"", ",", "3,", "-3", "5-3", "3-", "a", "3 4", "99999999999"})
    EXPECT_FALSE(Selection::parse(text)) << text;
}

}  // namespace
}  // namespace ringtail
