#include "engine/cluster.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ringtail {
namespace {

namespace sg4 = simgrid::s4u;

/// Six GPUs in islands of four: the last island is not full.
Platform platform() {
  Platform platform;
  platform.gpu.peak.bf16 = 990e12;
  platform.gpu.hbm.bandwidth = 3.35e12;
  platform.island = {3, 450e9, 0.8, 1e-6};
  platform.fabric = {50e9, 0.9, 5e-6};
  return platform;
}

std::vector<std::string> route(const Cluster& cluster, int src, int dst) {
  std::vector<sg4::Link*> links;
  double latency = 0;
  cluster.compute_host(src)->route_to(cluster.compute_host(dst), links, &latency);
  EXPECT_EQ(latency, 0);  // It is paid before the flow (Cluster::latency).
  std::vector<std::string> names;
  for (const sg4::Link* link : links) names.push_back(link->get_name());
  return names;
}

using Names = std::vector<std::string>;

TEST(Cluster, HasHostsAndLinksOfThePlatform) {
  sg4::Engine engine("test");
  const Cluster cluster(engine, platform(), 6);
  EXPECT_EQ(cluster.gpus(), 6);
  EXPECT_EQ(engine.get_host_count(), 12U);
  EXPECT_EQ(engine.get_link_count(), 24U + 1);  // And SimGrid's loopback.
  EXPECT_EQ(cluster.compute_host(3)->get_name(), "gpu3");
  EXPECT_EQ(cluster.hbm_host(3)->get_name(), "gpu3.hbm");
  EXPECT_EQ(cluster.compute_host(3)->get_speed(), 990e12);
  EXPECT_EQ(cluster.hbm_host(3)->get_speed(), 3.35e12);
  EXPECT_DOUBLE_EQ(sg4::Link::by_name("gpu5.nvlink.in")->get_bandwidth(), 360e9);
  EXPECT_DOUBLE_EQ(sg4::Link::by_name("nic5.out")->get_bandwidth(), 45e9);
}

TEST(Cluster, RoutesInsideAndBetweenIslands) {
  sg4::Engine engine("test");
  const Cluster cluster(engine, platform(), 6);
  EXPECT_EQ(route(cluster, 0, 2), (Names{"gpu0.nvlink.out", "gpu2.nvlink.in"}));
  EXPECT_EQ(route(cluster, 5, 4), (Names{"gpu5.nvlink.out", "gpu4.nvlink.in"}));
  EXPECT_EQ(route(cluster, 2, 4), (Names{"nic2.out", "nic4.in"}));
  EXPECT_EQ(cluster.latency(0, 2), 1e-6);
  EXPECT_EQ(cluster.latency(2, 4), 5e-6);
}

TEST(Cluster, PlacesRanksOnGpus) {
  sg4::Engine engine("test");
  const Cluster cluster(engine, platform(), 6, {5, 4, 3, 2, 1, 0});
  EXPECT_EQ(cluster.compute_host(0)->get_name(), "gpu5");
  EXPECT_EQ(cluster.hbm_host(0)->get_name(), "gpu5.hbm");
  EXPECT_EQ(route(cluster, 0, 3), (Names{"nic5.out", "nic2.in"}));
  EXPECT_EQ(cluster.latency(0, 1), 1e-6);
  EXPECT_EQ(cluster.latency(1, 3), 5e-6);
}

TEST(Cluster, RefusesPlacementsThatAreNoPermutation) {
  sg4::Engine engine("test");
  EXPECT_THROW(Cluster(engine, platform(), 3, {0, 1}), std::invalid_argument);
  EXPECT_THROW(Cluster(engine, platform(), 3, {0, 1, 1}), std::invalid_argument);
  EXPECT_THROW(Cluster(engine, platform(), 3, {0, 1, 3}), std::invalid_argument);
}

TEST(Cluster, TopologyIsThatOfThePlatform) {
  sg4::Engine engine("test");
  const Cluster cluster(engine, platform(), 6, {1, 0, 2, 3, 4, 5});
  const Topology topology = cluster.topology(cluster.gpus());
  EXPECT_EQ(topology.ranks, 6);
  EXPECT_EQ(topology.capacity.size(), 24U);  // No link twice.
  const auto bandwidths = [&](int src, int dst) {
    std::vector<BytesPerSecond> all;
    for (const auto link : topology.links(topology.route(src, dst))) all.push_back(topology.capacity[link]);
    return all;
  };
  EXPECT_EQ(bandwidths(0, 2), (std::vector<BytesPerSecond>{360e9, 360e9}));
  EXPECT_EQ(bandwidths(0, 5), (std::vector<BytesPerSecond>{45e9, 45e9}));
  EXPECT_EQ(topology.route(0, 5).latency, 5e-6);
  // One rank's routes share its port; the way back uses others.
  EXPECT_EQ(topology.links(topology.route(0, 4))[0], topology.links(topology.route(0, 5))[0]);
  EXPECT_EQ(topology.links(topology.route(1, 5))[1], topology.links(topology.route(0, 5))[1]);
  EXPECT_NE(topology.links(topology.route(0, 5))[0], topology.links(topology.route(5, 0))[1]);
}

}  // namespace
}  // namespace ringtail
