#include "base/for_each_index.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringtail {
namespace {

// By definition.
TEST(ForEachIndex, CallsEachOnce) {
  for (const std::size_t n : {0UL, 1UL, 2UL, 1000UL}) {
    std::vector<std::atomic<int>> calls(n);
    for_each_index(n, [&](std::size_t i) { ++calls.at(i); });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
}

// What a loop would throw, whichever thread fails first: 3 waits until 4 has failed, or until there is nobody else.
TEST(ForEachIndex, ThrowsTheFirstInOrder) {
  for (int repeat = 0; repeat < 100; ++repeat) {
    std::atomic<bool> later_failed = false;
    try {
      for_each_index(8, [&](std::size_t i) {
        if (i == 4) {
          later_failed = true;
          throw std::runtime_error("4");
        }
        for (int spin = 0; i == 3 && !later_failed && spin < 100000; ++spin) {
        }
        if (i == 3) throw std::runtime_error("3");
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), std::string("3"));
    }
  }
}

}  // namespace
}  // namespace ringtail
