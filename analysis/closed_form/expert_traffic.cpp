#include "closed_form/expert_traffic.hpp"

#include "closed_form/distinct_experts.hpp"
#include "closed_form/reuse.hpp"

namespace ringtail::closed_form {

double pool_sweeps(const System& system, const Switches& switches, double batch) {
  const Moe& moe = *system.model.moe;
  switch (switches.expert_traffic) {
    case ExpertTraffic::paper:
      return batch / expert_reuse(batch, system.sparsity(), switches.reuse_floor == ReuseFloor::one);
    case ExpertTraffic::literal: return 1;
    case ExpertTraffic::distinct:
      return expected_distinct_experts(moe.experts, moe.experts_per_token, batch) / moe.experts;
  }
  return 1;
}

}  // namespace ringtail::closed_form
