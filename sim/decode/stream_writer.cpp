#include "decode/stream_writer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "collectives/collectives.hpp"
#include "program/members.hpp"

namespace ringtail {

void StreamWriter::kernel(Stage stage, const Work& work) {
  const KernelTime time = roofline(work, spec().gpu);
  if (!std::isfinite(time.alone()))
    throw std::range_error(
        fmt::format("kernel {} would take for ever: look at the platform's peaks, bandwidths and "
                    "efficiencies",
                    stage_names()[static_cast<std::size_t>(stage)]));
  ops_.emplace_back(
      Kernel{static_cast<int>(stage), layer_, work.flops, work.bytes, time.overhead, time.compute, time.hbm});
}

void StreamWriter::gemm(Stage stage, Dtype dtype, const Product& product) {
  if (product.rows == 0) return;
  const int rows = padded(product.rows, spec().gpu.kernels.gemm.tile);
  const Bytes activations = product.rows * (product.in + product.out) * activation_bytes();
  kernel(stage,
         {KernelClass::gemm, dtype, 2.0 * rows * product.weights, product.weights * bytes_of(dtype) + activations});
}

void StreamWriter::memory(Stage stage, Bytes bytes) {
  if (bytes > 0) kernel(stage, {KernelClass::memory, spec().precision.activations, 0, bytes});
}

void StreamWriter::all_reduce(Family family, const std::vector<int>& ranks, Bytes bytes) {
  const auto n = ranks.size();
  collective(family, ranks, [&] {
    return ringtail::all_reduce(spec().collectives.all_reduce, std::vector<Bytes>(n, bytes / static_cast<double>(n)));
  });
}

void StreamWriter::dense_collective(Family family, const CollectivePlan& plan) {
  if (plan.rounds.empty()) return;
  const std::size_t member = member_of(plan.rounds.front(), rank_);
  memory(Stage::collective_send, plan.outgoing[member]);
  rounds(shared_.pool.join(step_, layer_, family, plan.ranks.front(), [&]() -> const CollectivePlan& { return plan; }));
  memory(Stage::collective_receive, 2.0 * plan.incoming[member]);
}

void StreamWriter::rounds(const CollectivePool::Rounds& rounds) {
  for (const auto& exchange : rounds) {
    const int member = static_cast<int>(member_of(*exchange, rank_));
    ops_.emplace_back(Post{exchange, member});
    ops_.emplace_back(Await{exchange, member});
  }
}

}  // namespace ringtail
