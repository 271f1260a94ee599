#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "accounting/window.hpp"

namespace ringtail {

/// What a GPU is doing at an instant; exactly one holds.
enum class State : std::size_t {
  compute_bound,          ///< A kernel runs whose compute ends last (also on a tie).
  hbm_bound,              ///< A kernel runs whose HBM traffic ends last.
  overhead,               ///< Launch and fixed cost of a kernel.
  straggler_wait,         ///< Waits for data whose last kernel, on another GPU, has not ended.
  pipeline_bubble,        ///< The same, with that GPU in another pipeline stage.
  exposed_communication,  ///< Waits for data that are on their way.
  idle,                   ///< Nothing of the above.
};
inline constexpr std::size_t state_count = 7;
inline constexpr std::array<std::string_view, state_count> state_names = {
    "compute_bound", "hbm_bound", "overhead", "straggler_wait", "pipeline_bubble", "exposed_communication", "idle"};

/// Seconds inside the window by state.
using StateSeconds = std::array<Seconds, state_count>;

/// Adds up the states of each rank.
class Breakdown {
 public:
  Breakdown(int ranks, const Window& window);

  /// Books [from, to]. Bookings of a rank come in order; a gap before `from` is booked as idle.
  void book(int rank, State state, Seconds from, Seconds to);

  /// All ranks are booked up to the window's end.
  [[nodiscard]] bool complete() const;

  [[nodiscard]] const std::vector<StateSeconds>& per_rank() const { return seconds_; }

 private:
  const Window& window_;
  std::vector<StateSeconds> seconds_;
  std::vector<Seconds> booked_until_;
};

}  // namespace ringtail
