#pragma once

#include <span>

#include "decode/stream_writer.hpp"
#include "routing/expert_moves.hpp"

namespace ringtail {

/// Moves experts of the writer's layer between the ranks of an FFN group (`ranks`, ascending): each GPU of an EP rank
/// sends its slice of the weights to its like of the other. As in vLLM, layer by layer, before the step goes on:
/// weights are read and sent, arrive in a buffer, and are copied from there to their slots
/// (github.com/vllm-project/vllm, vllm/distributed/eplb/rebalance_execute.py).
void write_moved_experts(StreamWriter& writer, const std::vector<int>& ranks, std::span<const ExpertMove> moves);

}  // namespace ringtail
