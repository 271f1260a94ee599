#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/gpus.hpp"
#include "engine/taken_sms.hpp"
#include "engine/transport.hpp"
#include "program/observer.hpp"
#include "program/program.hpp"

namespace ringtail {

/// Executes a program: each rank does its ops one after another; kernels take time on its GPU, posted transfers on the
/// network, and an await takes as long as something is missing. Knows neither SimGrid nor transformers.
class Executor final : public Gpus::Listener, public Transport::Listener {
 public:
  /// Everything passed must outlive the executor.
  Executor(Program& program, Observer& observer, const TakenShares& taken = {});

  /// Begins every rank's stream at time 0. `on_done` is called when the observer has seen enough; nothing is started
  /// after.
  void start(Gpus& gpus, Transport& transport, std::function<void()> on_done);

  /// True when the observer has seen enough.
  [[nodiscard]] bool done() const { return done_; }

  /// What ranks are waiting for, in words, for the report of a program that cannot go on: up to three of them.
  [[nodiscard]] std::string stuck() const;

  void kernel_done(int rank, Seconds t) override;
  void copied(int rank, Seconds t) override;
  void sent(const Exchange& exchange, int src, Seconds t) override;
  void received(const Exchange& exchange, int dst, Seconds t, int last_src) override;

 private:
  struct Stream {
    std::vector<Op> ops;
    std::size_t next = 0;     ///< Index of the op that is under way or comes next.
    Seconds since = 0;        ///< Start of the op that is under way.
    Seconds step_began = -1;  ///< When the rank ended its last step.
    Seconds launched = 0;     ///< When its host has launched all kernels of the step so far.
    double share = 1;         ///< Of compute, that its kernels get.
    bool awaiting = false;
    std::deque<Post> copying;  ///< Posts of relays whose kernels copy or wait for it, in order.
    Seconds copies_end = 0;    ///< When the last of them will have copied.
  };
  struct Member {
    bool posted = false;
    bool arrived = false;
    int last_src = -1;  ///< Whose transfer came last; the member itself if its own post came after.
    bool left = false;  ///< All transfers of its row.
  };
  struct Queued {
    Post post;
    Seconds posted = 0;
  };
  /// An exchange from its first post or await to its last completion.
  struct Open {
    std::shared_ptr<const Exchange> exchange;
    std::vector<Member> members;
    std::size_t rows_left = 0;    ///< Rows not yet sent.
    std::size_t awaits_left = 0;  ///< Members that have not gone on.
  };

  void advance(int rank, Seconds t);
  Op& next_op(int rank, Stream& stream);
  bool step(int rank, Stream& stream, Kernel& kernel, Seconds t);
  bool step(int rank, Stream& stream, const Post& post, Seconds t);
  bool step(int rank, Stream& stream, const Relay& relay, Seconds t);
  bool step(int rank, Stream& stream, const Await& await, Seconds t);
  bool step(int rank, Stream& stream, const Passage& passage, Seconds t);
  bool step(int rank, Stream& stream, const EndStep& end, Seconds t);
  void post(int rank, const Post& post, Seconds t);
  void begin(int rank, const Relay& relay, Seconds t, int last_src);
  [[nodiscard]] bool is_awaiting(int rank, const Exchange& exchange) const;
  void gone_on(const Exchange& exchange);
  void ended(int rank, const Exchange& exchange, Seconds t);
  void share_compute(int rank, Seconds t);
  [[nodiscard]] bool has_left(int rank, const Exchange& exchange) const;
  Open& open(const std::shared_ptr<const Exchange>& exchange);
  void close_if_over(std::uint64_t id);
  void end_if_finished();

  Program& program_;
  Observer& observer_;
  Gpus* gpus_ = nullptr;
  Transport* transport_ = nullptr;
  TakenSms taken_;
  std::vector<Stream> streams_;
  std::unordered_map<std::uint64_t, Open> open_;
  std::map<std::pair<std::uint64_t, int>, Queued> queued_;  ///< By the exchange that it comes after, and the rank.
  std::map<std::pair<std::uint64_t, int>, Relay> relays_;   ///< By the exchange that they wait for, and the rank.
  std::function<void()> on_done_;
  bool done_ = false;
};

}  // namespace ringtail
