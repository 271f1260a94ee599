#pragma once

#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "accounting/accounting.hpp"
#include "accounting/breakdown.hpp"
#include "accounting/overlap.hpp"
#include "config/deployment.hpp"
#include "decode/decode_program.hpp"
#include "decode/kv_imbalance.hpp"
#include "routing/expert_load.hpp"
#include "simulation/placements.hpp"
#include "simulation/recording.hpp"
#include "timeline/detail.hpp"

namespace ringtail {

/// Part of the critical path: seconds per step spent in a kernel stage, or on a collective family's transfers.
struct PathPart {
  std::string what;
  int layer = -1;  ///< -1 outside the layers; beyond the model's: passes of the drafter.
  Seconds seconds = 0;
};

/// The tails of context parallelism's rings: from the end of a GPU's last attention kernel in a layer to the start of
/// its output projection (docs/ring-tail.md).
struct RingTailSeconds {
  StateSeconds of_layer{};  ///< Mean over layers and GPUs, by state.
  Seconds of_step = 0;      ///< Sum over layers, mean over GPUs.

  [[nodiscard]] Seconds layer() const { return std::accumulate(of_layer.begin(), of_layer.end(), 0.0); }
};

/// What one replication measured. Times are per step; states, work and overlap are means over GPUs.
struct Replication {
  std::vector<Seconds> step_seconds;  ///< Each measured step.
  Seconds step = 0;                   ///< (T1 - T0) / steps.
  Seconds traversal = 0;
  double pace =
      1;  ///< Tokens sampled per step that the slowest group takes / batch; above 1 if others do not wait for it.
  StateSeconds breakdown{};
  WorkSeconds work;
  std::vector<OverlapSeconds> overlap;       ///< By family.
  std::optional<RingTailSeconds> ring_tail;  ///< None without rings.
  std::vector<std::string> algorithms;       ///< By family; DecodeProgram::algorithms.
  std::vector<PathPart> critical_path;       ///< Parts with time, by layer and stage.
  std::optional<RoutingSummary> routing;
  std::optional<RebalancingMeasured> rebalancing;
  std::optional<KvImbalance> kv;  ///< None if sequences are all alike.
  std::optional<Detail> detail;   ///< If it was recorded.
  std::uint64_t steps = 0;        ///< Warm-up included; so are the following.
  std::uint64_t kernels = 0;
  std::uint64_t transfers = 0;
  Seconds simulated = 0;
  Seconds wall = 0;
  Seconds sampling = 0;   ///< Wall time of routing draws.
  Bytes peak_memory = 0;  ///< Of the process.
};

/// A step that decodes `batch_total` sequences, those of the replication, and the program of such steps. `deployment`
/// is as without_effects leaves it (simulation/effects.hpp).
DecodeSpec decode_spec(const Deployment& deployment, int batch_total, int replication = 0);
DecodeProgram decode_program(const Deployment& deployment, const DecodeSpec& spec, int replication);

/// Simulates one replication in this process (see engine.hpp: once per process). `progress` is told after each step how
/// many every rank has ended. Throws Unfinished, and std::runtime_error if a trace cannot be written.
Replication simulate_replication(const Deployment& deployment, int batch_total, int replication,
                                 const std::function<void(int)>& progress, const Recording& recording = {});

/// The same as text and back, to carry it between processes; doubles survive to the last bit.
std::string serialize(const Replication& replication);
Replication deserialize_replication(const std::string& text);

}  // namespace ringtail
