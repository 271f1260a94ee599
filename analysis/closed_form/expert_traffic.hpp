#pragma once

#include "closed_form/switches.hpp"
#include "closed_form/system.hpp"

namespace ringtail::closed_form {

/// Bytes of expert weights charged to a step, as a multiple of the pool that is resident (equations 4, 6 and 17):
/// - paper: B / r with r = s B (expert_reuse), so 1 / s: above 1, which no step can read;
/// - literal: 1, since total / B per token times B tokens is the pool;
/// - distinct: the expected touched part (expected_distinct_experts).
/// `batch` are the tokens that choose among one copy of all experts. The model must have experts.
[[nodiscard]] double pool_sweeps(const System& system, const Switches& switches, double batch);

}  // namespace ringtail::closed_form
