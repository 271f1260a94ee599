#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "results/key_check.hpp"

namespace ringtail {

/// Seconds per step by line, named as in JSON: "step", "breakdown_s.hbm_bound", "overlap.dispatch.exposed_s",
/// "critical_path.expert_up" (all layers together).
using TimeLines = std::vector<std::pair<std::string, Seconds>>;

/// Values by path, in the file's order: "decode.context" is "4096".
using TextLines = std::vector<std::pair<std::string, std::string>>;

/// What a result of `ringtail simulate --format json` says, as far as results are compared.
struct ResultFile {
  std::string file;
  std::string name;  ///< Of the deployment.
  std::uint64_t seed = 0;
  TextLines configuration;                        ///< Versions, then every value of the complete deployment.
  TextLines capacity;                             ///< Feasibility, batch, and what limits it.
  std::string infeasible_reason;                  ///< Empty if feasible.
  TimeLines times;                                ///< Empty if infeasible.
  std::map<std::string, std::string> algorithms;  ///< By collective family.
  std::vector<std::map<std::string, Seconds>> per_replication;  ///< By line; empty if the file does not say.
};

/// The result, or why the text is none: "FILE: error: ... help: ...", each on a line of its own.
struct ReadResult {
  std::optional<ResultFile> result;
  std::string error;
};

/// Reads a result from the text of its file, whose name is for messages. All values are checked against the table of
/// result keys, detail for its shape too; keys that versions before this one did not have may be missing if `missing`
/// allows it.
[[nodiscard]] ReadResult read_result(const std::string& text, const std::string& file,
                                     MissingKeys missing = MissingKeys::allowed);

}  // namespace ringtail
