// The estimate by which collectives are chosen equals the simulation where rounds load the network evenly.
#include "collectives/estimate.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "collectives/collectives.hpp"
#include "engine/collective_program.hpp"

namespace ringtail {
namespace {

constexpr Seconds Li = 1e-6, Lf = 3e-6, Ls = 0.5e-6;
constexpr BytesPerSecond Bi = 100e9, Bf = 25e9;
constexpr Bytes m = 1e6;

Platform islands_of(int size) {
  Platform platform;
  platform.gpu.hbm = {80e9, 1e12};
  platform.gpu.peak.bf16 = 1e12;
  platform.island = {size, Bi, 1.0, Li};
  platform.fabric = {Bf, 1.0, Lf, Ls};
  return platform;
}

std::vector<Round> direct(std::size_t n) {
  return all_to_all(AllToAllAlgorithm::direct, std::vector<std::vector<Bytes>>(n, std::vector<Bytes>(n, m)));
}

/// The first group's estimate and the simulation, without tolerance, must both be `seconds`.
void expect_both(Seconds seconds, const std::vector<std::vector<int>>& groups, const std::vector<Round>& rounds,
                 const Platform& platform, const EndpointLimits& limits = {}) {
  const int gpus = static_cast<int>(groups.size() * groups.front().size());
  const Wiring wiring(platform, gpus, limits);
  EXPECT_NEAR(estimate(rounds, {wiring, groups.front(), groups}) / seconds, 1, 1e-9);
  EXPECT_NEAR(time_of(groups, rounds, platform, {.tolerance = 0}, false, limits) / seconds, 1, 1e-9);
}

std::vector<std::vector<int>> all_of(int gpus) {
  std::vector<int> ranks(static_cast<std::size_t>(gpus));
  std::iota(ranks.begin(), ranks.end(), 0);
  return {ranks};
}

TEST(EstimateEqualsSimulation, OnOneSwitchBetweenIslands) {
  // Twelve messages go over each NIC, through one switch; three inside take less.
  expect_both(Lf + Ls + 12 * m / Bf, all_of(16), direct(16), islands_of(4));
}

TEST(EstimateEqualsSimulation, OnAMesh) {
  // Each pair has a link of its own.
  Platform platform = islands_of(8);
  platform.island.topology = Island::Topology::mesh;
  expect_both(Li + m / Bi, all_of(8), direct(8), platform);
}

TEST(EstimateEqualsSimulation, OnSharedNics) {
  // Two GPUs on each NIC, with eight messages each to the other islands.
  Platform platform = islands_of(4);
  platform.fabric.nics_per_island = 2;
  expect_both(Lf + Ls + 2 * 8 * m / Bf, all_of(12), direct(12), platform);
}

TEST(EstimateEqualsSimulation, BesideOtherGroupsOnSharedNics) {
  // Four groups with a GPU on each of two islands of one NIC swap at the same time.
  Platform platform = islands_of(4);
  platform.fabric.nics_per_island = 1;
  expect_both(Lf + Ls + 4 * m / Bf, {{0, 4}, {1, 5}, {2, 6}, {3, 7}}, direct(2), platform);
}

TEST(EstimateEqualsSimulation, UnderAnEndpointLimit) {
  // Three of the ten SMs that a port of 100 GB/s needs: seven messages leave each GPU at 30 GB/s.
  expect_both(Li + 7 * m / (0.3 * Bi), all_of(8), direct(8), islands_of(8), {{}, 0.3 * Bi});
}

TEST(EstimateEqualsSimulation, UnderAnEndpointLimitOnAMesh) {
  // Each of the seven links could do Bi, all of them together the SMs' 0.3 Bi.
  Platform platform = islands_of(8);
  platform.island.topology = Island::Topology::mesh;
  expect_both(Li + 7 * m / (0.3 * Bi), all_of(8), direct(8), platform, {{}, 0.3 * Bi});
}

TEST(EstimateEqualsSimulation, UnderAnEndpointLimitOverBothPorts) {
  // One latency everywhere, so that all begins together. Each GPU sends three messages inside and four over its NIC,
  // which alone take 3 m / Bi and 4 m / Bf = 16 m / Bi; the SMs take 7 m / (Bi / 4) = 28 m / Bi for all of them.
  Platform platform = islands_of(4);
  platform.island.latency = Lf + Ls;
  expect_both(Lf + Ls + 28 * m / Bi, all_of(8), direct(8), platform, {{}, Bi / 4});
}

TEST(EstimateEqualsSimulation, UnderAnOversubscribedSpine) {
  // Leaves of four NICs whose uplinks have a quarter of their bandwidth, on one spine: 4 x 12 messages leave each leaf
  // at Bf, past three switches.
  Platform platform = islands_of(4);
  platform.fabric.topology = Fabric::Topology::fat_tree;
  platform.fabric.leaf_size = 4;
  platform.fabric.oversubscription = 4;
  expect_both(Lf + 3 * Ls + 48 * m / Bf, all_of(16), direct(16), platform);
}

TEST(EstimateEqualsSimulation, UnderOversubscribedCores) {
  // Two pods of two leaves of four NICs. Uplinks of a leaf have its full bandwidth, those of a pod's four spines a
  // fourth of theirs: 8 x 8 messages leave each pod at 8 Bf / 4, past five switches.
  Platform platform = islands_of(4);
  platform.fabric.topology = Fabric::Topology::fat_tree;
  platform.fabric.levels = 3;
  platform.fabric.leaf_size = 4;
  platform.fabric.pod_leaves = 2;
  platform.fabric.core_oversubscription = 4;
  expect_both(Lf + 5 * Ls + 64 * m / (2 * Bf), all_of(16), direct(16), platform);
}

}  // namespace
}  // namespace ringtail
