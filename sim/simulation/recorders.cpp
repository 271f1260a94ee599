#include "simulation/recorders.hpp"

#include <utility>

#include "decode/stages.hpp"
#include "parallel/rank_order.hpp"

namespace ringtail {

Recorders::Recorders(const Recording& recording, const Program& program, const Deployment& deployment, int layers) {
  const int warmup = deployment.run.warmup.value();
  std::vector<int> island_of_rank;
  for (const int gpu : gpu_of_rank(deployment.parallelism))
    island_of_rank.push_back(gpu / deployment.platform.island.size);
  if (recording.trace >= 0)
    trace_.emplace(program, TraceTarget{recording.trace, deployment.name, island_of_rank, warmup, deployment.run.steps,
                                        recording.selection});
  const int expert_stage = deployment.model.moe ? static_cast<int>(Stage::expert_up) : -1;
  if (recording.detail)
    detail_.emplace(program,
                    DetailRecorder::Setting{layers, warmup, deployment.run.steps, island_of_rank, expert_stage});
}

std::vector<Recorder*> Recorders::all() {
  std::vector<Recorder*> recorders;
  if (trace_) recorders.push_back(&*trace_);
  if (detail_) recorders.push_back(&*detail_);
  return recorders;
}

std::optional<Detail> Recorders::finish(const std::vector<StateSeconds>& breakdown) {
  if (trace_) trace_->finish();
  if (!detail_) return std::nullopt;
  return detail_->take(breakdown);
}

RecordedAccounting::RecordedAccounting(const Program& program, int layers, const Run& run,
                                       std::optional<RingStages> ring, const std::function<void(int)>& progress,
                                       std::vector<Recorder*> recorders)
    : Accounting(program, layers, run.warmup.value(), run.steps, ring),
      progress_(progress),
      recorders_(std::move(recorders)) {}

void RecordedAccounting::book(int rank, State state, Seconds from, Seconds to) {
  Accounting::book(rank, state, from, to);
  for (Recorder* const recorder : recorders_) recorder->state(rank, state, from, to);
}

void RecordedAccounting::kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) {
  Accounting::kernel(rank, kernel, start, end);
  for (Recorder* const recorder : recorders_) recorder->kernel(rank, kernel, start, end);
}

void RecordedAccounting::post(int rank, const Exchange& exchange, Seconds t) {
  Accounting::post(rank, exchange, t);
  for (Recorder* const recorder : recorders_) recorder->post(rank, exchange, t);
}

void RecordedAccounting::sent(int rank, const Exchange& exchange, Seconds t) {
  for (Recorder* const recorder : recorders_) recorder->sent(rank, exchange, t);
}

void RecordedAccounting::relay(int rank, const Relay& relay, Seconds came, int last_src, Seconds start, Seconds end) {
  Accounting::relay(rank, relay, came, last_src, start, end);
  for (Recorder* const recorder : recorders_) recorder->relay(rank, relay, came, last_src, start, end);
}

void RecordedAccounting::received(int rank, const Exchange& exchange, Seconds t) {
  Accounting::received(rank, exchange, t);
  for (Recorder* const recorder : recorders_) recorder->received(rank, exchange, t);
}

void RecordedAccounting::await(int rank, const Exchange& exchange, Seconds from, Seconds to, int last_src) {
  Accounting::await(rank, exchange, from, to, last_src);
  for (Recorder* const recorder : recorders_) recorder->await(rank, exchange, from, to, last_src);
}

void RecordedAccounting::end_step(int rank, int step, Seconds t) {
  const auto before = counts().steps;
  Accounting::end_step(rank, step, t);
  for (Recorder* const recorder : recorders_) recorder->end_step(rank, step, t);
  if (counts().steps > before) progress_(static_cast<int>(counts().steps));
}

}  // namespace ringtail
