#pragma once

namespace ringtail {

/// Who computes the transfers' rates. fluid: Ringtail's solvers, a SimGrid resource model; simgrid: one SimGrid Comm
/// per transfer, the oracle (slow, and max-min only).
enum class NetworkSolver { fluid, simgrid };

/// How transfers share links. maxmin: each transfer for itself, max-min fairly; coupled: those that a GPU has posted
/// together progress in proportion (docs/decisions/0008-coupled-sharing.md).
enum class Sharing { maxmin, coupled };

struct NetworkConfig {
  NetworkSolver solver = NetworkSolver::fluid;
  Sharing sharing = Sharing::maxmin;
  /// Aimed error of each GPU's send and receive times, relative to how long they took; fluid only. 0: exact.
  double tolerance = 0.02;
};

}  // namespace ringtail
