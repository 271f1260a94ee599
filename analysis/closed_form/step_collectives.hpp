#pragma once

#include <string_view>
#include <vector>

#include "closed_form/parts.hpp"

namespace ringtail::closed_form {

/// moe: dispatch and combine.
enum class CollectiveKind { gather, exchange, moe };

/// All collectives of one family in a step.
struct Collective {
  std::string_view family;  ///< As the simulation calls it (decode/stages.hpp).
  Phase phase = Phase::attention;
  CollectiveKind kind = CollectiveKind::gather;
  Seconds seconds = 0;  ///< Per step, all layers together.
};

/// The collectives that the layout makes necessary (docs/design.md), those that take time: gathers, two for
/// each all-reduce, and one round of an all-to-all for the rest. Messages: parallel/messages.hpp; each of
/// the `ranks` gets an equal part of the MoE's copies. A token's copy goes to all TP ranks of its expert.
[[nodiscard]] std::vector<Collective> step_collectives(const System& system, const Switches& switches, double batch);

/// Of the collectives, what windows leave exposed (equations 2 and 19). `ring`: rings and gathers of a phase beyond the
/// phase's own time, all-to-alls whole, of dispatch and combine nine tenths. That tenth and this rule are fits to table
/// 5, not statements of the paper.
[[nodiscard]] Seconds exposed_communication(const std::vector<Collective>& collectives, Windows windows,
                                            const Roofline& attention, const Roofline& ffn);

}  // namespace ringtail::closed_form
