#include "decode/overlap_policy.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace ringtail {

std::span<const OverlapPolicy> overlap_policies() {
  static const std::array policies = {no_overlap(), shared_expert_overlap(), two_batch_overlap(), chunked_overlap()};
  return policies;
}

const OverlapPolicy& overlap_policy(Overlap::Kind kind) {
  for (const OverlapPolicy& policy : overlap_policies())
    if (policy.kind == kind) return policy;
  throw std::logic_error("an overlap policy is missing in the table");
}

std::string overlap_text(const Overlap& overlap) {
  const std::string name(overlap_policy(overlap.kind).name);
  return overlap.kind == Overlap::Kind::chunked ? fmt::format("{} in {}", name, overlap.chunks) : name;
}

std::string_view overlap_yaml(const OverlapPolicy& policy) {
  return policy.kind == Overlap::Kind::chunked ? "{chunked: 2}" : policy.name;
}

std::optional<OverlapRefusal> refuse_without_dispatch(const Parallelism& parallelism) {
  if (parallelism.ffn.group_ranks() > 1) return std::nullopt;
  return OverlapRefusal{"every GPU holds all experts (parallelism.ffn: ep · tp = 1): there is no dispatch to run under",
                        "raise parallelism.ffn.ep"};
}

}  // namespace ringtail
