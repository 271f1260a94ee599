#pragma once

#include <memory>

#include "decode/blocks.hpp"
#include "decode/overlap_policy.hpp"

namespace ringtail {

/// What one rank keeps of one micro-batch's MoE layer between its parts.
struct LayerUnderWay {
  std::shared_ptr<const MoeLayer> routed;  ///< From the router to the end.
  InFlight collective;                     ///< Dispatch or combine.
};

/// Writes one part of the writer's layer. `map` is that of the rank's FFN group; `route()` draws the layer, for its
/// router.
template <class Route>
void write_part(StreamWriter& writer, Part part, const TokenMap* map, LayerUnderWay& at, const Route& route) {
  const DecodeSpec& spec = writer.spec();
  const bool is_plain = is_plain_tensor_parallel(spec, writer.model_layer());
  const bool is_moe = spec.model.is_moe_layer(writer.model_layer());
  switch (part) {
    case Part::attention_projections: return write_attention_projections(writer);
    case Part::attention:
      write_attention(writer);
      if (!spec.model.encoder) return;
      if (!is_plain) write_token_all_gather(writer, Family::cross_token_all_gather);
      return write_cross_attention(writer);
    case Part::token_all_gather:
      if (!is_plain) write_token_all_gather(writer, Family::token_all_gather);
      return;
    case Part::dense_ffn:
      if (!is_moe) write_dense_ffn(writer);
      return;
    default: break;
  }
  if (!is_moe) return;
  switch (part) {
    case Part::router: at.routed = route(); return write_router(writer);
    case Part::shared_up: return write_shared_up(writer);
    case Part::shared_down: return write_shared_down(writer);
    case Part::dispatch: at.collective = begin_dispatch(writer, *map, *at.routed); return;
    case Part::receive: return finish_dispatch(writer, *map, *at.routed, at.collective);
    case Part::experts: return write_experts(writer, *at.routed);
    case Part::combine: at.collective = begin_combine(writer, *map, *at.routed); return;
    case Part::finish:
      finish_combine(writer, *map, *at.routed, at.collective);
      at = {};
      return;
    default: return;
  }
}

}  // namespace ringtail
