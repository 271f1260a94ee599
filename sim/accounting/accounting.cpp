#include "accounting/accounting.hpp"

#include <algorithm>

#include "program/members.hpp"

namespace ringtail {

Accounting::Accounting(const Program& program, int layers, int warmup, int steps, std::optional<RingStages> ring)
    : warmup_(warmup),
      steps_(steps),
      pipeline_stage_ranks_(program.pipeline_stage_ranks()),
      is_pipeline_(pipeline_stage_ranks_ < program.ranks()),
      breakdown_(program.ranks(), window_),
      overlap_(program.ranks(), static_cast<int>(program.families().size()), window_),
      causality_(program.ranks(), static_cast<int>(program.stages().size()),
                 static_cast<int>(program.families().size()), layers, window_),
      ranks_in_step_(static_cast<std::size_t>(warmup + steps), program.ranks()),
      step_end_(static_cast<std::size_t>(warmup + steps)),
      step_last_rank_(static_cast<std::size_t>(warmup + steps)),
      first_kernel_(static_cast<std::size_t>(program.ranks()), -1.0),
      own_begin_(static_cast<std::size_t>(program.ranks())),
      own_end_(static_cast<std::size_t>(program.ranks())) {
  if (warmup == 0) window_.begin = 0.0;
  if (ring) ring_tail_.emplace(program.ranks(), *ring, window_);
}

void Accounting::book(int rank, State state, Seconds from, Seconds to) {
  overlap_.book(rank, state, from, to);
  breakdown_.book(rank, state, from, to);
  if (ring_tail_) ring_tail_->book(rank, state, from, to);
}

void Accounting::kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) {
  Seconds& first = first_kernel_[static_cast<std::size_t>(rank)];
  if (first < 0) first = start;
  if (ring_tail_) ring_tail_->before(rank, kernel, start);
  const Seconds work = std::min(end, start + kernel.overhead);
  book(rank, State::overhead, start, work);
  // Beside communication that takes SMs, compute may take longer than its time alone, and end last for that.
  const bool compute_is_last = kernel.compute >= kernel.hbm || end > work + kernel.hbm * (1 + 1e-6);
  book(rank, compute_is_last ? State::compute_bound : State::hbm_bound, work, end);
  if (end > work) {
    const double inside = window_.overlap(work, end) / (end - work);
    work_.compute += kernel.compute * inside;
    work_.hbm += kernel.hbm * inside;
  }
  if (ring_tail_) ring_tail_->after(rank, kernel, end);
  causality_.kernel(rank, kernel, start, end);
  ++counts_.kernels;
}

void Accounting::post(int rank, const Exchange& exchange, Seconds t) {
  overlap_.post(rank, exchange, t);
  causality_.post(rank, exchange, t);
  for (const Transfer& transfer : exchange.row(member_of(exchange, rank))) {
    ++counts_.transfers;
    counts_.sent += transfer.bytes;
  }
}

void Accounting::relay(int rank, const Relay& relay, Seconds came, int last_src, Seconds start, Seconds end) {
  causality_.relay(rank, relay, came, last_src, start, end);
}

void Accounting::received(int rank, const Exchange& exchange, Seconds t) { overlap_.received(rank, exchange, t); }

void Accounting::await(int rank, const Exchange& exchange, Seconds from, Seconds to, int last_src) {
  if (last_src < 0 || to <= from) {
    causality_.no_wait(exchange);
    return;
  }
  const Origin origin = causality_.wait(rank, exchange, to, last_src);
  const Seconds released = origin.rank == rank ? from : std::clamp(origin.end, from, to);
  const bool is_same_stage = origin.rank / pipeline_stage_ranks_ == rank / pipeline_stage_ranks_;
  book(rank, is_same_stage ? State::straggler_wait : State::pipeline_bubble, from, released);
  book(rank, State::exposed_communication, released, to);
}

Seconds Accounting::own_cycle(int first, int last) const {
  const auto latest = [&](const std::vector<Seconds>& ends) {
    return *std::max_element(ends.begin() + first, ends.begin() + last);
  };
  return (latest(own_end_) - latest(own_begin_)) / steps_;
}

void Accounting::passage(int rank, const Passage& passage, Seconds t) {
  const std::tuple key{passage.step, passage.micro_batch, rank % pipeline_stage_ranks_};
  if (passage.end == Passage::End::entered) {
    entered_.emplace(key, t);
    return;
  }
  const auto entered = entered_.extract(key);
  if (!is_measured(passage.step)) return;
  traversal_sum_ += t - entered.mapped();
  ++traversals_;
}

void Accounting::end_step(int rank, int step, Seconds t) {
  Seconds& first_kernel = first_kernel_[static_cast<std::size_t>(rank)];
  if (is_measured(step) && first_kernel >= 0 && !is_pipeline_) {
    traversal_sum_ += t - first_kernel;
    ++traversals_;
  }
  first_kernel = -1.0;
  causality_.end_step(rank);
  if (step == warmup_ - 1) own_begin_[static_cast<std::size_t>(rank)] = t;
  if (step == warmup_ + steps_ - 1) own_end_[static_cast<std::size_t>(rank)] = t;
  if (step >= warmup_ + steps_) return;
  const auto s = static_cast<std::size_t>(step);
  if (t > step_end_[s] || (t == step_end_[s] && rank < step_last_rank_[s])) {
    step_end_[s] = t;
    step_last_rank_[s] = rank;
  }
  if (--ranks_in_step_[s] == 0) last_end_of_step(step);
}

void Accounting::last_end_of_step(int step) {
  ++counts_.steps;
  const auto s = static_cast<std::size_t>(step);
  if (step >= warmup_) step_seconds_.push_back(step_end_[s] - (step > 0 ? step_end_[s - 1] : 0.0));
  if (step == warmup_ - 1) window_.begin = step_end_[s];
  if (step == warmup_ + steps_ - 1) {
    window_.end = step_end_[s];
    critical_path_ = causality_.path(step_last_rank_[s]);
  }
}

}  // namespace ringtail
