#pragma once

#include <vector>

#include "decode/collective_pool.hpp"
#include "decode/decode_spec.hpp"
#include "routing/expert_sampler.hpp"

namespace ringtail {

/// What one draw of the routing makes of one MoE layer of one step: every number that depends on it comes from here.
struct LayerTraffic {
  std::vector<int> ranks;             ///< All ranks: the members of dispatch and combine.
  std::vector<int> copies_of_expert;  ///< Tokens that visit each expert.
  std::vector<int> sent_by_rank;      ///< (token, expert) copies that each owner sends, also to itself, × ffn.tp.
  std::vector<int> copies_between;    ///< [owner · ranks + holder]: copies that the owner sends to the holder.
};

/// Draws the experts of every sequence's token of step `step` in MoE layer `moe_layer` (0-based) and counts them.
LayerTraffic draw_traffic(const DecodeSpec& spec, const ExpertSampler& sampler, int moe_layer, int step);

/// Dispatch, direct and at expert granularity (`ll`): one message per copy, and to each rank one flag per expert it
/// holds that says how many copies come, which the receiver waits for even if there are none.
CollectivePlan dispatch_plan(const DecodeSpec& spec, const LayerTraffic& traffic);

/// Combine: one unreduced vector per copy on its way back.
CollectivePlan combine_plan(const DecodeSpec& spec, const LayerTraffic& traffic);

}  // namespace ringtail
