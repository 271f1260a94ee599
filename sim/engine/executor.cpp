#include "engine/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "program/members.hpp"

namespace ringtail {

Executor::Executor(Program& program, Observer& observer, const TakenShares& taken)
    : program_(program),
      observer_(observer),
      taken_(program.ranks(), taken),
      streams_(static_cast<std::size_t>(program.ranks())) {}

void Executor::start(Gpus& gpus, Transport& transport, std::function<void()> on_done) {
  gpus_ = &gpus;
  transport_ = &transport;
  on_done_ = std::move(on_done);
  for (int rank = 0; rank < program_.ranks(); ++rank) advance(rank, 0.0);
}

void Executor::advance(int rank, Seconds t) {
  Stream& stream = streams_[static_cast<std::size_t>(rank)];
  const auto go_on = [&](auto& op) { return step(rank, stream, op, t); };
  while (!done_ && std::visit(go_on, next_op(rank, stream))) ++stream.next;
}

Op& Executor::next_op(int rank, Stream& stream) {
  if (stream.next == stream.ops.size()) {
    stream.ops.clear();
    stream.next = 0;
    program_.next(rank, stream.ops);
    if (stream.ops.empty()) throw std::logic_error("a program's stream has ended");
  }
  return stream.ops[stream.next];
}

/// While the GPU waits for the launch the kernel has begun: that is part of its overhead.
bool Executor::step(int rank, Stream& stream, Kernel& kernel, Seconds t) {
  stream.since = t;
  stream.launched += kernel.launch;
  kernel.overhead += std::max(0.0, stream.launched - t);
  gpus_->start(rank, kernel, t);
  return false;
}

void Executor::kernel_done(int rank, Seconds t) {
  if (done_) return;
  Stream& stream = streams_[static_cast<std::size_t>(rank)];
  observer_.kernel(rank, std::get<Kernel>(stream.ops[stream.next]), stream.since, t);
  end_if_finished();
  ++stream.next;
  advance(rank, t);
}

bool Executor::step(int rank, Stream& /*stream*/, const Post& op, Seconds t) {
  post(rank, op, t);
  return true;
}

void Executor::post(int rank, const Post& post, Seconds t) {
  observer_.post(rank, *post.exchange, t);
  taken_.posted(rank, *post.exchange);
  share_compute(rank, t);
  if (post.exchange->incoming[static_cast<std::size_t>(post.member)] == 0) ended(rank, *post.exchange, t);
  Open& exchange = open(post.exchange);
  if (post.exchange->row(static_cast<std::size_t>(post.member)).empty()) {
    exchange.members[static_cast<std::size_t>(post.member)].left = true;
    --exchange.rows_left;
    ended(rank, *post.exchange, t);
  } else if (!post.after || has_left(rank, *post.after)) {
    transport_->post(*post.exchange, post.member, t);
  } else {
    queued_.emplace(std::pair{post.after->id, rank}, Queued{post, t});
  }
  Member& member = exchange.members[static_cast<std::size_t>(post.member)];
  member.posted = true;
  if (!is_awaiting(rank, *post.exchange)) return;
  if (member.arrived || post.exchange->incoming[static_cast<std::size_t>(post.member)] == 0) member.last_src = rank;
  advance(rank, t);
}

bool Executor::is_awaiting(int rank, const Exchange& exchange) const {
  const Stream& stream = streams_[static_cast<std::size_t>(rank)];
  return stream.awaiting && std::get<Await>(stream.ops[stream.next]).exchange->id == exchange.id;
}

bool Executor::step(int rank, Stream& /*stream*/, const Relay& relay, Seconds t) {
  const Exchange& received = *relay.received;
  const std::size_t member = member_of(received, rank);
  const bool is_there = open(relay.received).members[member].arrived;
  if (received.incoming[member] == 0) observer_.received(rank, received, t);
  if (received.incoming[member] == 0 || is_there)
    begin(rank, relay, t, -1);
  else
    relays_.emplace(std::pair{received.id, rank}, relay);
  return true;
}

void Executor::begin(int rank, const Relay& relay, Seconds t, int last_src) {
  Stream& stream = streams_[static_cast<std::size_t>(rank)];
  const Seconds start = std::max(t, stream.copies_end);
  const Seconds end = start + relay.copy.hbm;
  observer_.relay(rank, relay, t, last_src, start, end);
  gone_on(*relay.received);
  if (end <= t) {
    post(rank, relay.post, t);
    return;
  }
  stream.copies_end = end;
  stream.copying.push_back(relay.post);
  gpus_->copy(rank, end);
}

void Executor::copied(int rank, Seconds t) {
  if (done_) return;
  Stream& stream = streams_[static_cast<std::size_t>(rank)];
  const Post next = std::move(stream.copying.front());
  stream.copying.pop_front();
  post(rank, next, t);
}

/// Of an exchange that the rank has posted; one that is over is no longer open.
bool Executor::has_left(int rank, const Exchange& exchange) const {
  const auto at = open_.find(exchange.id);
  return at == open_.end() || at->second.members[member_of(exchange, rank)].left;
}

bool Executor::step(int rank, Stream& stream, const Await& await, Seconds t) {
  Open& exchange = open(await.exchange);
  const auto member = static_cast<std::size_t>(await.member);
  const bool nothing_sent = await.exchange->incoming[member] == 0;
  const bool has_come = nothing_sent || exchange.members[member].arrived;
  if (!has_come || !exchange.members[member].posted) {
    if (!stream.awaiting) stream.since = t;
    stream.awaiting = true;
    return false;
  }
  if (nothing_sent) observer_.received(rank, *await.exchange, t);
  const Seconds since = stream.awaiting ? stream.since : t;
  stream.awaiting = false;
  observer_.await(rank, *await.exchange, since, t, exchange.members[member].last_src);
  end_if_finished();
  gone_on(*await.exchange);
  return true;
}

void Executor::ended(int rank, const Exchange& exchange, Seconds t) {
  taken_.ended(rank, exchange);
  share_compute(rank, t);
}

void Executor::share_compute(int rank, Seconds t) {
  Stream& stream = streams_[static_cast<std::size_t>(rank)];
  const double share = taken_.compute_share(rank);
  if (share == stream.share) return;
  stream.share = share;
  gpus_->set_compute_share(rank, share, t);
}

void Executor::gone_on(const Exchange& exchange) {
  --open_.at(exchange.id).awaits_left;
  close_if_over(exchange.id);
}

bool Executor::step(int rank, Stream& /*stream*/, const Passage& passage, Seconds t) {
  observer_.passage(rank, passage, t);
  return true;
}

bool Executor::step(int rank, Stream& stream, const EndStep& end, Seconds t) {
  if (t <= stream.step_began)
    throw std::logic_error(fmt::format("rank {} ended step {} in no time: it has nothing to do", rank, end.step));
  stream.step_began = t;
  stream.launched = t;
  observer_.end_step(rank, end.step, t);
  end_if_finished();
  return true;
}

void Executor::sent(const Exchange& exchange, int src, Seconds t) {
  if (!done_) observer_.sent(src, exchange, t);
  ended(src, exchange, t);
  Open& sent = open_.at(exchange.id);
  sent.members[member_of(exchange, src)].left = true;
  --sent.rows_left;
  const auto next = queued_.extract({exchange.id, src});
  close_if_over(exchange.id);
  if (next.empty() || done_) return;
  const auto& [post, posted] = next.mapped();
  transport_->post(*post.exchange, post.member, posted);
}

void Executor::received(const Exchange& exchange, int dst, Seconds t, int last_src) {
  if (done_) return;
  Member& member = open_.at(exchange.id).members[member_of(exchange, dst)];
  member.arrived = true;
  member.last_src = last_src;
  ended(dst, exchange, t);
  observer_.received(dst, exchange, t);
  if (const auto relay = relays_.extract({exchange.id, dst})) {
    begin(dst, relay.mapped(), t, last_src);
    return;
  }
  if (is_awaiting(dst, exchange)) advance(dst, t);
}

Executor::Open& Executor::open(const std::shared_ptr<const Exchange>& exchange) {
  const auto [at, is_new] = open_.try_emplace(exchange->id);
  if (is_new) {
    const std::size_t n = exchange->ranks.size();
    at->second = {exchange, std::vector<Member>(n), n, n};
    transport_->open(*exchange);
  }
  return at->second;
}

void Executor::close_if_over(std::uint64_t id) {
  const auto at = open_.find(id);
  if (at->second.rows_left == 0 && at->second.awaits_left == 0) open_.erase(at);
}

void Executor::end_if_finished() {
  if (done_ || !observer_.finished()) return;
  done_ = true;
  on_done_();
}

std::string Executor::stuck() const {
  std::string text;
  int named = 0;
  for (std::size_t rank = 0; rank < streams_.size() && named < 3; ++rank) {
    const Stream& stream = streams_[rank];
    if (!stream.awaiting) continue;
    const Exchange& exchange = *std::get<Await>(stream.ops[stream.next]).exchange;
    text += fmt::format("{}rank {} waits for {} of layer {}", named++ == 0 ? "" : ", ", rank,
                        program_.families()[static_cast<std::size_t>(exchange.family)], exchange.layer);
  }
  return text.empty() ? "no rank waits for anything" : text;
}

}  // namespace ringtail
