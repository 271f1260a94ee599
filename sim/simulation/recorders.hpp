#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "accounting/accounting.hpp"
#include "config/deployment.hpp"
#include "simulation/recording.hpp"
#include "timeline/detail_recorder.hpp"
#include "timeline/trace_recorder.hpp"

namespace ringtail {

/// The recorders that a recording asks for.
class Recorders {
 public:
  /// `program` must outlive this; `layers` with the passes of the drafter.
  Recorders(const Recording& recording, const Program& program, const Deployment& deployment, int layers);

  [[nodiscard]] std::vector<Recorder*> all();

  /// Ends the trace; the detail, if it is wanted. `breakdown` as in DetailRecorder::take.
  [[nodiscard]] std::optional<Detail> finish(const std::vector<StateSeconds>& breakdown);

 private:
  std::optional<TraceRecorder> trace_;
  std::optional<DetailRecorder> detail_;
};

/// Accounting that tells recorders all that it is told, and its caller of each step's end by all ranks.
class RecordedAccounting final : public Accounting {
 public:
  /// What is passed must outlive this.
  RecordedAccounting(const Program& program, int layers, const Run& run, std::optional<RingStages> ring,
                     const std::function<void(int)>& progress, std::vector<Recorder*> recorders);

  void kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) override;
  void post(int rank, const Exchange& exchange, Seconds t) override;
  void sent(int rank, const Exchange& exchange, Seconds t) override;
  void relay(int rank, const Relay& relay, Seconds came, int last_src, Seconds start, Seconds end) override;
  void received(int rank, const Exchange& exchange, Seconds t) override;
  void await(int rank, const Exchange& exchange, Seconds from, Seconds to, int last_src) override;
  void end_step(int rank, int step, Seconds t) override;

 protected:
  void book(int rank, State state, Seconds from, Seconds to) override;

 private:
  const std::function<void(int)>& progress_;
  std::vector<Recorder*> recorders_;
};

}  // namespace ringtail
