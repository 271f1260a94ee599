#include "fabric/wiring.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>
#include <stdexcept>

#include "fabric/problem.hpp"

namespace ringtail {
namespace {

using Topology = Fabric::Topology;

constexpr BytesPerSecond B = 50e9;

Platform platform(int island, Topology topology) {
  Platform platform;
  platform.island = {island, 450e9, 1.0, 1e-6};
  platform.fabric.bandwidth = B;
  platform.fabric.latency = 2e-6;
  platform.fabric.switch_latency = 3e-7;
  platform.fabric.topology = topology;
  return platform;
}

/// Routes are between links that exist, without repetition; their number by length, over all ordered pairs.
std::map<std::size_t, int> route_lengths(const Wiring& wiring) {
  std::map<std::size_t, int> lengths;
  std::vector<LinkId> route;
  for (int src = 0; src < wiring.gpus(); ++src) {
    for (int dst = 0; dst < wiring.gpus(); ++dst) {
      if (src == dst) continue;
      route.clear();
      wiring.route(src, dst, route);
      for (const LinkId link : route) EXPECT_LT(link, wiring.links().size());
      EXPECT_EQ(std::set<LinkId>(route.begin(), route.end()).size(), route.size());
      ++lengths[route.size()];
    }
  }
  return lengths;
}

std::vector<std::string> route_names(const Wiring& wiring, int src, int dst, Copier copier = Copier::none) {
  std::vector<LinkId> route;
  wiring.route(src, dst, route, copier);
  std::vector<std::string> names;
  for (const LinkId link : route) names.push_back(wiring.links()[link].name);
  return names;
}

Seconds latency(const Wiring& wiring, int src, int dst) {
  std::vector<LinkId> route;
  return wiring.route(src, dst, route);
}

BytesPerSecond bandwidth(const Wiring& wiring, const std::string& name) {
  for (const Link& link : wiring.links())
    if (link.name == name) return link.bandwidth;
  ADD_FAILURE() << "no link " << name;
  return 0;
}

constexpr int N = 1024;
constexpr int all_pairs = N * (N - 1);
constexpr int island_pairs = N * 7;  // In islands of 8: seven peers each.

TEST(Wiring, SingleSwitchHasTwoPortsPerGpuAndDirection) {
  const Wiring wiring(platform(8, Topology::single_switch), N);
  EXPECT_EQ(wiring.links().size(), 4U * N);
  EXPECT_EQ(route_lengths(wiring), (std::map<std::size_t, int>{{2, all_pairs}}));
  EXPECT_EQ(route_names(wiring, 8, 15), (std::vector<std::string>{"gpu8.nvlink.out", "gpu15.nvlink.in"}));
  EXPECT_EQ(route_names(wiring, 7, 8), (std::vector<std::string>{"nic7.out", "nic8.in"}));
  EXPECT_DOUBLE_EQ(latency(wiring, 8, 15), 1e-6);
  EXPECT_DOUBLE_EQ(latency(wiring, 7, 8), 2e-6 + 3e-7);
}

TEST(Wiring, RailLeavesConnectEqualRailsOfAPod) {
  // 128 islands in pods of 32: 4 pods x 8 rails = 32 leaves, each with 32/2 = 16 spines, both directions.
  Platform p = platform(8, Topology::rail);
  p.fabric.leaf_size = 32;
  p.fabric.oversubscription = 2;
  const Wiring wiring(p, N);
  EXPECT_EQ(wiring.links().size(), 4U * N + 2 * 32 * 16);
  // Two links: inside islands, and to the same rail in the 31 other islands of the pod. Four: everybody else.
  EXPECT_EQ(route_lengths(wiring),
            (std::map<std::size_t, int>{{2, island_pairs + N * 31}, {4, all_pairs - island_pairs - N * 31}}));
  EXPECT_EQ(route_names(wiring, 3, 8 * 31 + 3), (std::vector<std::string>{"nic3.out", "nic251.in"}));
  // To rail 4 of island 1: leaf 3 to leaf 4; the destination is number 1 of its leaf.
  EXPECT_EQ(route_names(wiring, 3, 12),
            (std::vector<std::string>{"nic3.out", "leaf3.spine1.up", "leaf4.spine1.down", "nic12.in"}));
  EXPECT_DOUBLE_EQ(latency(wiring, 3, 12), 2e-6 + 3 * 3e-7);
  EXPECT_DOUBLE_EQ(bandwidth(wiring, "leaf3.spine1.up"), B);  // 32 B / 2 over 16 spines.
}

TEST(Wiring, TwoLevelFatTreeKeepsItsOversubscription) {
  // 32 leaves of 32 NICs; 32/3 rounded up = 11 spines. All uplinks of a leaf carry 32 B / 3 together.
  Platform p = platform(8, Topology::fat_tree);
  p.fabric.leaf_size = 32;
  p.fabric.oversubscription = 3;
  const Wiring wiring(p, N);
  EXPECT_EQ(wiring.links().size(), 4U * N + 2 * 32 * 11);
  // Inside islands and leaves: 31 peers.
  EXPECT_EQ(route_lengths(wiring), (std::map<std::size_t, int>{{2, N * 31}, {4, all_pairs - N * 31}}));
  EXPECT_DOUBLE_EQ(bandwidth(wiring, "leaf5.spine10.down"), 32 * B / 3 / 11);
}

TEST(Wiring, ThreeLevelFatTreeGoesOverCoresBetweenPods) {
  // 64 leaves of 16, 8 pods of 8 leaves; 16 spines per pod and, at 2:1, 4 cores per spine.
  Platform p = platform(8, Topology::fat_tree);
  p.fabric.levels = 3;
  p.fabric.leaf_size = 16;
  p.fabric.pod_leaves = 8;
  p.fabric.core_oversubscription = 2;
  const Wiring wiring(p, N);
  EXPECT_EQ(wiring.links().size(), 4U * N + 2 * 64 * 16 + 2 * 8 * 16 * 4);
  EXPECT_EQ(route_lengths(wiring),
            (std::map<std::size_t, int>{{2, N * 15}, {4, N * (127 - 15)}, {6, all_pairs - N * 127}}));
  // 1023 = 15 mod 16, and 1023 / 16 = 63 = 3 mod 4: spine 15 of each pod, its fourth core.
  EXPECT_EQ(route_names(wiring, 0, 1023),
            (std::vector<std::string>{"nic0.out", "leaf0.spine15.up", "spine15.core63.up", "spine127.core63.down",
                                      "leaf63.spine127.down", "nic1023.in"}));
  EXPECT_DOUBLE_EQ(latency(wiring, 0, 1023), 2e-6 + 5 * 3e-7);
  EXPECT_DOUBLE_EQ(bandwidth(wiring, "spine127.core63.down"), B);  // 8 B / 2 over 4 cores.
}

TEST(Wiring, StaticRoutesOfAShiftDoNotMeet) {
  // D-mod-k on a fat-tree of full bandwidth: a shift permutation uses every link once at most (Zahavi: Fat-tree routing
  // and node ordering providing contention free traffic for MPI global collectives, JPDC 2012).
  Platform p = platform(8, Topology::fat_tree);
  p.fabric.levels = 3;
  p.fabric.leaf_size = 16;
  p.fabric.pod_leaves = 8;
  const Wiring wiring(p, N);
  for (const int shift : {8, 17, 128, 300, 1000}) {
    std::vector<int> users(wiring.links().size());
    std::vector<LinkId> route;
    for (int src = 0; src < N; ++src) {
      route.clear();
      wiring.route(src, (src + shift) % N, route);
      for (const LinkId link : route) EXPECT_LE(++users[link], 1) << wiring.links()[link].name;
    }
  }
}

TEST(Wiring, HashedRoutesSpreadEvenly) {
  // 992 x 1024 routes over 32 spines: on the average 31744 each, standard deviation sqrt(31744 * 31/32) = 175; 5 of
  // them.
  Platform p = platform(8, Topology::fat_tree);
  p.fabric.leaf_size = 32;
  p.fabric.routing = Fabric::Routing::hashed;
  const Wiring wiring(p, N);
  std::map<std::string, int> users;
  for (int src = 0; src < N; ++src)
    for (int dst = 0; dst < N; ++dst)
      if (src / 32 != dst / 32) {
        const std::string up = route_names(wiring, src, dst)[1];
        ++users[up.substr(up.find('.'))];
      }
  EXPECT_EQ(users.size(), 32U);
  for (const auto& [spine, n] : users) EXPECT_NEAR(n, 31744, 5 * 175) << spine;
}

TEST(Wiring, DragonflyRoutesAreMinimal) {
  // p = 4 NICs on a router, a = 8 routers in a group, h = 4: 32 groups of 32 NICs; 32 global ports for 31 other groups,
  // one each. Links: per group 8 x 7 local and 31 global.
  Platform p = platform(1, Topology::dragonfly);
  p.fabric.nics_per_router = 4;
  p.fabric.routers_per_group = 8;
  p.fabric.global_links = 4;
  const Wiring wiring(p, N);
  EXPECT_EQ(wiring.links().size(), 4U * N + 32 * (8 * 7 + 31));
  // To a given other group one of the 8 routers has the link, and one of its 8 takes it in: without a local hop 1/8
  // each. Of the 31 x 32 NICs in other groups: both local hops 7/8 x 7/8, one 2 x 7/64, none 1/64. In the group: 3 on
  // the router (2 links), 28 on others (3).
  const int across = N * 31 * 32;
  EXPECT_EQ(route_lengths(wiring),
            (std::map<std::size_t, int>{
                {2, N * 3}, {3, N * 28 + across / 64}, {4, across * 14 / 64}, {5, across * 49 / 64}}));
  // Group 0 to group 31: port 30, router 7. Back: port 0 of group 31, router 0 of it (248).
  EXPECT_EQ(route_names(wiring, 0, 1023),
            (std::vector<std::string>{"nic0.out", "router0.router7", "group0.group31.global0", "router248.router255",
                                      "nic1023.in"}));
  EXPECT_DOUBLE_EQ(latency(wiring, 0, 1023), 2e-6 + 4 * 3e-7);
}

TEST(Wiring, TorusRoutesGoAlongOneDimensionAfterTheOther) {
  // 8 x 8 x 16: six links out of each router. The mean distance is 2 + 2 + 4 hops over all ordered pairs, self
  // included.
  Platform p = platform(1, Topology::torus);
  p.fabric.dimensions = {8, 8, 16};
  const Wiring wiring(p, N);
  EXPECT_EQ(wiring.links().size(), 4U * N + 6 * N);
  std::int64_t hops = 0;
  std::size_t longest = 0;
  for (const auto& [length, routes] : route_lengths(wiring)) {
    hops += static_cast<std::int64_t>(length - 2) * routes;
    longest = std::max(longest, length);
  }
  EXPECT_EQ(hops, std::int64_t{N} * N * 8);
  EXPECT_EQ(longest, 2U + 4 + 4 + 8);
  // (0, 0, 0) to (2, 7, 1): up x twice, down y once around, up z once.
  EXPECT_EQ(
      route_names(wiring, 0, 2 + 8 * 7 + 64),
      (std::vector<std::string>{"nic0.out", "router0.x+", "router1.x+", "router2.y-", "router58.z+", "nic122.in"}));
  EXPECT_DOUBLE_EQ(latency(wiring, 0, 122), 2e-6 + 5 * 3e-7);
}

TEST(Wiring, TorusLoadIsEven) {
  // Every pair once: N^2 x 2 hops along x, spread over N links up and N down: N each. The same along y.
  Platform p = platform(1, Topology::torus);
  p.fabric.dimensions = {8, 8};
  const Wiring wiring(p, 64);
  std::vector<int> users(wiring.links().size());
  std::vector<LinkId> route;
  for (int src = 0; src < 64; ++src) {
    for (int dst = 0; dst < 64; ++dst) {
      if (src == dst) continue;
      route.clear();
      wiring.route(src, dst, route);
      for (const LinkId link : route) ++users[link];
    }
  }
  for (std::size_t link = 0; link < users.size(); ++link) {
    const bool between_routers = wiring.links()[link].name.rfind("router", 0) == 0;
    EXPECT_TRUE(!between_routers || users[link] == 64) << wiring.links()[link].name << ": " << users[link];
  }
}

TEST(Wiring, AMeshHasALinkForEachPair) {
  Platform p = platform(8, Topology::single_switch);
  p.island.topology = Island::Topology::mesh;
  p.fabric.nics_per_island = 2;
  const Wiring wiring(p, N);
  EXPECT_EQ(wiring.links().size(), 128U * 8 * 7 + 2 * 128 * 2);
  EXPECT_EQ(route_names(wiring, 9, 14), (std::vector<std::string>{"gpu9.nvlink.gpu14"}));
  // GPUs 0 to 3 of an island share its NIC 0, 4 to 7 its NIC 1.
  EXPECT_EQ(route_names(wiring, 3, 1020), (std::vector<std::string>{"nic0.out", "nic255.in"}));
}

TEST(Wiring, OneIslandNeedsNoFabric) {
  Platform p = platform(8, Topology::torus);  // Without dimensions.
  EXPECT_EQ(Wiring(p, 8).links().size(), 16U);
  EXPECT_EQ(Wiring(p, 5).links().size(), 10U);
  p.island.topology = Island::Topology::mesh;
  EXPECT_EQ(Wiring(p, 5).links().size(), 20U);
}

TEST(Wiring, DegradesWhatIsNamed) {
  Platform p = platform(4, Topology::fat_tree);
  p.fabric.leaf_size = 4;
  p.fabric.nics_per_island = 2;
  p.degrade.resize(3);
  p.degrade[0].gpu = 5;
  p.degrade[0].nic = 0.5;
  p.degrade[0].nvlink = 0.8;
  p.degrade[1].link = "spine3";
  p.degrade[1].bandwidth = 0.25;
  p.degrade[2].link = "leaf0.spine2.up";
  p.degrade[2].bandwidth = 0.1;
  const Wiring wiring(p, 16);
  std::map<std::string, BytesPerSecond> slower;
  for (const Link& link : wiring.links())
    if (link.bandwidth != (link.name.find("nvlink") == std::string::npos ? B : 450e9))
      slower[link.name] = link.bandwidth;
  // GPU 5 is the second of island 1, on its first NIC. Eight NICs on two leaves.
  EXPECT_EQ(slower, (std::map<std::string, BytesPerSecond>{{"gpu5.nvlink.in", 360e9},
                                                           {"gpu5.nvlink.out", 360e9},
                                                           {"leaf0.spine2.up", 0.1 * B},
                                                           {"leaf0.spine3.down", 0.25 * B},
                                                           {"leaf0.spine3.up", 0.25 * B},
                                                           {"leaf1.spine3.down", 0.25 * B},
                                                           {"leaf1.spine3.up", 0.25 * B},
                                                           {"nic2.in", 0.5 * B},
                                                           {"nic2.out", 0.5 * B}}));
}

using Names = std::vector<std::string>;

TEST(Wiring, EndpointLimitsAreBehindThePorts) {
  const Wiring wiring(platform(4, Topology::single_switch), 8, {100e9, {}});
  EXPECT_EQ(route_names(wiring, 1, 2, Copier::dispatch),
            (Names{"gpu1.nvlink.out", "gpu1.dispatch_sms.out", "gpu2.dispatch_sms.in", "gpu2.nvlink.in"}));
  EXPECT_EQ(route_names(wiring, 1, 6, Copier::dispatch),
            (Names{"nic1.out", "gpu1.dispatch_sms.out", "gpu6.dispatch_sms.in", "nic6.in"}));
  EXPECT_EQ(bandwidth(wiring, "gpu6.dispatch_sms.in"), 100e9);
  // What nothing limits has the routes that it has without limits.
  for (const Copier copier : {Copier::none, Copier::dense}) {
    EXPECT_FALSE(wiring.is_limited(copier));
    EXPECT_EQ(route_names(wiring, 1, 6, copier), (Names{"nic1.out", "nic6.in"}));
  }
}

TEST(Wiring, EndpointLimitsAreAroundTheLinksOfAMesh) {
  Platform p = platform(4, Topology::single_switch);
  p.island.topology = Island::Topology::mesh;
  EXPECT_EQ(route_names(Wiring(p, 4, {{}, 100e9}), 1, 2, Copier::dense),
            (Names{"gpu1.dense_sms.out", "gpu1.nvlink.gpu2", "gpu2.dense_sms.in"}));
}

TEST(Wiring, EndpointLimitsThatPortsDoNotReachAreNone) {
  // The ports of a GPU move 450 + 50 GB/s; on one island 450; over a mesh's three links 1350.
  Platform p = platform(4, Topology::single_switch);
  EXPECT_FALSE(Wiring(p, 8, {500e9, {}}).is_limited(Copier::dispatch));
  EXPECT_TRUE(Wiring(p, 8, {499e9, {}}).is_limited(Copier::dispatch));
  EXPECT_FALSE(Wiring(p, 4, {450e9, {}}).is_limited(Copier::dispatch));
  p.island.topology = Island::Topology::mesh;
  EXPECT_TRUE(Wiring(p, 4, {1349e9, {}}).is_limited(Copier::dispatch));
  EXPECT_FALSE(Wiring(p, 4, {1350e9, {}}).is_limited(Copier::dispatch));
  EXPECT_EQ(Wiring(p, 4, {1350e9, 1350e9}).links().size(), Wiring(p, 4).links().size());
}

TEST(Wiring, DegradeLeavesEndpointLimits) {
  Platform p = platform(4, Topology::single_switch);
  p.degrade.resize(1);
  p.degrade[0].link = "gpu1";
  p.degrade[0].bandwidth = 0.5;
  const Wiring wiring(p, 8, {100e9, {}});
  EXPECT_EQ(bandwidth(wiring, "gpu1.nvlink.out"), 225e9);
  EXPECT_EQ(bandwidth(wiring, "gpu1.dispatch_sms.out"), 100e9);
}

TEST(Wiring, NamesOfLinksAreWholeWords) {
  EXPECT_TRUE(names_link("spine3", "leaf2.spine3.up"));
  EXPECT_TRUE(names_link("leaf2.spine3", "leaf2.spine3.up"));
  EXPECT_TRUE(names_link("leaf2.spine3.up", "leaf2.spine3.up"));
  EXPECT_FALSE(names_link("spine3", "leaf2.spine31.up"));
  EXPECT_FALSE(names_link("pine3", "leaf2.spine3.up"));
  EXPECT_FALSE(names_link("", "leaf2.spine3.up"));
}

TEST(Wiring, BuildsAThousandGpusInNoTime) {
  for (const Topology topology : {Topology::single_switch, Topology::rail, Topology::fat_tree}) {
    Platform p = platform(8, topology);
    p.fabric.leaf_size = 32;
    const auto begin = std::chrono::steady_clock::now();
    const Wiring wiring(p, N);
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 0.1);
  }
}

TEST(WiringProblem, SaysWhatWouldDo) {
  Platform p = platform(8, Topology::fat_tree);
  p.fabric.leaf_size = 12;
  EXPECT_EQ(wiring_problem(p, 64)->help, "use a multiple of 8 such as 8 or 16");
  p.fabric.leaf_size = 3;
  EXPECT_EQ(wiring_problem(p, 64)->help, "use one of 1, 2, 4, 8, or a multiple of 8");
  EXPECT_FALSE(wiring_problem(p, 8));  // One island.
  p.fabric.nics_per_island = 3;
  EXPECT_EQ(wiring_problem(p, 8)->field, "fabric.nics_per_island");
  p = platform(1, Topology::torus);
  p.fabric.dimensions = {4, 8};
  EXPECT_EQ(wiring_problem(p, 64)->help,
            "the product of dimensions and nics_per_router must be the number of NICs: 16 in place of 8 would do");
  EXPECT_FALSE(wiring_problem(p, 32));
  p = platform(1, Topology::dragonfly);
  p.fabric.routers_per_group = 4;
  p.fabric.nics_per_router = 2;
  p.fabric.global_links = 1;
  EXPECT_FALSE(wiring_problem(p, 40));  // 5 groups: 4 others, 4 links.
  EXPECT_EQ(wiring_problem(p, 41)->help, "global_links = 2 would do, or larger groups");
  EXPECT_THROW(Wiring(p, 41), std::invalid_argument);
}

TEST(WiringProblem, RefusesMoreLinksThanAMachineHolds) {
  Platform p = platform(65536, Topology::single_switch);
  p.island.topology = Island::Topology::mesh;
  EXPECT_EQ(wiring_problem(p, 65536)->message, "4.29e+09 links connect 65536 GPUs; at most 4000000 are possible");
  p = platform(1, Topology::fat_tree);
  p.fabric.leaf_size = 65536;
  p.fabric.oversubscription = 0.01;
  p.fabric.levels = 3;
  p.fabric.pod_leaves = 65536;
  EXPECT_EQ(wiring_problem(p, 64)->field, "fabric");
  p.fabric.oversubscription = 1000;
  p.fabric.core_oversubscription = 1000;
  EXPECT_EQ(Wiring(p, 64).links().size(), 4U * 64);  // One leaf holds all.
  p = platform(1, Topology::dragonfly);
  p.fabric.routers_per_group = p.fabric.global_links = p.fabric.nics_per_router = 65536;
  EXPECT_EQ(wiring_problem(p, 64)->field, "fabric");
}

}  // namespace
}  // namespace ringtail
