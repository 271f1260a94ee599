#include "config/constants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "config/load.hpp"

namespace ringtail {
namespace {

Platform shipped(const std::string& name) {
  const PlatformResult result = load_platform(name, {}, RINGTAIL_SOURCE_DIR);
  EXPECT_EQ(result.errors, "");
  EXPECT_EQ(platform_errors(result, 64), "") << name;  // Keys of the provenance that name nothing, too.
  return result.platform.value_or(Platform{});
}

const Constant* find(const std::vector<Constant>& constants, const std::string& key) {
  const auto at = std::find_if(constants.begin(), constants.end(), [&](const Constant& c) { return c.key == key; });
  return at == constants.end() ? nullptr : &*at;
}

// A deployment on them names every constant's source: no figure is without an entry.
TEST(Constants, AllOfACalibratedPlatformHaveASource) {
  for (const std::string name : {"h100-sxm", "h200-sxm", "h800-sxm", "b200-sxm", "gb200-nvl72"}) {
    const Platform platform = shipped(name);
    EXPECT_TRUE(is_calibrated(platform)) << name;
    const auto constants = constants_of(platform);
    EXPECT_GT(constants.size(), 40U);
    for (const Constant& each : constants) {
      ASSERT_TRUE(each.provenance) << name << ": " << each.key;
      EXPECT_NE(each.provenance->source, "") << name << ": " << each.key;
    }
  }
  EXPECT_FALSE(is_calibrated(shipped("paper-reference")));
}

// gpu.kernels.gemm.tile is said to be nominal, all else of gpu.kernels.gemm fitted.
TEST(Constants, TheLongestKeyHolds) {
  const Platform platform = shipped("h100-sxm");
  const auto constants = constants_of(platform);
  const Constant* const tile = find(constants, "gpu.kernels.gemm.tile");
  const Constant* const compute = find(constants, "gpu.kernels.gemm.compute");
  ASSERT_TRUE(tile && compute);
  EXPECT_EQ(tile->provenance->kind, ConstantKind::nominal);
  EXPECT_EQ(tile->value, "64");
  EXPECT_EQ(compute->provenance->kind, ConstantKind::fitted);
  EXPECT_TRUE(compute->provenance->error);
}

// A section's name that another name begins with is no section of it: gpu.hbm is not in gpu.h.
TEST(Constants, KeysEndAtPoints) {
  Platform platform = shipped("paper-reference");
  platform.provenance.emplace(1).front().keys = {"gpu.h"};
  for (const Constant& each : constants_of(platform)) EXPECT_FALSE(each.provenance) << each.key;
}

}  // namespace
}  // namespace ringtail
