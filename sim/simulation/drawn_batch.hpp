#pragma once

#include <optional>
#include <vector>

#include "config/deployment.hpp"
#include "decode/length_law.hpp"
#include "parallel/ledger.hpp"

namespace ringtail {

/// Sequences of a batch at most where they are drawn one by one.
inline constexpr int most_drawn_sequences = 1 << 22;

/// What one replication's draw makes of a batch.
struct DrawnLoad {
  int replication = 0;
  FullestGroup fullest;      ///< Most sequences of an attention group, and most KV cache.
  int fewest_sequences = 0;  ///< Of an attention group.
  double max_over_mean = 1;  ///< KV cache of the fullest group / of the mean one.
  int longest = 0;           ///< Cached tokens.
};

/// Batches whose sequences are not all alike (Decode::is_even), as every replication that the run may come to draws
/// them: run.replications, or with a precision up to run.max_replications. A batch fits if in each of them what is
/// really drawn fits on the fullest GPU (docs/sequence-lengths.md).
class DrawnBatches {
 public:
  explicit DrawnBatches(const Deployment& deployment);

  [[nodiscard]] int replications() const;

  [[nodiscard]] DrawnLoad load(int replication, int batch_total);
  [[nodiscard]] Ledger ledger(const DrawnLoad& load) const;
  /// Within memory, and runtime.max_sequences.
  [[nodiscard]] bool fits(const DrawnLoad& load) const;
  [[nodiscard]] bool is_within_max_sequences(const DrawnLoad& load) const;

  /// Of all replications the one whose fullest GPU has least left.
  [[nodiscard]] DrawnLoad fullest(int batch_total);

  /// A multiple of attention.dp that fits, while with a sequence more in each attention group some replication does
  /// not; 0 if there is none. Larger ones may fit by chance, since round-robin deals anew.
  [[nodiscard]] int max_batch();

 private:
  Deployment deployment_;
  LengthLaw law_;
  int drawn_ = -1;            ///< The replication of
  std::vector<int> lengths_;  ///< these, by id: as many as were asked for so far.
};

}  // namespace ringtail
