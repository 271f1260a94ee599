#include "closed_form/communication.hpp"

#include <gtest/gtest.h>

#include "closed_form/islands.hpp"

namespace ringtail::closed_form {
namespace {

const Link link{1e-6, 100e9};

// 8 ranks, 8 MB in all: 7 messages of 1 MB, 1 us + 10 us each; an all-reduce is two such passes.
TEST(Rings, ByHand) {
  EXPECT_NEAR(ring_gather(8, 8e6, link), 77e-6, 1e-15);
  EXPECT_NEAR(ring_all_reduce(8, 8e6, link), 154e-6, 1e-15);
  EXPECT_EQ(ring_gather(1, 8e6, link), 0);
}

// 16 ranks, 8 on the island, 16 MB from each: 7 MB inside at 100 GB/s is 1 + 70 us, 8 MB outside at 50 GB/s 5 + 160 us;
// both at once. With all on the island it is 15 MB, 151 us.
TEST(AllToAll, SlowerSideCounts) {
  const Link fabric{5e-6, 50e9};
  EXPECT_NEAR(all_to_all({16, 8}, 16e6, link, fabric), 165e-6, 1e-15);
  EXPECT_NEAR(all_to_all({16, 16}, 16e6, link, fabric), 151e-6, 1e-15);
  EXPECT_EQ(all_to_all({1, 1}, 16e6, link, fabric), 0);
}

// An all-gather in one round: 16 MB in all, so 1 MB to each of 15 peers. The ring needs 15 us of latency instead of 1.
TEST(DirectGather, SendsEachShareToEveryPeer) {
  EXPECT_NEAR(direct_gather({16, 16}, 16e6, link, link), 151e-6, 1e-15);
  EXPECT_NEAR(ring_gather(16, 16e6, link) - direct_gather({16, 16}, 16e6, link, link), 14e-6, 1e-15);
}

// A hop of 5 s beside a block of 3 s sticks out by 2 s, three times of four ranks; passing queries ends with a hop
// home.
TEST(RingAttention, HopsAndTail) {
  EXPECT_EQ(ring_attention(4, 5, 3, false).exposed(), 6);
  EXPECT_EQ(ring_attention(4, 5, 3, true).exposed(), 11);
  EXPECT_EQ(ring_attention(4, 2, 3, true).exposed(), 2);
  EXPECT_EQ(ring_attention(1, 5, 3, true).exposed(), 0);
}

TEST(Windows, HideUpToTheirLength) {
  EXPECT_EQ(exposed(5, 3), 2);
  EXPECT_EQ(exposed(2, 3), 0);
}

// Islands of 8: 8 TP ranks side by side fit one; of 64 ranks 8 do; of ranks 8 apart only one, 4 apart two.
TEST(Islands, GroupsFillThem) {
  Platform platform;
  platform.island = {.size = 8, .bandwidth = 900e9, .efficiency = 0.5, .latency = 1e-6};
  platform.fabric.bandwidth = 400e9;
  platform.fabric.latency = 5e-6;
  EXPECT_EQ(spread_of({8, 1}, platform).inside, 8);
  EXPECT_EQ(spread_of({64, 1}, platform).inside, 8);
  EXPECT_EQ(spread_of({8, 8}, platform).inside, 1);
  EXPECT_EQ(spread_of({8, 4}, platform).inside, 2);
  EXPECT_EQ(ring_link(spread_of({8, 1}, platform), platform).bandwidth, 450e9);
  EXPECT_EQ(ring_link(spread_of({16, 1}, platform), platform).bandwidth, 400e9);
  platform.fabric.nics_per_island = 4;  // two GPUs share one
  EXPECT_EQ(fabric_link(platform).bandwidth, 200e9);
  platform.island.topology = Island::Topology::mesh;  // a link for each peer
  EXPECT_EQ(island_link(platform, 7).bandwidth, 7 * 450e9);
}

}  // namespace
}  // namespace ringtail::closed_form
