#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mpi/child.hpp"

namespace ringtail {

/// The commands that a rank starts.
struct RankCommands {
  std::vector<std::string> worker;   ///< ringtail worker STUDY ...
  std::vector<std::string> manager;  ///< ringtail sweep STUDY ... --remote-workers N, on rank 0 alone.
};

/// One process of the job. Each keeps a worker, from its first point on; rank 0 also has the manager, and relays
/// between that and the ranks (study/remote.hpp has the lines). Ranks look at MPI and at their children in turn, a
/// thousand times a second, as Open MPI's own waiting would take a whole core.
class Rank {
 public:
  explicit Rank(RankCommands commands);

  /// Until the manager is done. Returns its exit code on rank 0, 0 on others. Throws std::runtime_error if the manager
  /// was killed, or workers cannot be started.
  int run();

 private:
  void relay(const std::string& line);         ///< Rank 0: from the manager to a worker.
  void work(const std::string& point);         ///< Gives a point to this rank's worker.
  void answer(const std::string& text);        ///< From this rank's worker to the manager.
  void tell_manager(const std::string& line);  ///< Rank 0.
  void look_at_children();
  void look_at_messages();
  void look_at_worker();
  [[nodiscard]] int end();  ///< Rank 0: the manager is done, so all are.

  RankCommands commands_;
  int rank_ = 0;
  int size_ = 1;
  std::optional<Child> manager_;
  std::unique_ptr<Child> worker_;
  bool is_working_ = false;
  int deaths_ = 0;  ///< Of workers, since one has answered.
  bool goes_on_ = true;
};

}  // namespace ringtail
