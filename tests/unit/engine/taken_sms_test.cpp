// What kernels lose to collectives that hold SMs, in both implementations of GPUs.
#include "engine/taken_sms.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "accounting/accounting.hpp"
#include "collectives/round.hpp"
#include "engine/engine.hpp"

namespace ringtail {
namespace {

constexpr BytesPerSecond B = 1e9;

/// Two GPUs with a port of 1 GB/s and no latency.
Platform two_gpus() {
  Platform platform;
  platform.gpu.hbm = {80e9, 1e12};
  platform.gpu.peak.bf16 = 1e12;
  platform.island = {2, B, 1.0, 0};
  platform.fabric = {B, 1.0, 0};
  return platform;
}

/// Rank 0 sends rank 1 bytes for 4 s, held by SMs of the dispatch; beside them and after, kernels of rank 0.
class Beside final : public Program {
 public:
  explicit Beside(std::vector<Kernel> kernels) : kernels_(std::move(kernels)) {
    auto exchange = std::make_shared<Exchange>(make_exchange({{{1, 4 * B}}, {}}, {0, 1}));
    exchange->copier = Copier::dispatch;
    exchange_ = exchange;
  }
  [[nodiscard]] int ranks() const override { return 2; }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return names_; }
  [[nodiscard]] const std::vector<std::string>& families() const override { return names_; }
  void next(int rank, std::vector<Op>& ops) override {
    const int step = step_[static_cast<std::size_t>(rank)]++;
    if (step == 0) {
      ops.emplace_back(Post{exchange_, rank});
      if (rank == 0) ops.insert(ops.end(), kernels_.begin(), kernels_.end());
      ops.emplace_back(Await{exchange_, rank});
    }
    ops.emplace_back(Kernel{0, -1, 0, 0, 0, 0, rank == 0 ? 1e-3 : 100.0});
    ops.emplace_back(EndStep{step});
  }

 private:
  std::vector<Kernel> kernels_;
  std::shared_ptr<const Exchange> exchange_;
  std::vector<int> step_ = {0, 0};
  std::vector<std::string> names_ = {"work"};
};

/// When rank 0 ended each kernel.
class Ends final : public Observer {
 public:
  void kernel(int rank, const Kernel& /*kernel*/, Seconds /*start*/, Seconds end) override {
    if (rank == 0) ends.push_back(end);
  }
  void post(int, const Exchange&, Seconds) override {}
  void relay(int, const Relay&, Seconds, int, Seconds, Seconds) override {}
  void received(int, const Exchange&, Seconds) override {}
  void await(int, const Exchange&, Seconds, Seconds, int) override {}
  void end_step(int rank, int, Seconds) override { is_over = is_over || rank == 0; }
  [[nodiscard]] bool finished() const override { return is_over; }

  std::vector<Seconds> ends;
  bool is_over = false;
};

std::vector<Seconds> ends_of(NetworkSolver solver, double taken, const std::vector<Kernel>& kernels) {
  Beside program(kernels);
  Ends ends;
  NetworkConfig network;
  network.solver = solver;
  network.tolerance = 0;
  TakenShares shares{};
  shares[static_cast<std::size_t>(Copier::dispatch)] = taken;
  execute(program, two_gpus(), network, ends, {}, {}, shares);
  return ends.ends;
}

Kernel kernel(Seconds overhead, Seconds compute, Seconds hbm) { return {0, -1, 0, 0, overhead, compute, hbm}; }

class Taken : public ::testing::TestWithParam<NetworkSolver> {};

TEST_P(Taken, AKernelComputesAtWhatIsLeftWhileTheTransferIsUnderWay) {
  // A quarter of the SMs copy for 4 s. 10 s of compute: 4 s at 3/4 do 3, the other 7 take 7.
  EXPECT_NEAR(ends_of(GetParam(), 0.25, {kernel(0, 10, 0)})[0], 11, 1e-9);
}

TEST_P(Taken, AKernelThatBeginsBesideItAndEndsBesideItIsSlowerAllAlong) {
  // 1 s of launch at the GPU's own pace, then 1.5 s of compute at 3/4.
  EXPECT_NEAR(ends_of(GetParam(), 0.25, {kernel(1, 1.5, 0)})[0], 3, 1e-9);
}

TEST_P(Taken, HbmTrafficLosesNothing) {
  // 3 s of HBM traffic hide 2 s of compute, which take 2.67 s; 2.5 s of compute take 3.33 s and do not hide.
  EXPECT_NEAR(ends_of(GetParam(), 0.25, {kernel(0, 2, 3)})[0], 3, 1e-9);
}

TEST_P(Taken, ComputeThatHidAloneMayEndLast) {
  EXPECT_NEAR(ends_of(GetParam(), 0.25, {kernel(0, 2.5, 3)})[0], 2.5 / 0.75, 1e-9);
}

TEST_P(Taken, AfterItKernelsHaveAll) {
  // The first ends at 4.5 (4 s at 3/4 do 3, half a second the rest), the second is alone.
  const std::vector<Seconds> ends = ends_of(GetParam(), 0.25, {kernel(0, 3.5, 0), kernel(0, 2, 0)});
  EXPECT_NEAR(ends[0], 4.5, 1e-9);
  EXPECT_NEAR(ends[1], 6.5, 1e-9);
}

TEST_P(Taken, NothingIsTakenByDefault) { EXPECT_NEAR(ends_of(GetParam(), 0, {kernel(0, 10, 0)})[0], 10, 1e-9); }

INSTANTIATE_TEST_SUITE_P(Both, Taken, ::testing::Values(NetworkSolver::fluid, NetworkSolver::simgrid),
                         [](const auto& each) {
                           return std::string(each.param == NetworkSolver::fluid ? "Fluid" : "SimGrid");
                         });

TEST(TakenSms, ACollectiveHoldsFromItsFirstPostToItsLastEnd) {
  // Two rounds; of each the rank's transfers leave and others come.
  Exchange first, second;
  first.copier = second.copier = Copier::dense;
  first.collective = second.collective = 7;
  first.rounds = second.rounds = 2;
  TakenShares shares{};
  shares[static_cast<std::size_t>(Copier::dense)] = 0.5;
  TakenSms taken(1, shares);
  taken.ended(0, first);  // Others were faster: it came before the rank itself began.
  EXPECT_EQ(taken.compute_share(0), 1);
  taken.posted(0, first);
  EXPECT_EQ(taken.compute_share(0), 0.5);
  taken.ended(0, first);
  EXPECT_EQ(taken.compute_share(0), 0.5);  // Between its rounds.
  taken.posted(0, second);
  taken.ended(0, second);
  EXPECT_EQ(taken.compute_share(0), 0.5);
  taken.ended(0, second);
  EXPECT_EQ(taken.compute_share(0), 1);
}

}  // namespace
}  // namespace ringtail
