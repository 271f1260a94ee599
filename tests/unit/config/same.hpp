#pragma once

#include <algorithm>
#include <tuple>

#include "config/deployment.hpp"

namespace ringtail {

/// Whether two deployments are equal in every member, to the last bit. Written out by member, independently of the
/// field tables that it is used to test.
inline bool same(const KernelEfficiency& a, const KernelEfficiency& b) {
  return std::tie(a.compute, a.bandwidth, a.floor, a.tile, a.per_item) ==
         std::tie(b.compute, b.bandwidth, b.floor, b.tile, b.per_item);
}

/// Both without, or both with the same.
template <class T>
bool same(const std::optional<T>& a, const std::optional<T>& b) {
  return a.has_value() == b.has_value() && (!a || same(*a, *b));
}

inline bool same(const FormatKernels& a, const FormatKernels& b) {
  return same(a.gemm, b.gemm) && same(a.grouped_gemm, b.grouped_gemm) && same(a.attention, b.attention) &&
         same(a.latent_attention, b.latent_attention);
}

inline bool same(const Provenance& a, const Provenance& b) {
  const FitError e = a.error.value_or(FitError{}), f = b.error.value_or(FitError{});
  const CalibratedUpTo u = a.up_to.value_or(CalibratedUpTo{}), v = b.up_to.value_or(CalibratedUpTo{});
  return std::tie(a.keys, a.kind, a.source, e.median, e.p90, u.rows, u.context, u.batch, u.message, u.ranks) ==
             std::tie(b.keys, b.kind, b.source, f.median, f.p90, v.rows, v.context, v.batch, v.message, v.ranks) &&
         a.error.has_value() == b.error.has_value() && a.up_to.has_value() == b.up_to.has_value();
}

inline bool same(const std::vector<Provenance>& a, const std::vector<Provenance>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Provenance& x, const Provenance& y) { return same(x, y); });
}

inline bool same(const Platform& a, const Platform& b) {
  const auto tie = [](const Platform& p) {
    const Gpu& g = p.gpu;
    return std::tie(p.name, p.source, g.hbm.capacity, g.hbm.bandwidth, g.peak.fp4, g.peak.fp8, g.peak.bf16, g.peak.fp32,
                    g.launch_overhead, g.sms, g.sm_copy_rate, p.island.size, p.island.bandwidth, p.island.efficiency,
                    p.island.latency, p.fabric.bandwidth, p.fabric.efficiency, p.fabric.latency, p.island.topology);
  };
  const auto fabric = [](const Platform& p) {
    const Fabric& f = p.fabric;
    return std::tie(f.topology, f.routing, f.switch_latency, f.nics_per_island, f.leaf_size, f.oversubscription,
                    f.spines, f.levels, f.pod_leaves, f.core_oversubscription, f.nics_per_router, f.link_bandwidth,
                    f.routers_per_group, f.global_links, f.dimensions);
  };
  const auto same_degradation = [](const Degradation& x, const Degradation& y) {
    return std::tie(x.gpu, x.nic, x.nvlink, x.compute, x.hbm, x.link, x.bandwidth) ==
           std::tie(y.gpu, y.nic, y.nvlink, y.compute, y.hbm, y.link, y.bandwidth);
  };
  const Kernels& k = a.gpu.kernels;
  const Kernels& l = b.gpu.kernels;
  return tie(a) == tie(b) && fabric(a) == fabric(b) &&
         std::equal(a.degrade.begin(), a.degrade.end(), b.degrade.begin(), b.degrade.end(), same_degradation) &&
         same(k.gemm, l.gemm) && same(k.grouped_gemm, l.grouped_gemm) && same(k.attention, l.attention) &&
         same(k.memory, l.memory) && same(k.latent_attention, l.latent_attention) && same(k.collective, l.collective) &&
         same(k.dispatch, l.dispatch) && same(k.combine, l.combine) && same(k.fp4, l.fp4) && same(k.fp8, l.fp8) &&
         same(k.bf16, l.bf16) && same(a.provenance, b.provenance);
}

