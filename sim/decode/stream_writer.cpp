#include "decode/stream_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "collectives/choice.hpp"
#include "program/members.hpp"

namespace ringtail {

void StreamWriter::kernel(Stage stage, const Work& work, double tokens) {
  const KernelTime time = roofline(work, spec().gpu);
  if (!std::isfinite(time.alone()))
    throw std::range_error(
        fmt::format("kernel {} would take for ever: look at the platform's peaks, bandwidths and "
                    "efficiencies",
                    stage_names()[static_cast<std::size_t>(stage)]));
  ops_.emplace_back(Kernel{static_cast<int>(stage), layer_, work.flops, work.bytes, time.overhead, time.compute,
                           time.hbm, spec().launch_time, shared_.micro_batch, tokens});
}

void StreamWriter::host() {
  if (spec().step_overhead > 0)
    ops_.emplace_back(
        Kernel{static_cast<int>(Stage::host), layer_, 0, 0, spec().step_overhead, 0, 0, 0, shared_.micro_batch});
}

void StreamWriter::gemm(Stage stage, Dtype dtype, const Product& product) {
  if (product.rows == 0) return;
  const double rows = padded(product.rows, spec().gpu.kernels.of(KernelClass::gemm, dtype).tile);
  const Bytes activations = moved(product.rows * (product.in + product.out) * activation_bytes());
  const Bytes weights = (product.weights + product.bias) * bytes_of(dtype);
  kernel(stage,
         {KernelClass::gemm, dtype, 2.0 * rows * product.weights, weights + activations,
          product.inner > 0 ? product.inner : product.in},
         product.rows);
}

void StreamWriter::memory(Stage stage, Bytes bytes) {
  if (moved(bytes) > 0) kernel(stage, {KernelClass::memory, spec().precision.activations, 0, bytes});
}

void StreamWriter::begin_copy(KernelClass kernel_class, Stage stage, Bytes bytes, double items) {
  if (!spec().gpu.kernels.stays(kernel_class)) return memory(stage, bytes);
  if (spec().effects.activations) kernel(stage, {kernel_class, spec().precision.activations, 0, bytes, items});
}

void StreamWriter::end_copy(KernelClass kernel_class, Stage stage, Bytes bytes) {
  if (!spec().gpu.kernels.stays(kernel_class)) return memory(stage, bytes);
  const Seconds hbm = roofline({kernel_class, spec().precision.activations, 0, bytes, 0}, spec().gpu).hbm;
  if (spec().effects.activations) ops_.emplace_back(Kernel{static_cast<int>(stage), layer_, 0, bytes, 0, 0, hbm});
}

const CollectivePlan& StreamWriter::all_reduce_plan(Family family, const Group& group, Bytes bytes,
                                                    std::optional<AllReduceAlgorithm> wanted) {
  return plan_of(family, group.ranks, [&] {
    const std::vector<Bytes> shares(group.ranks.size(), bytes / static_cast<double>(group.ranks.size()));
    return choose_all_reduce(wanted.value_or(spec().collectives.all_reduce), shares, group);
  });
}

void StreamWriter::all_reduce(Family family, const Group& group, Bytes bytes,
                              std::optional<AllReduceAlgorithm> wanted) {
  dense_collective(family, all_reduce_plan(family, group, bytes, wanted));
}

void StreamWriter::gemm_all_reduce(Stage stage, const Product& product, Family family, const Group& group, Bytes bytes,
                                   std::optional<AllReduceAlgorithm> wanted) {
  const Dtype dtype = spec().precision.weights;
  const int chunks = spec().overlap.chunks;
  const CollectivePlan& plan = all_reduce_plan(family, group, bytes / chunks, wanted);
  if (chunks == 1 || plan.rounds.empty()) {
    gemm(stage, dtype, product);
    dense_collective(family, plan);
    return;
  }
  const Product part{product.rows, product.weights / chunks, product.in, product.out / chunks, product.bias / chunks};
  std::vector<InFlight> under_way;
  for (int chunk = 0; chunk < chunks; ++chunk) {
    gemm(stage, dtype, part);
    send_kernel(plan);
    under_way.push_back(begin(join(
        family, plan.ranks.front(), [&]() -> const CollectivePlan& { return plan; }, chunk)));
  }
  for (const InFlight& chunk : under_way) {
    finish(chunk);
    receive_kernel(plan);
  }
}

void StreamWriter::send_kernel(const CollectivePlan& plan) {
  begin_copy(KernelClass::collective, Stage::collective_send, plan.outgoing[member_of(plan.rounds.front(), rank_)],
             static_cast<double>(plan.ranks.size()) - 1);
}

void StreamWriter::receive_kernel(const CollectivePlan& plan) {
  const std::size_t member = member_of(plan.rounds.front(), rank_);
  end_copy(KernelClass::collective, Stage::collective_receive,
           plan.incoming[member] + std::min(plan.incoming[member], plan.result[member]));
}

void StreamWriter::dense_collective(Family family, const CollectivePlan& plan) {
  if (plan.rounds.empty()) return;
  send_kernel(plan);
  rounds(join(family, plan.ranks.front(), [&]() -> const CollectivePlan& { return plan; }));
  receive_kernel(plan);
}

void StreamWriter::rounds(const Rounds& rounds) {
  for (const auto& exchange : rounds) {
    const int member = static_cast<int>(member_of(*exchange, rank_));
    ops_.emplace_back(Post{exchange, member});
    ops_.emplace_back(Await{exchange, member});
  }
}

InFlight StreamWriter::begin(const Rounds& rounds) {
  if (rounds.empty()) return {};
  const int member = static_cast<int>(member_of(*rounds.front(), rank_));
  ops_.emplace_back(Post{rounds.front(), member});
  for (std::size_t round = 1; round < rounds.size(); ++round)
    ops_.emplace_back(Relay{rounds[round - 1], {rounds[round], member}, {}});
  return {rounds.back()};
}

InFlight StreamWriter::begin_relay(const Rounds& exchanges, Stage forward, Bytes bytes) {
  if (exchanges.empty()) return {};
  const int member = static_cast<int>(member_of(*exchanges.front(), rank_));
  const std::size_t chunks = (exchanges.size() - 1) / 2;
  const std::size_t direct = 0, first_hop = 1, second_hop = 1 + chunks;
  const auto post = [&](std::size_t first, std::size_t chunk) {
    return Post{exchanges[first + chunk], member, chunk > 0 ? exchanges[first + chunk - 1] : nullptr};
  };
  InFlight last;
  ops_.emplace_back(post(direct, 0));
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) ops_.emplace_back(post(first_hop, chunk));
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const Bytes part = moved(bytes) / static_cast<double>(chunks);
    const Work work{KernelClass::memory, spec().precision.activations, 0, part};
    const Kernel copy{
        static_cast<int>(forward), layer_, 0, part, 0, 0, part > 0 ? roofline(work, spec().gpu).hbm : 0, 0,
        shared_.micro_batch};
    ops_.emplace_back(Relay{exchanges[first_hop + chunk], post(second_hop, chunk), copy});
    last.push_back(exchanges[second_hop + chunk]);
  }
  last.push_back(exchanges[direct]);
  return last;
}

void StreamWriter::finish(const InFlight& collective) {
  for (const auto& exchange : collective)
    ops_.emplace_back(Await{exchange, static_cast<int>(member_of(*exchange, rank_))});
}

}  // namespace ringtail
