#pragma once

namespace ringtail {

/// The exit codes of the `ringtail` command. They are part of its interface: scripts may rely on them.
enum class ExitCode : int {
  ok = 0,
  failure = 1,        ///< Ringtail itself failed: a bug or a machine out of resources.
  bad_input = 2,      ///< A mistake in a YAML file or on the command line; the message names file, line and column.
  infeasible = 3,     ///< The deployment does not fit into memory; the result says why.
  unfinished = 4,     ///< The simulation ran out of events with work left: a deadlock in the simulated program.
  interrupted = 130,  ///< Ended by Ctrl-C.
};

}  // namespace ringtail
