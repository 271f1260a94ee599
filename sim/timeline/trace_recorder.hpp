#pragma once

#include <string>
#include <vector>

#include "program/program.hpp"
#include "timeline/chrome_trace.hpp"
#include "timeline/exchange_times.hpp"
#include "timeline/port_use.hpp"
#include "timeline/rate_counter.hpp"
#include "timeline/recorder.hpp"
#include "timeline/selection.hpp"

namespace ringtail {

/// What a trace is of, and where it goes.
struct TraceTarget {
  int descriptor = -1;
  std::string name;  ///< Of the deployment.
  std::vector<int> island_of_rank;
  int warmup = 0;  ///< Steps before the first that is measured,
  int steps = 0;   ///< and how many are: others are not shown.
  TraceSelection selection;
};

/// Writes an execution as a Chrome trace: a process per GPU, in which the tracks are compute (steps, in these kernels
/// and waits), HBM, copies and ports (docs/reports.md). What is written does not stay in memory.
class TraceRecorder final : public Recorder {
 public:
  /// `program` must outlive this. Throws std::runtime_error if the file cannot be written, as all calls do.
  TraceRecorder(const Program& program, const TraceTarget& target);

  /// Ends the file.
  void finish();

  void state(int rank, State state, Seconds from, Seconds to) override;
  void kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) override;
  void post(int rank, const Exchange& exchange, Seconds t) override;
  void sent(int rank, const Exchange& exchange, Seconds t) override;
  void relay(int rank, const Relay& relay, Seconds came, int last_src, Seconds start, Seconds end) override;
  void received(int rank, const Exchange& exchange, Seconds t) override;
  void await(int rank, const Exchange& exchange, Seconds from, Seconds to, int last_src) override;
  void end_step(int rank, int step, Seconds t) override;

 private:
  struct Rank {
    int step = 0;                    ///< That it is in, the first measured one being 0.
    std::vector<StatePiece> pieces;  ///< Of what it is told of next.
    RateCounter hbm;
  };

  [[nodiscard]] Rank& rank_of(int rank) { return ranks_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] bool is_step_shown(int rank);
  [[nodiscard]] bool is_shown(int rank, int layer);
  void begin_step(int rank, Seconds t);
  [[nodiscard]] bool is_open_or_begins(int rank, const Exchange& exchange);
  void name_tracks(int rank);
  void end_if_over(bool is_over, const Exchange& exchange);
  [[nodiscard]] const std::string& family(const Exchange& exchange) const;

  const Program& program_;
  TraceTarget target_;
  ChromeTrace trace_;
  std::vector<Rank> ranks_;
  ExchangeTimes exchanges_;
  PortUse ports_;
};

}  // namespace ringtail
