#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "network/fabrics.hpp"
#include "network/token_traffic.hpp"

/// The network within a tolerance against the exact one on fabrics with links between their switches; the exact one is
/// compared with a naive solver (link_network_test.cpp) and with SimGrid (tests/unit/engine).
namespace ringtail::testing {
namespace {

struct Wired {
  std::string name;
  Fabric fabric;
  int gpus = 32;
  int island = 8;
};

/// Oversubscribed so that the links between switches decide, and one that is not.
std::vector<Wired> fabrics() {
  return {{"fat_tree_2_to_1", fat_tree(2, 8)},
          {"fat_tree_4_to_1", fat_tree(4, 16), 64},
          {"fat_tree_hashed", fat_tree(2, 8, Fabric::Routing::hashed)},
          {"fat_tree_hashed_1_to_1", fat_tree(1, 8, Fabric::Routing::hashed)},
          {"three_levels", three_levels(2, 4, 2)},
          {"rail_2_to_1", rail(2, 2)},
          {"dragonfly", dragonfly(2, 4, 2)},
          {"torus_2d", torus({4, 6}), 24, 1},
          {"torus_3d", torus({2, 3, 4}), 24, 1}};
}

class Fabrics : public ::testing::TestWithParam<Wired> {};

// The promise of the default tolerance on 36 cases for each fabric: every popularity, all starts, one collective and
// three in each other's middle, dense and sparse.
TEST_P(Fabrics, AreWithinTwoPercentOfExact) {
  const Topology network = fabric_topology(GetParam().fabric, GetParam().gpus, GetParam().island);
  double sum = 0;
  int count = 0;
  for (const Popularity popularity : {Popularity::uniform, Popularity::zipf, Popularity::lognormal}) {
    for (const Starts starts : {Starts::together, Starts::over_a_third, Starts::over_all}) {
      for (const auto& [exchanges, tokens] : {std::pair{1, 128}, std::pair{1, 4}, std::pair{3, 128}, std::pair{3, 4}}) {
        const Collectives collectives({GetParam().gpus, GetParam().island, popularity, starts, tokens, exchanges, 1});
        const Errors e = expect_within_two_percent(
            collectives, network,
            fmt::format("popularity {}, starts {}, exchanges {}, tokens {}", static_cast<int>(popularity),
                        static_cast<int>(starts), exchanges, tokens));
        sum += e.sum;
        count += e.count;
      }
    }
  }
  EXPECT_LE(sum / count, 0.003);
}

INSTANTIATE_TEST_SUITE_P(All, Fabrics, ::testing::ValuesIn(fabrics()), [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace ringtail::testing
