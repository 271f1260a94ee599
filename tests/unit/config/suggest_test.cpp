#include "config/suggest.hpp"

#include <gtest/gtest.h>

namespace ringtail {
namespace {

// Counted by hand: each is the number of single edits needed.
TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("abc", ""), 3);
  EXPECT_EQ(edit_distance("topolgy", "topology"), 1);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);  // Levenshtein's textbook pair
  EXPECT_EQ(edit_distance("btach", "batch"), 1);     // neighbours swapped
  EXPECT_EQ(edit_distance("ca", "abc"), 3);          // 2 only if a swapped pair could be edited again
  EXPECT_EQ(edit_distance("GB", "gb"), 2);
}

TEST(EditDistance, IsSymmetric) {
  for (const char* a : {"attention", "atention", "gpus", ""}) {
    for (const char* b : {"attention", "gpu", "ffn", "experts"}) EXPECT_EQ(edit_distance(a, b), edit_distance(b, a));
  }
}

TEST(Nearest, IsTheOneMeantOrNone) {
  EXPECT_EQ(nearest("deepsek-v3", {"llama-3.1-405b", "deepseek-v3"}), "deepseek-v3");
  EXPECT_EQ(nearest("FP8", {"fp4", "fp8"}), "fp8");
  EXPECT_EQ(nearest("GBs", {"Gb/s", "GB/s"}), "GB/s");  // same without case, nearer with it
  EXPECT_EQ(nearest("colour", {"model", "gpus"}), "");
  EXPECT_EQ(nearest("x", {"s"}), "");                                // everything is one edit from a single letter
  EXPECT_EQ(nearest("H100", {"b200-sxm", "h100-sxm"}), "h100-sxm");  // the beginning of a name
  EXPECT_EQ(nearest("h1", {"b200-sxm", "h100-sxm"}), "");
  EXPECT_EQ(nearest("a", {}), "");
  EXPECT_EQ(nearest(std::string(100000, 'a'), {"aa"}), "");
}

}  // namespace
}  // namespace ringtail
