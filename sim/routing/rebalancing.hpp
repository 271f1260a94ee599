#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "routing/expert_moves.hpp"
#include "routing/expert_slots.hpp"

namespace ringtail {

/// What rebalancing did, as means over its events. Ratios are busiest rank / mean of the copies in a window, replicas
/// taking equal shares, as means over layers.
struct RebalanceSummary {
  int events = 0;
  double moves = 0;                ///< Experts that went from one rank to another, in all layers of an FFN group.
  double moved_slots = 0;          ///< The same as a fraction of the slots.
  double most_received = 0;        ///< Moves to the rank that got most,
  double most_sent = 0;            ///< and from the one that sent most.
  double built_max_over_mean = 0;  ///< In the window that the placement was built from.
  double fresh_max_over_mean = 0;  ///< In as many steps after the event: disjoint from the window before it.
  /// Of the placement that is replaced, in the last min(window, every) steps before the event.
  double stale_max_over_mean = 0;
};

/// Placements that are made anew every so many steps from past counts alone. An epoch is the steps from one event to
/// the next; its placements come from the choices in the `window` steps before it.
class Rebalancing {
 public:
  /// What it works with. Steps may be negative: those before the simulation began.
  struct Parts {
    Rebalance rebalance;
    int event = 0;  ///< A step that begins with an event; so do those `every` steps before and after it.
    /// How often each expert is chosen in a step: [layer · experts + expert].
    std::function<std::vector<int>(int step)> count;
    /// The placement of a layer for loads by expert.
    std::function<ExpertPlacement(std::span<const double> loads, int layer)> place;
    int layers = 0;
    ReplicaChoice replica = ReplicaChoice::random;
    RandomStream choosing;  ///< For replicas.
    int ranks_per_island = 1;
  };

  explicit Rebalancing(Parts parts) : parts_(std::move(parts)) {}

  /// Whether experts are moved before `step`.
  [[nodiscard]] bool is_event(int step) const { return step == first_step(epoch_of(step)); }

  /// Where experts are in a step. Valid until the next call.
  [[nodiscard]] const ExpertSlots& slots(int step) { return epoch(epoch_of(step)).slots; }

  /// What is moved before a step that begins with an event.
  [[nodiscard]] const std::vector<ExpertMove>& moves(int step, int layer);

  /// Of the events before steps [first, last); all zero if there are none.
  [[nodiscard]] RebalanceSummary summary(int first, int last);

 private:
  /// [layer][expert]
  using Loads = std::vector<std::vector<double>>;
  struct Epoch {
    std::vector<ExpertPlacement> placements;  ///< By layer.
    ExpertSlots slots;
    std::vector<std::vector<ExpertMove>> moves;  ///< By layer, from the epoch before; made when asked for.
  };

  [[nodiscard]] int epoch_of(int step) const;
  [[nodiscard]] int first_step(int epoch) const { return parts_.event + epoch * parts_.rebalance.every; }
  Epoch& epoch(int number);
  [[nodiscard]] Loads loads(int first, int last);
  void add_moves(int number, RebalanceSummary& summary);
  [[nodiscard]] double max_over_mean(int epoch_number, const Loads& loads);

  Parts parts_;
  std::map<int, Epoch> epochs_;
  std::map<int, std::vector<int>> counts_;  ///< By step: those of the last windows.
};

}  // namespace ringtail
