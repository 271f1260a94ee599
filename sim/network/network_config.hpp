#pragma once

namespace ringtail {

/// Who computes the transfers' rates. fluid: Ringtail's max-min solver, a SimGrid resource model; simgrid: one SimGrid
/// Comm per transfer, the oracle (slow).
enum class NetworkSolver { fluid, simgrid };

struct NetworkConfig {
  NetworkSolver solver = NetworkSolver::fluid;
  /// Aimed error of each GPU's send and receive times, relative to how long they took; fluid only. 0: exact.
  double tolerance = 0.02;
};

}  // namespace ringtail
