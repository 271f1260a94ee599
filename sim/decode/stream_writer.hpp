#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "decode/collective_pool.hpp"
#include "decode/decode_spec.hpp"
#include "decode/stages.hpp"
#include "platform/roofline.hpp"
#include "program/program.hpp"

namespace ringtail {

/// Plans of the collectives that are alike in every step and layer, by family and lowest rank.
using PlanCache = std::map<std::pair<Family, int>, CollectivePlan>;

/// What all ranks' writers of one micro-batch share.
struct Shared {
  const DecodeSpec& spec;
  CollectivePool& pool;
  PlanCache& plans;
  int micro_batch = 0;
};

/// The exchanges of a collective under way whose arrival tells that it is over.
using InFlight = CollectivePool::Rounds;

/// A matrix product `rows` × weights, where each row meets every weight once.
struct Product {
  double rows = 0;
  double weights = 0;  ///< Elements read from HBM.
  double in = 0;       ///< Elements read per row,
  double out = 0;      ///< and written per row.
  double bias = 0;     ///< Elements added to every row, read from HBM once; their flops are not counted.
  double inner = 0;    ///< Elements that one output is summed over, if not `in`: where each head has a product.
};

/// Appends one rank's ops of one layer (or of what surrounds the layers) to its stream.
class StreamWriter {
 public:
  StreamWriter(const Shared& shared, int rank, int step, int layer, std::vector<Op>& ops)
      : shared_(shared), rank_(rank), step_(step), layer_(layer), ops_(ops) {}

  [[nodiscard]] const DecodeSpec& spec() const { return shared_.spec; }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int step() const { return step_; }
  [[nodiscard]] int layer() const { return layer_; }
  /// The layer of the model that this one is like: itself, or the last, after which passes of the drafter are counted.
  [[nodiscard]] int model_layer() const { return std::min(layer_, spec().model.layers - 1); }
  /// Bytes of one element of the residual stream and of what kernels pass on.
  [[nodiscard]] Bytes activation_bytes() const { return bytes_of(spec().precision.activations); }

  /// `bytes` of activations as kernels move them: none without Effects::activations.
  [[nodiscard]] Bytes moved(Bytes bytes) const { return spec().effects.activations ? bytes : 0; }

  /// `tokens` as in Kernel.
  void kernel(Stage stage, const Work& work, double tokens = 0);

  /// A GEMM with weights in `dtype`; none if there are no rows. Rows are padded to the tile in its flops only.
  void gemm(Stage stage, Dtype dtype, const Product& product);

  /// A memory-bound kernel that moves activations; none if there is nothing to move.
  void memory(Stage stage, Bytes bytes);

  /// A collective's kernel up to its transfers, which reads and writes `bytes`; its class tells what an item is. It is
  /// launched also if there are none, which the host does not know. A kernel that moves activations if the platform has
  /// no such class.
  void begin_copy(KernelClass kernel_class, Stage stage, Bytes bytes, double items);

  /// The same kernel from there on, still running; else another one.
  void end_copy(KernelClass kernel_class, Stage stage, Bytes bytes);

  /// A dense collective between `ranks`, which this rank is one of: a kernel that reads what is sent, the rounds, and a
  /// kernel that reads what has come and writes the result. `choose()` returns a Chosen, once per family and group.
  template <class Choose>
  void collective(Family family, const std::vector<int>& ranks, const Choose& choose) {
    dense_collective(family, plan_of(family, ranks, choose));
  }

  /// An all-reduce of `bytes` in the group, cut into equal shares whatever its ranks hold, by the deployment's
  /// algorithm unless this family has one of its own.
  void all_reduce(Family family, const Group& group, Bytes bytes, std::optional<AllReduceAlgorithm> wanted);

  /// A product in the format of weights and the all-reduce of its result, of `bytes`; in as many chunks of its columns
  /// as the deployment's overlap says: a chunk is under way while the next is computed. Weights are read once.
  void gemm_all_reduce(Stage stage, const Product& product, Family family, const Group& group, Bytes bytes,
                       std::optional<AllReduceAlgorithm> wanted);

  /// Begins a collective whose plan is made anew each time: posts its first round. Later rounds are posted beside the
  /// stream, each when the one before has come. `number` tells those of one family in one layer apart.
  template <class MakePlan>
  [[nodiscard]] InFlight begin_exchange(Family family, const std::vector<int>& ranks, const MakePlan& make_plan_once,
                                        int number = 0) {
    return begin(join(family, ranks.front(), make_plan_once, number));
  }

  /// A collective whose transfers go in two hops, the second sent by whom the first reaches; a chunk's second hop
  /// overlaps with the next chunk's first. Its exchanges: transfers without a second hop, the chunks' first hops, their
  /// second hops. Each hop's chunks leave one after another. In between the rank's `forward` kernel, which is running
  /// all the while beside the stream and so has no launch, moves `bytes` in all.
  template <class MakePlan>
  [[nodiscard]] InFlight begin_relay(Family family, const std::vector<int>& ranks, Stage forward, Bytes bytes,
                                     const MakePlan& make_plan_once) {
    return begin_relay(join(family, ranks.front(), make_plan_once), forward, bytes);
  }

  /// Waits for what a collective still has to bring.
  void finish(const InFlight& collective);

  /// A micro-batch enters the pipeline or has left it.
  void passage(Passage::End end) { ops_.emplace_back(Passage{end, step_, shared_.micro_batch}); }

  /// The host's part of a pass of the batch, or of a micro-batch, for which the GPU waits.
  void host();

  void end_step() { ops_.emplace_back(EndStep{step_}); }

 private:
  using Rounds = CollectivePool::Rounds;

  template <class MakePlan>
  Rounds join(Family family, int lowest_rank, const MakePlan& make_plan_once, int chunk = 0) {
    return shared_.pool.join({step_, layer_, shared_.micro_batch, chunk, family, lowest_rank}, make_plan_once);
  }
  template <class Choose>
  const CollectivePlan& plan_of(Family family, const std::vector<int>& ranks, const Choose& choose) {
    const auto [at, is_new] = shared_.plans.try_emplace({family, ranks.front()});
    if (is_new) at->second = make_plan(ranks, choose());
    return at->second;
  }
  const CollectivePlan& all_reduce_plan(Family family, const Group& group, Bytes bytes,
                                        std::optional<AllReduceAlgorithm> wanted);
  void send_kernel(const CollectivePlan& plan);
  void receive_kernel(const CollectivePlan& plan);
  void dense_collective(Family family, const CollectivePlan& plan);
  void rounds(const Rounds& rounds);
  [[nodiscard]] InFlight begin(const Rounds& rounds);
  [[nodiscard]] InFlight begin_relay(const Rounds& exchanges, Stage forward, Bytes bytes);

  Shared shared_;
  int rank_;
  int step_;
  int layer_;
  std::vector<Op>& ops_;
};

}  // namespace ringtail
