#include "decode/stream_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "collectives/choice.hpp"
#include "program/members.hpp"

namespace ringtail {

void StreamWriter::kernel(Stage stage, const Work& work) {
  const KernelTime time = roofline(work, spec().gpu);
  if (!std::isfinite(time.alone()))
    throw std::range_error(
        fmt::format("kernel {} would take for ever: look at the platform's peaks, bandwidths and "
                    "efficiencies",
                    stage_names()[static_cast<std::size_t>(stage)]));
  ops_.emplace_back(Kernel{static_cast<int>(stage), layer_, work.flops, work.bytes, time.overhead, time.compute,
                           time.hbm, spec().launch_time});
}

void StreamWriter::end_step() {
  if (spec().step_overhead > 0)
    ops_.emplace_back(Kernel{static_cast<int>(Stage::host), layer_, 0, 0, spec().step_overhead, 0, 0});
  ops_.emplace_back(EndStep{step_});
}

void StreamWriter::gemm(Stage stage, Dtype dtype, const Product& product) {
  if (product.rows == 0) return;
  const int rows = padded(product.rows, spec().gpu.kernels.gemm.tile);
  const Bytes activations = product.rows * (product.in + product.out) * activation_bytes();
  const Bytes weights = (product.weights + product.bias) * bytes_of(dtype);
  kernel(stage, {KernelClass::gemm, dtype, 2.0 * rows * product.weights, weights + activations});
}

void StreamWriter::memory(Stage stage, Bytes bytes) {
  if (bytes > 0) kernel(stage, {KernelClass::memory, spec().precision.activations, 0, bytes});
}

void StreamWriter::all_reduce(Family family, const Group& group, Bytes bytes,
                              std::optional<AllReduceAlgorithm> wanted) {
  collective(family, group.ranks, [&] {
    const std::vector<Bytes> shares(group.ranks.size(), bytes / static_cast<double>(group.ranks.size()));
    return choose_all_reduce(wanted.value_or(spec().collectives.all_reduce), shares, group);
  });
}

void StreamWriter::dense_collective(Family family, const CollectivePlan& plan) {
  if (plan.rounds.empty()) return;
  const std::size_t member = member_of(plan.rounds.front(), rank_);
  memory(Stage::collective_send, plan.outgoing[member]);
  rounds(shared_.pool.join(step_, layer_, family, plan.ranks.front(), [&]() -> const CollectivePlan& { return plan; }));
  memory(Stage::collective_receive, plan.incoming[member] + std::min(plan.incoming[member], plan.result[member]));
}

void StreamWriter::rounds(const CollectivePool::Rounds& rounds) {
  for (const auto& exchange : rounds) {
    const int member = static_cast<int>(member_of(*exchange, rank_));
    ops_.emplace_back(Post{exchange, member});
    ops_.emplace_back(Await{exchange, member});
  }
}

void StreamWriter::relay(const CollectivePool::Rounds& exchanges, Stage forward, Bytes bytes) {
  if (exchanges.empty()) return;
  const int member = static_cast<int>(member_of(*exchanges.front(), rank_));
  const std::size_t chunks = (exchanges.size() - 1) / 2;
  const auto post = [&](std::size_t first, std::size_t chunk) {
    ops_.emplace_back(Post{exchanges[first + chunk], member, chunk > 0 ? exchanges[first + chunk - 1] : nullptr});
  };
  const auto await = [&](std::size_t at) { ops_.emplace_back(Await{exchanges[at], member}); };
  const std::size_t direct = 0, first_hop = 1, second_hop = 1 + chunks;

  post(direct, 0);
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) post(first_hop, chunk);
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    await(first_hop + chunk);
    resident_kernel(forward, bytes / static_cast<double>(chunks));
    post(second_hop, chunk);
  }
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) await(second_hop + chunk);
  await(direct);
}

void StreamWriter::resident_kernel(Stage stage, Bytes bytes) {
  if (bytes <= 0) return;
  const Work work{KernelClass::memory, spec().precision.activations, 0, bytes};
  ops_.emplace_back(Kernel{static_cast<int>(stage), layer_, 0, bytes, 0, 0, roofline(work, spec().gpu).hbm});
}

}  // namespace ringtail
