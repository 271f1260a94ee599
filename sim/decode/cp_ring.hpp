#pragma once

#include <functional>

#include "decode/stream_writer.hpp"

namespace ringtail {

/// Context parallelism's ring through the rank's layer: as many rounds as CP ranks. In round j the rank attends with
/// what came from j places back, `attend(member)` writing the kernel for what set out from that rank: its queries
/// (pass-Q, over the rank's part of the cache) or its part of the cache (pass-KV, for the rank's own queries).
/// Meanwhile the same goes on to the next rank: post, kernel, await, so a hop is hidden as far as the kernel reaches.
/// In the last round nothing goes on. Hops copy from and into the kernels' buffers, beside the stream. Ring Attention
/// (arXiv:2310.01889 section 3); Yang et al. (arXiv:2411.01783), algorithms 2 (pass-KV), 3 and 4 (pass-Q).
///
/// Bytes of a hop from the rank that holds what set out from `member`:
/// - pass-Q: the tokens of member's token group × query_message;
/// - pass-KV: all sequences of the attention group × cached tokens in member's part × cache_message.
void write_cp_ring(StreamWriter& writer, const std::function<void(int member)>& attend);

}  // namespace ringtail
