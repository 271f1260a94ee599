#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "accounting/window.hpp"
#include "program/program.hpp"

namespace ringtail {

/// The kernel that a rank's state goes back to: which GPU it ran on and when it ended.
struct Origin {
  int rank = -1;
  Seconds end = 0;
};

/// Remembers what released each piece of work, so that one can walk back from any instant: a kernel follows what its
/// rank did before; after a wait, a rank follows the transfer that came last, which follows what the sender did before
/// its post.
///
/// Each rank has a chain of links. Chains live in the step they are made in: at the end of its step a rank adds its
/// chain to that of the rank where it began the step, by stage and layer, so memory does not grow with the number of
/// steps. What is posted for the next step takes the sender's chain along, added up in the same way.
class Causality {
 public:
  /// Seconds on a path inside the window: entry [what * (layers + 1) + layer + 1], where `what` is a kernel stage, or
  /// `stages` + a collective family for transfers. layer -1 is outside the layers.
  using Path = std::vector<Seconds>;

  Causality(int ranks, int stages, int families, int layers, const Window& window);

  void kernel(int rank, const Kernel& kernel, Seconds start, Seconds end);
  void post(int rank, const Exchange& exchange, Seconds t);

  /// A relay of the rank was ready at `came`, copies in [start, end] and then posts: it follows the transfer that came
  /// last from `last_src`, what the rank had done if that is -1, or the copy before it if that made it wait.
  void relay(int rank, const Relay& relay, Seconds came, int last_src, Seconds start, Seconds end);

  /// The rank waited for an exchange until `to`, its last transfer coming from `last_src`, or its own relay posting if
  /// that is `rank`; returns the kernel at the end of the walk back.
  Origin wait(int rank, const Exchange& exchange, Seconds to, int last_src);

  /// The rank goes on without having waited for a transfer of this exchange.
  void no_wait(const Exchange& exchange);

  void end_step(int rank);

  /// The path from T0 to the rank's latest end of a step.
  [[nodiscard]] const Path& path(int rank) const;

 private:
  struct Link {
    int parent;  ///< Index in the same step's links; -1 - i where Step::begun_with[i] ends.
    int entry;   ///< Index into Path.
    Seconds start;
    Seconds end;
    Origin origin;
  };
  /// What is remembered of one step while any rank is in it.
  struct Step {
    std::vector<Link> links;
    std::vector<Path> begun_with;  ///< Each rank's path at the beginning of the step, then those that came with
                                   ///< transfers of the step before.
    int ranks_left = 0;
  };
  struct Head {
    int step = 0;  ///< Number of the step that the rank is in.
    int link = 0;  ///< Its latest link, or -1 - rank.
    Origin origin;
  };
  struct Rows {
    std::vector<Path> paths;      ///< Only of exchanges for the next step: each member's path up to its post.
    std::vector<Head> heads;      ///< What each member had done when it posted,
    std::vector<Seconds> posted;  ///< and when that was; -1 until it is known.
    std::size_t awaits_left = 0;
  };

  Step& step(int number) { return steps_[static_cast<std::size_t>(number - first_step_)]; }
  Rows& rows_of(const Exchange& exchange);
  /// A new link at the end of the head's chain.
  void append(Head& head, const Link& link);
  /// The transfer from `src` that arrived at `to` at a rank in `receiver_step`, at the end of what the sender had done.
  Head arrival(const Exchange& exchange, int src, Seconds to, int receiver_step);
  /// From T0 to the end of a chain.
  [[nodiscard]] Path path_to(const Head& head);
  [[nodiscard]] int entry(int what, int layer) const { return what * (layers_ + 1) + layer + 1; }
  void forget(const Exchange& exchange);

  const Window& window_;
  int stages_;
  int layers_;
  std::size_t entries_;
  int first_step_ = 0;
  std::deque<Step> steps_;   ///< Steps that some rank is in, from first_step_ on, and the one after.
  std::vector<Link> spare_;  ///< Empty: memory of a step that is over, for the next one.
  std::vector<Head> heads_;
  std::vector<Head> copies_;                      ///< By rank: the end of its latest copy's chain.
  std::unordered_map<std::uint64_t, Rows> rows_;  ///< By exchange id.
};

}  // namespace ringtail
