#include "decode/moved_experts.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "model/weights.hpp"

namespace ringtail {
namespace {

CollectivePlan move_plan(const std::vector<int>& ranks, int tp, std::span<const ExpertMove> moves, Bytes slice) {
  std::map<std::pair<int, int>, Bytes> between;
  for (const ExpertMove& move : moves) between[{move.from, move.to}] += slice;
  Round round(ranks.size());
  for (const auto& [pair, bytes] : between)
    for (int i = 0; i < tp; ++i)
      round[static_cast<std::size_t>(pair.first * tp + i)].push_back({pair.second * tp + i, bytes});
  return make_plan(ranks, {round}, Copier::dense);
}

}  // namespace

void write_moved_experts(StreamWriter& writer, const std::vector<int>& ranks, std::span<const ExpertMove> moves) {
  if (moves.empty()) return;
  const DecodeSpec& spec = writer.spec();
  const int tp = spec.layout.parallelism().ffn.tp;
  const Bytes slice = expert_weights(spec.model, tp).total() * bytes_of(spec.precision.of_experts());
  const int ep_rank = (writer.rank() - ranks.front()) / tp;
  const auto bytes_of_moves = [&](int ExpertMove::*end) {
    return slice * static_cast<double>(std::count_if(moves.begin(), moves.end(),
                                                     [&](const ExpertMove& move) { return move.*end == ep_rank; }));
  };
  const auto copy = [&](Stage stage, Bytes bytes) {
    if (bytes > 0) writer.kernel(stage, {KernelClass::memory, spec.precision.of_experts(), 0, bytes});
  };
  copy(Stage::expert_send, bytes_of_moves(&ExpertMove::from));
  writer.finish(writer.begin_exchange(Family::expert_move, ranks, [&] { return move_plan(ranks, tp, moves, slice); }));
  copy(Stage::expert_receive, 3 * bytes_of_moves(&ExpertMove::to));  // Written, read again, written.
}

}  // namespace ringtail
