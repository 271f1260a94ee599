#include "report/report_keys.hpp"

/// Tables alone. clang-format would make four lines of each row.
namespace ringtail {

// clang-format off
const std::vector<ResultKey>& comparison_keys() {
  static const std::vector<ResultKey> table = {
      {"deployments[]", "object", "Each deployment", ""},
      {"deployments[].name", "text", "Its name", ""},
      {"deployments[].feasible", "true or false", "Else there are no terms", ""},
      {"deployments[].terms[]", "object", "Terms of the closed form", "docs/closed-form.md"},
      {"deployments[].terms[].term", "text", "Name", ""},
      {"deployments[].terms[].unit", "text", "Of the figures", ""},
      {"deployments[].terms[].closed_form", "number or null", "By formula", ""},
      {"deployments[].terms[].simulated", "number or null", "As simulated", ""},
      {"deployments[].terms[].ci95[]", "number or null, may be negative", "Of what is simulated", ""},
      {"deployments[].terms[].ratio", "ratio or null", "simulated / closed_form", ""},
  };
  return table;
}

const std::vector<ResultKey>& ladder_keys() {
  static const std::vector<ResultKey> table = {
      {"ladders[]", "object", "The ladder of each deployment", "docs/ladder.md"},
      {"ladders[].name", "text", "Of the deployment", ""},
      {"ladders[].feasible", "true or false", "Else there are no rungs", ""},
      {"ladders[].rungs[]", "object", "From the closed form to the simulation", ""},
      {"ladders[].rungs[].rung", "number", "From 0", ""},
      {"ladders[].rungs[].name", "text", "What it adds", ""},
      {"ladders[].rungs[].tokens_per_s", "tokens/s or null", "With this rung and those before", ""},
      {"ladders[].rungs[].factor", "factor or null", "To the rung before", ""},
      {"ladders[].rungs[].ci95[]", "factor or null", "Of the factor", ""},
      {"ladders[].rungs[].first", "object", "If it is taken first", ""},
      {"ladders[].rungs[].first.factor", "factor or null", "The factor then", ""},
      {"ladders[].rungs[].last", "object", "If it is taken last", ""},
      {"ladders[].rungs[].last.factor", "factor or null", "The factor then", ""},
  };
  return table;
}

const std::vector<ResultKey>& qs_keys() {
  static const std::vector<ResultKey> table = {
      {"name", "text", "Of the deployment", ""},
      {"model", "text", "The mixture of experts", ""},
      {"q", "factor", "Quality", "docs/qs.md"},
      {"s", "ratio", "Sparsity", ""},
      {"qs", "ratio", "q · s", ""},
      {"predicted", "text", "Who is ahead by the inequality", ""},
      {"here", "object", "The deployment itself", ""},
      {"here.simulated", "ratio or null", "Throughput of the dense model / that of the mixture", ""},
      {"here.winner", "text", "Who is ahead", ""},
      {"map[]", "object, may be absent", "By context and number of GPUs", ""},
      {"map[].context", "tokens", "Cached tokens", ""},
      {"map[].gpus", "GPUs", "Number", ""},
      {"map[].simulated", "ratio or null", "As here.simulated", ""},
      {"map[].physical", "ratio or null", "By the closed form", ""},
      {"map[].paper", "ratio or null", "By the paper's", ""},
      {"map[].ci95[]", "ratio or null, may be negative", "Of `simulated`", ""},
      {"map[].winner", "text", "Who is ahead", ""},
      {"map[].moe", "object", "The mixture there", ""},
      {"map[].moe.obstacle", "text or null", "Why it has no throughput", ""},
      {"map[].dense", "object", "The dense model there", ""},
      {"map[].dense.obstacle", "text or null", "Why it has no throughput", ""},
  };
  return table;
}
// clang-format on

}  // namespace ringtail
