// What kernels pay per item, and collectives that are one kernel: by hand.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "decode/decode_program.hpp"
#include "decode/dispatch.hpp"

namespace ringtail {
namespace {

constexpr double us = 1e-6;

/// Two GPUs; launch 1 us, and each class a floor and a cost per item of its own.
Platform platform_with_items() {
  Platform platform;
  platform.gpu.hbm = {1e30, 1e12};
  platform.gpu.peak = {0, 1e30, 1e30, 1e30};
  platform.gpu.launch_overhead = 1 * us;
  Kernels& kernels = platform.gpu.kernels;
  kernels.gemm = {.floor = 2 * us, .per_item = 0.1 * us};
  kernels.grouped_gemm = {.floor = 3 * us, .per_item = 0.2 * us};
  kernels.attention = {.floor = 4 * us, .per_item = 0.3 * us};
  kernels.collective = KernelEfficiency{.bandwidth = 0.5, .floor = 5 * us, .per_item = 0.4 * us};
  kernels.dispatch = KernelEfficiency{.bandwidth = 0.5, .floor = 6 * us, .per_item = 0.5 * us};
  kernels.combine = KernelEfficiency{.bandwidth = 0.5, .floor = 7 * us, .per_item = 0.6 * us};
  platform.island = {2, 1e9, 1.0, 0};
  platform.fabric = {1e9, 1.0, 0};
  return platform;
}

/// One layer of 4 heads of 32, hidden size 128; dense, or 4 experts of which a token takes 2.
DecodeSpec spec_of(const Platform& platform, const Parallelism& parallelism, bool has_experts) {
  Model model;
  model.layers = 1;
  model.hidden_size = 128;
  model.vocab_size = 256;
  model.attention = {4, 4, 32, std::nullopt};
  model.ffn = {256, true};
  if (has_experts) model.moe = Moe{4, 2, 64, 0, 0};
  DecodeSpec spec{.model = model,
                  .gpu = platform.gpu,
                  .layout = Layout(parallelism, 6, has_experts ? 4 : 0),
                  .precision = {},
                  .collectives = {},
                  .context = 100,
                  .kv_block = 16,
                  .wiring = std::make_shared<const Wiring>(platform, 2)};
  spec.precision.weights = spec.precision.kv = Dtype::bf16;
  return spec;
}

/// The kernels of rank 0 in one step, by stage.
std::map<Stage, std::vector<Kernel>> kernels_of(const DecodeSpec& spec, const Routing& popular = {}) {
  std::optional<DecodeProgram::RoutingDraws> routing;
  if (spec.model.moe)
    routing.emplace(DecodeProgram::RoutingDraws{ExpertSampler({spec.model.moe_layers(), 4, 2}, popular, 1, 0),
                                                RoutingStatistics(std::vector<int>{0, 0, 1, 1}, 2), 0, 1});
  DecodeProgram program(spec, std::move(routing));
  std::map<Stage, std::vector<Kernel>> found;
  for (bool ended = false; !ended;) {
    std::vector<Op> ops;
    program.next(0, ops);
    for (const Op& op : ops) {
      if (const auto* kernel = std::get_if<Kernel>(&op)) found[static_cast<Stage>(kernel->stage)].push_back(*kernel);
      ended = ended || std::holds_alternative<EndStep>(op);
    }
  }
  return found;
}

// TP2, six sequences: a rank has 2 heads. Its output projection is from 2 · 32 elements, its up projection from 128.
TEST(KernelClasses, ItemsOfProductsAndAttention) {
  auto kernels = kernels_of(spec_of(platform_with_items(), {{1, 1, 2}, {1, 1, 2}}, false));
  EXPECT_DOUBLE_EQ(kernels[Stage::output_projection].at(0).overhead, (1 + 2 + 64 * 0.1) * us);
  EXPECT_DOUBLE_EQ(kernels[Stage::dense_up].at(0).overhead, (1 + 2 + 128 * 0.1) * us);
  EXPECT_DOUBLE_EQ(kernels[Stage::attention].at(0).overhead, (1 + 4 + 6 * 2 * 0.3) * us);
}

// One peer. What receives is the kernel that sent: no launch, no floor; both at half of HBM's bandwidth.
TEST(KernelClasses, AnAllReduceIsOneKernel) {
  auto kernels = kernels_of(spec_of(platform_with_items(), {{1, 1, 2}, {1, 1, 2}}, false));
  for (const Kernel& send : kernels[Stage::collective_send]) {
    EXPECT_DOUBLE_EQ(send.overhead, (1 + 5 + 0.4) * us);
    EXPECT_DOUBLE_EQ(send.hbm, send.bytes / 0.5e12);
  }
  ASSERT_FALSE(kernels[Stage::collective_receive].empty());
  for (const Kernel& receive : kernels[Stage::collective_receive]) {
    EXPECT_EQ(receive.overhead, 0);
    EXPECT_DOUBLE_EQ(receive.hbm, receive.bytes / 0.5e12);
  }
}

// Each rank holds 2 of 4 experts, and tells all 4 how many tokens come.
TEST(KernelClasses, ItemsOfExperts) {
  auto kernels = kernels_of(spec_of(platform_with_items(), {{2, 1, 1}, {1, 2, 1}}, true));
  EXPECT_DOUBLE_EQ(kernels[Stage::expert_up].at(0).overhead, (1 + 3 + 2 * 0.2) * us);
  EXPECT_DOUBLE_EQ(kernels[Stage::expert_down].at(0).overhead, (1 + 3 + 2 * 0.2) * us);
  EXPECT_DOUBLE_EQ(kernels[Stage::dispatch_send].at(0).overhead, (1 + 6 + 4 * 0.5) * us);
  EXPECT_DOUBLE_EQ(kernels[Stage::combine_send].at(0).overhead, (1 + 7 + 4 * 0.6) * us);
  EXPECT_EQ(kernels[Stage::dispatch_receive].at(0).overhead, 0);
  EXPECT_EQ(kernels[Stage::combine_receive].at(0).overhead, 0);
}

// A rank whose experts nobody has chosen has nothing to send back, but is not told before: it launches all the same.
TEST(KernelClasses, CombineIsLaunchedWithoutCopies) {
  Routing others_experts;
  others_experts.popularity.kind = Popularity::Kind::counts;
  others_experts.popularity.counts.counts = {{0, 0, 1, 1}};
  auto kernels = kernels_of(spec_of(platform_with_items(), {{2, 1, 1}, {1, 2, 1}}, true), others_experts);
  const Kernel& send = kernels[Stage::combine_send].at(0);
  EXPECT_EQ(send.bytes, 0);
  EXPECT_DOUBLE_EQ(send.overhead, (1 + 7 + 4 * 0.6) * us);
  EXPECT_EQ(kernels[Stage::dispatch_receive].at(0).bytes, 0);
}

// Modes have kernels of their own where they are given: intra on one island, which inter is there, too. They count the
// other ranks, here one, not the four experts. What is not given for a mode is as in ll.
TEST(KernelClasses, ModesHaveKernelsOfTheirOwn) {
  Platform platform = platform_with_items();
  platform.gpu.kernels.intra = {KernelEfficiency{.bandwidth = 0.25, .floor = 20 * us, .per_item = 3 * us},
                                std::nullopt};
  for (const DispatchMode mode : {DispatchMode::intra, DispatchMode::inter}) {
    DecodeSpec spec = spec_of(platform, {{2, 1, 1}, {1, 2, 1}}, true);
    spec.collectives.dispatch = mode;
    auto kernels = kernels_of(spec);
    EXPECT_DOUBLE_EQ(kernels[Stage::dispatch_send].at(0).overhead, (1 + 20 + 1 * 3) * us);
    const Kernel& receive = kernels[Stage::dispatch_receive].at(0);
    EXPECT_DOUBLE_EQ(receive.hbm, receive.bytes / 0.25e12);
    EXPECT_DOUBLE_EQ(kernels[Stage::combine_send].at(0).overhead, (1 + 7 + 4 * 0.6) * us);
  }
  Kernels kernels = platform.gpu.kernels;
  EXPECT_EQ(exchange_classes(kernels, DispatchMode::ll, 1).dispatch, KernelClass::dispatch);
  EXPECT_EQ(exchange_classes(kernels, DispatchMode::inter, 1).dispatch, KernelClass::intra_dispatch);
  EXPECT_EQ(exchange_classes(kernels, DispatchMode::inter, 2).dispatch, KernelClass::dispatch);
  kernels.inter = {std::nullopt, KernelEfficiency{}};
  EXPECT_EQ(exchange_classes(kernels, DispatchMode::inter, 2).combine, KernelClass::inter_combine);
}

// Without classes of their own sending and receiving are two kernels of class memory, each launched.
TEST(KernelClasses, WithoutAClassACollectiveIsTwoKernels) {
  Platform platform = platform_with_items();
  platform.gpu.kernels.memory = {.floor = 8 * us};
  platform.gpu.kernels.collective.reset();
  auto kernels = kernels_of(spec_of(platform, {{1, 1, 2}, {1, 1, 2}}, false));
  EXPECT_DOUBLE_EQ(kernels[Stage::collective_send].at(0).overhead, (1 + 8) * us);
  EXPECT_DOUBLE_EQ(kernels[Stage::collective_receive].at(0).overhead, (1 + 8) * us);
}

}  // namespace
}  // namespace ringtail
