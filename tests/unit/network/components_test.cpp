#include "network/components.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "network/exchanges.hpp"
#include "network/fabrics.hpp"

namespace ringtail::testing {
namespace {

const ComponentLinks& fabric_of(const Components& components) {
  return *std::max_element(components.all.begin(), components.all.end(),
                           [](const auto& a, const auto& b) { return a.egress.size() < b.egress.size(); });
}

std::size_t origins(const ComponentLinks& links) { return (links.inner.first.size() - 1) / links.inner.ports; }

TEST(Components, EachIslandAndTheSwitchBetweenThemAreCrossbars) {
  const Components components = components_of(topology({16, 4, 450e9, 50e9, 1e-6, 5e-6}));
  ASSERT_EQ(components.all.size(), 5U);
  for (const ComponentLinks& links : components.all) EXPECT_TRUE(links.is_crossbar());
  EXPECT_EQ(fabric_of(components).ingress.size(), 16U);
}

TEST(Components, SourcesOfOneLeafAreOneOrigin) {
  // 32 NICs on 4 leaves: which way a transfer takes up and down depends on the leaf and the destination only.
  const Components components = components_of(fabric_topology(fat_tree(2, 8), 32, 8));
  const ComponentLinks& links = fabric_of(components);
  EXPECT_TRUE(links.has_ports());
  EXPECT_EQ(links.egress.size(), 32U);
  EXPECT_EQ(origins(links), 4U);
  EXPECT_EQ(links.longest, 4U);
}

TEST(Components, HashedWaysMakeEachSourceAnOrigin) {
  const Components components = components_of(fabric_topology(fat_tree(2, 8, Fabric::Routing::hashed), 32, 8));
  EXPECT_EQ(origins(fabric_of(components)), 32U);
}

TEST(Components, PortsStayEvenIfALinkBehindThemIsAlwaysSlower) {
  // One NIC on each leaf of a 2:1 fat-tree: its uplink is on all its routes and slower. Without the NIC's own links
  // this is a crossbar of uplinks.
  const Components one = components_of(fabric_topology(fat_tree(2, 1), 8, 1));
  EXPECT_TRUE(fabric_of(one).is_crossbar());
  EXPECT_EQ(fabric_of(one).egress.front(), 25e9);
  // Two on each: the NICs share the uplink, so they stay as ports.
  const Components two = components_of(fabric_topology(fat_tree(4, 2), 8, 1));
  EXPECT_FALSE(fabric_of(two).is_crossbar());
  EXPECT_EQ(fabric_of(two).egress.size(), 8U);
}

TEST(Components, TheLinksOfAMeshAreTogetherAndHaveNoPorts) {
  Platform platform;
  platform.island = {4, 64e9, 1.0, 1e-6, Island::Topology::mesh};
  platform.fabric.bandwidth = 50e9;
  const Components components = components_of(topology_of(Wiring(platform, 12)));
  ASSERT_EQ(components.all.size(), 2U);
  EXPECT_EQ(std::count_if(components.all.begin(), components.all.end(), [](const auto& c) { return c.has_ports(); }),
            1);
}

// Whatever the fabric, a path's links are those of its route: the least capacity is that of the whole route.
TEST(Components, KeepTheSlowestLinkOfEachRoute) {
  for (const Fabric& fabric : {fat_tree(2, 4), three_levels(2, 4, 2), rail(4, 2), dragonfly(2, 2, 2)}) {
    const Topology network = fabric_topology(fabric, 16, 4);
    const Components components = components_of(network);
    for_each_route(network, [&](std::size_t source, std::size_t dst, std::span<const std::uint32_t> links) {
      const Path& path = components.paths[source * static_cast<std::size_t>(network.ranks) + dst];
      const ComponentLinks& component = components.all[path.component];
      BytesPerSecond slowest = std::min(component.egress[path.egress], component.ingress[path.ingress]);
      if (!component.inner.empty())
        for (const std::uint32_t link : component.inner.between(path.origin, path.ingress))
          slowest = std::min(slowest, component.inner.capacity[link]);
      BytesPerSecond expected = network.capacity[links[0]];
      for (const std::uint32_t link : links) expected = std::min(expected, network.capacity[link]);
      EXPECT_EQ(slowest, expected) << source << " to " << dst;
    });
  }
}

}  // namespace
}  // namespace ringtail::testing
