#include "timeline/trace_recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "timeline/tracks.hpp"

namespace ringtail {
namespace {

constexpr const char* hbm_counter = "HBM GB/s";

std::string about(const Program& program, const TraceTarget& target) {
  std::string name;
  for (const char c : target.name)
    if (static_cast<unsigned char>(c) >= ' ') name += c == '"' || c == '\\' ? '\'' : c;
  return fmt::format(R"("deployment":"{}","gpus":{},"replication":0,"warmup_steps":{})", name, program.ranks(),
                     target.warmup);
}

/// What a kernel's time ends with.
std::string_view bound(const std::vector<State>& states) {
  for (const State state : states) {
    if (state == State::compute_bound) return "compute";
    if (state == State::hbm_bound) return "HBM";
  }
  return "overhead";
}

std::string words(State state) {
  std::string text(state_names[static_cast<std::size_t>(state)]);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

}  // namespace

TraceRecorder::TraceRecorder(const Program& program, const TraceTarget& target)
    : program_(program),
      target_(target),
      trace_(target.descriptor, about(program, target)),
      ranks_(static_cast<std::size_t>(program.ranks())),
      ports_(trace_, target.island_of_rank, target.selection.gpus) {
  for (int rank = 0; rank < program.ranks(); ++rank) {
    rank_of(rank).step = -target.warmup;
    if (target.selection.gpus.contains(rank)) name_tracks(rank);
    begin_step(rank, 0);
  }
}

void TraceRecorder::name_tracks(int rank) {
  trace_.name_process(rank, fmt::format("GPU {}", rank));
  trace_.name_track({rank, track::compute}, "compute");
  trace_.name_track({rank, track::hbm}, "HBM");
}

/// Whether the step that the rank is in is shown, on whichever GPUs.
bool TraceRecorder::is_step_shown(int rank) {
  const int step = rank_of(rank).step;
  return step >= 0 && step < target_.steps && target_.selection.steps.contains(step);
}

bool TraceRecorder::is_shown(int rank, int layer) {
  return is_step_shown(rank) && target_.selection.layers.contains(layer) && target_.selection.gpus.contains(rank);
}

void TraceRecorder::state(int rank, State state, Seconds from, Seconds to) {
  if (to > from) rank_of(rank).pieces.push_back({state, from, to});
}

void TraceRecorder::kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) {
  const std::vector<StatePiece> pieces = std::exchange(rank_of(rank).pieces, {});
  if (!is_shown(rank, kernel.layer)) return;
  const std::string& name = program_.stages()[static_cast<std::size_t>(kernel.stage)];
  std::vector<State> states;
  for (const StatePiece& piece : pieces) states.push_back(piece.state);
  std::string args = fmt::format(R"("layer":{},"micro_batch":{},"flops":{:.0f},"bytes":{:.0f},"bound_by":"{}")",
                                 kernel.layer, kernel.micro_batch, kernel.flops, kernel.bytes, bound(states));
  if (kernel.tokens > 0) args += fmt::format(R"(,"tokens":{:g})", kernel.tokens);
  trace_.begin({rank, track::compute}, name, "kernel", start, args);
  for (const StatePiece& piece : pieces)
    if (piece.state == State::overhead)
      trace_.slice({rank, track::compute}, "launch", "overhead", piece.from, piece.to, "");
  trace_.end({rank, track::compute}, name, "kernel", end, args);
  const Seconds work = std::min(end, start + kernel.overhead);
  const Seconds done = std::min(end, work + kernel.hbm);
  RateCounter& hbm = rank_of(rank).hbm;
  if (done > work) {
    trace_.slice({rank, track::hbm}, name, "HBM", work, done,
                 fmt::format(R"("layer":{},"bytes":{:.0f})", kernel.layer, kernel.bytes));
    hbm.add(work, done, kernel.bytes);
  }
  hbm.write(trace_, rank, hbm_counter, start);
}

void TraceRecorder::await(int rank, const Exchange& exchange, Seconds /*from*/, Seconds /*to*/, int last_src) {
  const std::vector<StatePiece> pieces = std::exchange(rank_of(rank).pieces, {});
  if (!is_shown(rank, exchange.layer)) return;
  for (const StatePiece& piece : pieces)
    trace_.slice({rank, track::compute}, fmt::format("{}: {}", family(exchange), words(piece.state)), "wait",
                 piece.from, piece.to,
                 fmt::format(R"("layer":{},"state":"{}","last_from":{})", exchange.layer,
                             state_names[static_cast<std::size_t>(piece.state)], last_src));
}

void TraceRecorder::relay(int rank, const Relay& relay, Seconds /*came*/, int /*last_src*/, Seconds start,
                          Seconds end) {
  if (end <= start || !is_shown(rank, relay.copy.layer)) return;
  trace_.name_track({rank, track::copies}, "copies");
  trace_.slice({rank, track::copies}, program_.stages()[static_cast<std::size_t>(relay.copy.stage)], "copy", start, end,
               fmt::format(R"("layer":{},"bytes":{:.0f})", relay.copy.layer, relay.copy.bytes));
  rank_of(rank).hbm.add(start, end, relay.copy.bytes);
}

/// An exchange is of the step in which it is posted first.
bool TraceRecorder::is_open_or_begins(int rank, const Exchange& exchange) {
  if (exchanges_.knows(exchange)) return true;
  return is_step_shown(rank) && target_.selection.layers.contains(exchange.layer);
}

void TraceRecorder::post(int rank, const Exchange& exchange, Seconds t) {
  if (is_open_or_begins(rank, exchange)) end_if_over(exchanges_.post(rank, exchange, t), exchange);
}

void TraceRecorder::sent(int rank, const Exchange& exchange, Seconds t) {
  end_if_over(exchanges_.sent(rank, exchange, t), exchange);
}

void TraceRecorder::received(int rank, const Exchange& exchange, Seconds t) {
  end_if_over(exchanges_.received(rank, exchange, t), exchange);
}

void TraceRecorder::end_if_over(bool is_over, const Exchange& exchange) {
  if (!is_over) return;
  const std::string& name = family(exchange);
  ports_.add(exchange, exchanges_.take(exchange), name, name == "dispatch" || name == "combine");
}

void TraceRecorder::begin_step(int rank, Seconds t) {
  if (is_step_shown(rank) && target_.selection.gpus.contains(rank))
    trace_.begin({rank, track::compute}, fmt::format("step {}", rank_of(rank).step), "step", t, "");
}

void TraceRecorder::end_step(int rank, int /*step*/, Seconds t) {
  Rank& at = rank_of(rank);
  if (is_step_shown(rank) && target_.selection.gpus.contains(rank)) {
    trace_.end({rank, track::compute}, fmt::format("step {}", at.step), "step", t, "");
    at.hbm.write(trace_, rank, hbm_counter, t);
  }
  ++at.step;
  begin_step(rank, t);
}

const std::string& TraceRecorder::family(const Exchange& exchange) const {
  return program_.families()[static_cast<std::size_t>(exchange.family)];
}

void TraceRecorder::finish() {
  ports_.finish();
  for (int rank = 0; rank < program_.ranks(); ++rank) rank_of(rank).hbm.write_all(trace_, rank, hbm_counter);
  trace_.finish();
}

}  // namespace ringtail
