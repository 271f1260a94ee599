#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/units.hpp"
#include "program/exchange.hpp"

namespace ringtail {

/// Work on one GPU: its overhead, then its compute and its HBM traffic side by side. Alone on the GPU it takes
/// overhead + max(compute, hbm).
struct Kernel {
  int stage = 0;         ///< What it is: an index into Program::stages().
  int layer = -1;        ///< Layer of the model, -1 outside the layers.
  Flops flops = 0;       ///< As executed, tile padding included.
  Bytes bytes = 0;       ///< Read from and written to HBM.
  Seconds overhead = 0;  ///< Launch and fixed cost, before the work.
  Seconds compute = 0;   ///< Time on the GPU's compute resource alone.
  Seconds hbm = 0;       ///< Time on the GPU's HBM alone.
  /// What the rank's host needs to launch it. The host launches one kernel after another from the step's begin on,
  /// ahead of the GPU if it can: a kernel starts when it has been launched and those before it are done.
  Seconds launch = 0;
  int micro_batch = 0;  ///< The part of the batch that it works on, from 1; 0 is the whole.
  double tokens = 0;    ///< Rows of a product (copies, of experts), query tokens of attention; 0 of other kernels.
};

/// Starts the transfers of member `member` of an exchange; does not wait for them. Behind `after`, if there is one,
/// they queue as in a NIC's send queue: their latency passes at once, but they begin only when the rank's transfers of
/// that exchange, posted before, have left. Without transfers in `after` nothing is waited for.
struct Post {
  std::shared_ptr<const Exchange> exchange;
  int member = 0;
  std::shared_ptr<const Exchange> after = nullptr;
};

/// A post that is made beside the stream, which goes on at once: when the post's member has received all of `received`,
/// a kernel that is resident for this copies (`copy`: its HBM time alone counts), then posts. The resident kernels of a
/// rank copy one after another, in the order in which they could. Stands for the await of `received`.
struct Relay {
  std::shared_ptr<const Exchange> received;
  Post post;
  Kernel copy;
};

/// Waits until member `member` of an exchange has received all that is sent to it and, if a relay posts its part, has
/// posted it.
struct Await {
  std::shared_ptr<const Exchange> exchange;
  int member = 0;
};

/// A micro-batch enters a pipeline at a rank of its first stage, before its first kernel, or has left it at one of its
/// last stage: its sampled tokens are there. Only of programs with several stages.
struct Passage {
  enum class End { entered, left };
  End end = End::entered;
  int step = 0;
  int micro_batch = 0;
};

/// The rank has finished decode step `step` (its sampled tokens are there).
struct EndStep {
  int step = 0;
};

using Op = std::variant<Kernel, Post, Relay, Await, Passage, EndStep>;

/// What each rank does, in the order in which it does it: a CUDA stream per rank. Knows nothing of time or of SimGrid;
/// who executes it knows nothing of transformers.
class Program {
 public:
  virtual ~Program() = default;

  [[nodiscard]] virtual int ranks() const = 0;

  /// The ranks come in blocks of so many; those of different blocks send each other nothing.
  [[nodiscard]] virtual int block_ranks() const { return ranks(); }

  /// Ranks of one pipeline stage, which come one stage after another.
  [[nodiscard]] virtual int pipeline_stage_ranks() const { return ranks(); }

  /// Names of kernel stages, for reports.
  [[nodiscard]] virtual const std::vector<std::string>& stages() const = 0;

  /// Names of collective families, for reports.
  [[nodiscard]] virtual const std::vector<std::string>& families() const = 0;

  /// Appends the next piece of `rank`'s stream to `ops`: at least one op. Called when the rank has done all before;
  /// ranks advance independently, and the stream has no end (decoding goes on).
  virtual void next(int rank, std::vector<Op>& ops) = 0;
};

}  // namespace ringtail