inline bool same(const Model& a, const Model& b) {
  const auto tie = [](const Model& m) {
    return std::tie(m.name, m.source, m.layers, m.hidden_size, m.vocab_size, m.tied_embeddings, m.learned_positions,
                    m.attention.heads, m.attention.kv_heads, m.attention.head_dim, m.attention.qkv_bias,
                    m.attention.output_bias, m.ffn.intermediate_size, m.ffn.gated, m.ffn.bias);
  };
  const auto latent = [](const Model& m) {
    const LatentAttention l = m.attention.latent.value_or(LatentAttention{});
    return std::tuple(m.attention.latent.has_value(), l.q_lora_rank, l.kv_lora_rank, l.qk_nope_head_dim,
                      l.qk_rope_head_dim, l.v_head_dim);
  };
  const auto moe = [](const Model& m) {
    const Moe e = m.moe.value_or(Moe{});
    return std::tuple(m.moe.has_value(), e.experts, e.experts_per_token, e.intermediate_size, e.shared_experts,
                      e.first_dense_layers, e.every, e.gated, e.bias, e.expert_groups, e.groups_per_token);
  };
  const auto published = [](const Model& m) {
    const PublishedParameters p = m.published.value_or(PublishedParameters{});
    return std::tuple(m.published.has_value(), p.total, p.active);
  };
  const auto parts = [](const Model& m) {
    const AttentionWindow w = m.attention.window.value_or(AttentionWindow{});
    const Encoder e = m.encoder.value_or(Encoder{});
    const DenseMatch d = m.dense_match.value_or(DenseMatch{});
    return std::tuple(m.attention.window.has_value(), w.tokens, w.full_every, m.encoder.has_value(), e.layers,
                      e.context, m.mtp.has_value(), m.mtp.value_or(Mtp{}).modules, m.dense_match.has_value(), d.of, d.q,
                      d.match, d.target);
  };
  return tie(a) == tie(b) && latent(a) == latent(b) && moe(a) == moe(b) && parts(a) == parts(b) &&
         published(a) == published(b);
}

inline bool same(const Deployment& a, const Deployment& b) {
  const auto layout = [](const Deployment& d) {
    const auto& [attention, ffn, pipeline, order] = d.parallelism;
    const Precision& p = d.precision;
    return std::tuple(d.name, d.gpus, attention.dp, attention.kvp, attention.tp, attention.cp, attention.cp_ring,
                      ffn.dp, ffn.ep, ffn.tp, pipeline.stages, pipeline.micro_batches, pipeline.sends, order, p.weights,
                      p.kv, p.activations, p.dispatch, p.combine);
  };
  const auto rest = [](const Deployment& d) {
    return std::tie(d.decode.batch.kind, d.decode.batch.count, d.decode.overlap.kind, d.decode.overlap.chunks,
                    d.routing.popularity.kind, d.routing.popularity.zipf, d.routing.popularity.zipf_weights,
                    d.routing.popularity.lognormal, d.routing.popularity.dirichlet, d.routing.popularity.counts.file,
                    d.routing.popularity.counts.rows, d.routing.popularity.counts.counts, d.routing.permute,
                    d.routing.redraw, d.routing.capacity, d.routing.placement, d.routing.redundant_experts,
                    d.routing.replica, d.routing.correlation, d.routing.rebalance, d.collectives.all_reduce,
                    d.collectives.all_gather, d.collectives.reduce_scatter, d.collectives.dispatch_sms,
                    d.collectives.dense_sms, d.network.sharing, d.network.solver, d.network.tolerance, d.run.steps,
                    d.run.warmup, d.run.replications, d.run.seed, d.run.precision, d.run.max_replications);
  };
  const auto mtp = [](const Deployment& d) {
    const Speculation s = d.decode.mtp.value_or(Speculation{});
    return std::tuple(d.decode.mtp.has_value(), s.draft, s.acceptance);
  };
  const auto lengths = [](const Deployment& d) {
    const ContextLengths& c = d.decode.context;
    return std::tie(c.kind, c.fixed, c.uniform.low, c.uniform.high, c.lognormal.median, c.lognormal.mean,
                    c.lognormal.sigma, c.lognormal.max, c.trace.file, c.trace.input, c.trace.output,
                    d.decode.assignment);
  };
  const auto runtime = [](const Deployment& d) {
    const Runtime& r = d.runtime;
    return std::tie(r.preset, r.launch, r.captured_sequences, r.launch_time, r.step_overhead, r.context_memory,
                    r.memory_fraction, r.memory_fraction_of, r.kv_block, r.max_sequences);
  };
  return same(a.model, b.model) && same(a.platform, b.platform) && layout(a) == layout(b) && rest(a) == rest(b) &&
         lengths(a) == lengths(b) && mtp(a) == mtp(b) && runtime(a) == runtime(b);
}

}  // namespace ringtail
