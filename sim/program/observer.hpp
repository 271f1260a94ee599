#pragma once

#include "program/program.hpp"

namespace ringtail {

/// Is told what each rank does while a program is executed. Calls come in order of time for each rank; `kernel` and
/// `await` intervals of a rank follow one another without overlap.
class Observer {
 public:
  virtual ~Observer() = default;

  /// A kernel ran in [start, end], its overhead first.
  virtual void kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) = 0;

  /// The rank posted its part of an exchange, in its stream or beside it.
  virtual void post(int rank, const Exchange& exchange, Seconds t) = 0;

  /// What the rank's relay waited for came at `came`, last from `last_src`; -1 if it was there when the stream came to
  /// the relay. It copies in [start, end] and posts at `end`, of which `post` will tell.
  virtual void relay(int rank, const Relay& relay, Seconds came, int last_src, Seconds start, Seconds end) = 0;

  /// All that the rank sends in an exchange has left. Not told of where it sends nothing.
  virtual void sent(int /*rank*/, const Exchange& /*exchange*/, Seconds /*t*/) {}

  /// The rank has received all of its part of an exchange.
  virtual void received(int rank, const Exchange& exchange, Seconds t) = 0;

  /// The rank waited in [from, to] for an exchange; from = to if nothing was missing. The last transfer came from
  /// `last_src`, -1 if none was sent to it; it is `rank` if all had come when the rank's relay posted its part.
  virtual void await(int rank, const Exchange& exchange, Seconds from, Seconds to, int last_src) = 0;

  /// A micro-batch entered the pipeline or left it, at a rank of its first or last stage.
  virtual void passage(int /*rank*/, const Passage& /*passage*/, Seconds /*t*/) {}

  virtual void end_step(int rank, int step, Seconds t) = 0;

  /// True when the observer has seen enough: the execution ends.
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace ringtail
