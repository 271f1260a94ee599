#include <algorithm>

#include "config/schema.hpp"

/// The field tables of platform files. What makes a platform imperfect (efficiencies, latencies, overheads) is nothing
/// by default.
namespace ringtail {

namespace {

const Range duration = between(0, 1);

Format<BytesPerSecond> bandwidth() { return quantity(unit::bandwidth(), between(1, 1e18)); }

Format<KernelEfficiency> kernel_format() {
  return mapping<KernelEfficiency>({
      defaulted("compute", &KernelEfficiency::compute, number(fraction()), "Achieved fraction of the peak FLOP rate."),
      defaulted("bandwidth", &KernelEfficiency::bandwidth, number(fraction()),
                "Achieved fraction of the HBM bandwidth."),
      defaulted("floor", &KernelEfficiency::floor, quantity(unit::time(), duration),
                "Fixed cost of one kernel beside the launch."),
      defaulted("tile", &KernelEfficiency::tile, integer(between(1, 4096)),
                "Rows of a product are rounded up to a multiple of this."),
      defaulted("per_item", &KernelEfficiency::per_item, quantity(unit::time(), duration),
                "Added per element of the inner dimension of a product, per expert that a rank holds of a grouped one, "
                "per token and query head of attention, per peer of a collective and of the modes' dispatch or "
                "combine, per expert of those of ll."),
  });
}

Format<FormatKernels> format_kernels_format() {
  using F = FormatKernels;
  return mapping<F>({
      optional("gemm", &F::gemm, kernel_format(), "Dense matrix products."),
      optional("grouped_gemm", &F::grouped_gemm, kernel_format(), "One product per expert, in one launch."),
      optional("attention", &F::attention, kernel_format(), "Decode attention over a KV cache in this format."),
      optional("latent_attention", &F::latent_attention, kernel_format(), "The same over latents (MLA)."),
  });
}

Format<ExchangeKernels> exchange_kernels_format() {
  return mapping<ExchangeKernels>({
      optional("dispatch", &ExchangeKernels::dispatch, kernel_format(), "Dispatch; as in mode ll if left out."),
      optional("combine", &ExchangeKernels::combine, kernel_format(), "Combine; as in mode ll if left out."),
  });
}

Format<Kernels> kernels_format() {
  return mapping<Kernels>({
      defaulted("gemm", &Kernels::gemm, kernel_format(), "Dense matrix products."),
      defaulted("grouped_gemm", &Kernels::grouped_gemm, kernel_format(), "One product per expert, in one launch."),
      defaulted("attention", &Kernels::attention, kernel_format(), "Decode attention over the KV cache."),
      optional("latent_attention", &Kernels::latent_attention, kernel_format(),
               "Decode attention over latents (MLA); as attention if left out."),
      defaulted("memory", &Kernels::memory, kernel_format(),
                "Norms, RoPE, quantise, activation, top-k, permute, residual."),
      optional("fp4", &Kernels::fp4, format_kernels_format(), "Classes that are other than above with fp4 weights."),
      optional("fp8", &Kernels::fp8, format_kernels_format(),
               "Classes that are other than above with fp8 weights or KV cache."),
      optional("bf16", &Kernels::bf16, format_kernels_format(),
               "Classes that are other than above with bf16 weights or KV cache."),
      optional("collective", &Kernels::collective, kernel_format(),
               "What a dense collective does beside its transfers, in one kernel; two of class memory if left out."),
      optional("dispatch", &Kernels::dispatch, kernel_format(), "The same of dispatch."),
      optional("combine", &Kernels::combine, kernel_format(), "The same of combine."),
      optional("intra", &Kernels::intra, exchange_kernels_format(),
               "Dispatch and combine in mode intra, also of inter on one island, where they are other than above."),
      optional("inter", &Kernels::inter, exchange_kernels_format(), "The same in mode inter."),
  });
}

Format<Hbm> hbm_format() {
  return mapping<Hbm>({
      required("capacity", &Hbm::capacity, quantity(unit::bytes(), between(1, 1e18)), "Memory of one GPU."),
      required("bandwidth", &Hbm::bandwidth, bandwidth(), "Peak bandwidth of that memory."),
  });
}

Format<PeakFlops> peak_format() {
  const auto rate = quantity(unit::flop_rate(), between(0, 1e21));
  return mapping<PeakFlops>({
      defaulted("fp4", &PeakFlops::fp4, rate, "Dense peak in FP4; 0 if the GPU does not compute in it, as below."),
      defaulted("fp8", &PeakFlops::fp8, rate, "Dense peak in FP8."),
      defaulted("bf16", &PeakFlops::bf16, rate, "Dense peak in BF16."),
      defaulted("fp32", &PeakFlops::fp32, rate, "Peak in FP32."),
  });
}

Format<Gpu> gpu_format() {
  return mapping<Gpu>({
      required("hbm", &Gpu::hbm, hbm_format(), "Memory."),
      required("peak", &Gpu::peak, peak_format(), "Peak FLOP rates without sparsity."),
      defaulted("launch_overhead", &Gpu::launch_overhead, quantity(unit::time(), duration),
                "Cost before each kernel, inside a captured graph."),
      defaulted("kernels", &Gpu::kernels, kernels_format(), "How well the classes of kernels use the GPU."),
      optional(
          "sms", &Gpu::sms, integer(between(1, 65536)),
          "Streaming multiprocessors (compute units): those that copy, collectives.dispatch_sms and dense_sms, are "
          "missing from kernels beside which they do."),
      optional("sm_copy_rate", &Gpu::sm_copy_rate, bandwidth(),
               "What one SM copies to or from other GPUs, per direction; for collectives.dispatch_sms and dense_sms."),
  });
}

Format<Island> island_format() {
  return mapping<Island>({
      required("size", &Island::size, integer(between(1, 65536)), "GPUs that reach each other without the fabric."),
      defaulted("topology", &Island::topology,
                choice<Island::Topology>({{"switch", Island::Topology::switched}, {"mesh", Island::Topology::mesh}}),
                "A non-blocking switch with one port per GPU, or a link between each two GPUs."),
      required("bandwidth", &Island::bandwidth, bandwidth(),
               "Per direction: of a GPU's port into the switch, or of each link of the mesh."),
      defaulted("efficiency", &Island::efficiency, number(fraction()),
                "Fraction of that bandwidth that transfers reach."),
      defaulted("latency", &Island::latency, quantity(unit::time(), duration), "From GPU to GPU."),
  });
}

using Topology = Fabric::Topology;

/// A field that only some topologies have.
Field<Fabric> with(const std::vector<std::pair<std::string, Topology>>& topologies, Field<Fabric> field) {
  std::string names;
  for (const auto& [name, topology] : topologies) names += (names.empty() ? "with topology: " : " or ") + name;
  const auto allowed = [topologies](const Fabric& fabric) {
    return std::any_of(topologies.begin(), topologies.end(),
                       [&](const auto& option) { return option.second == fabric.topology; });
  };
  return only_if<Fabric>(names, allowed, std::move(field));
}

Field<Fabric> with_three_levels(Field<Fabric> field) {
  return only_if<Fabric>(
      "with topology: fat-tree and levels: 3",
      [](const Fabric& fabric) { return fabric.topology == Topology::fat_tree && fabric.levels == 3; },
      std::move(field));
}

Format<Fabric> fabric_format() {
  using F = Fabric;
  const std::pair<std::string, Topology> one_switch{"switch", Topology::single_switch};
  const std::pair<std::string, Topology> rail{"rail", Topology::rail};
  const std::pair<std::string, Topology> fat_tree{"fat-tree", Topology::fat_tree};
  const std::pair<std::string, Topology> dragonfly{"dragonfly", Topology::dragonfly};
  const std::pair<std::string, Topology> torus{"torus", Topology::torus};
  const auto time = quantity(unit::time(), duration);
  const auto ratio = number(between(0.01, 1000));
  const auto some = integer(between(1, 65536));
  const auto routing = choice<F::Routing>({{"static", F::Routing::by_destination}, {"hashed", F::Routing::hashed}});
  return mapping<F>({
      defaulted("topology", &F::topology, choice<Topology>({one_switch, rail, fat_tree, dragonfly, torus}),
                "How NICs are connected; docs/topologies.md shows each."),
      required("bandwidth", &F::bandwidth, bandwidth(), "Of a NIC, per direction."),
      defaulted("efficiency", &F::efficiency, number(fraction()),
                "Fraction of that bandwidth, and of all other links' of the fabric, that transfers reach."),
      defaulted("latency", &F::latency, time, "From GPU to GPU, without switch_latency."),
      defaulted("switch_latency", &F::switch_latency, time, "What each switch or router on the way adds."),
      optional("nics_per_island", &F::nics_per_island, some,
               "NICs that an island's GPUs share; one per GPU if left out."),
      with({rail, fat_tree}, required("leaf_size", &F::leaf_size, some, "NICs on one leaf switch.")),
      with({fat_tree}, defaulted("levels", &F::levels, integer(between(2, 3)), "Levels of switches.")),
      with({rail, fat_tree}, defaulted("oversubscription", &F::oversubscription, ratio,
                                       "Bandwidth from a leaf to its NICs / to its spines.")),
      with({rail, fat_tree}, optional("spines", &F::spines, some,
                                      "Spines above a leaf; leaf_size / oversubscription, rounded up, if left out.")),
      with_three_levels(required("pod_leaves", &F::pod_leaves, some, "Leaves of a pod, under the same spines.")),
      with_three_levels(defaulted("core_oversubscription", &F::core_oversubscription, ratio,
                                  "Bandwidth from a spine to its leaves / to its cores.")),
      with({dragonfly}, required("routers_per_group", &F::routers_per_group, some, "Routers of a group.")),
      with({dragonfly}, required("global_links", &F::global_links, some, "Links of a router to other groups.")),
      with({torus}, required("dimensions", &F::dimensions, list(some), "Routers along x, y and, with three, z.")),
      with({dragonfly, torus}, defaulted("nics_per_router", &F::nics_per_router, some, "NICs on one router.")),
      with({dragonfly, torus}, optional("link_bandwidth", &F::link_bandwidth, bandwidth(),
                                        "Of a link between routers, per direction; the NIC's if left out.")),
      with({rail, fat_tree, dragonfly},
           defaulted("routing", &F::routing, routing,
                     "Which of equal ways a pair takes: by its destination (D-mod-k), or by a hash of both ends.")),
  });
}

Format<Degradation> degradation_format() {
  using D = Degradation;
  const auto of_gpu = [](Field<D> field) {
    return only_if<D>(
        "with gpu", [](const D& d) { return d.gpu.has_value(); }, std::move(field));
  };
  const auto factor = number(fraction());
  return mapping<D>({
      optional("gpu", &D::gpu, integer(between(0, 65535)), "Number of the GPU, from 0."),
      of_gpu(defaulted("nic", &D::nic, factor, "Fraction of its NIC's bandwidth, both directions, that is left.")),
      of_gpu(defaulted("nvlink", &D::nvlink, factor, "The same of its links into the island.")),
      of_gpu(defaulted("compute", &D::compute, factor, "Fraction of its FLOP rates that is left.")),
      of_gpu(defaulted("hbm", &D::hbm, factor, "Fraction of its memory bandwidth that is left.")),
      optional("link", &D::link, label(), "Name of links, or words of it: spine3, leaf2.spine3.up."),
      only_if<D>(
          "with link", [](const D& d) { return d.link.has_value(); },
          required("bandwidth", &D::bandwidth, factor, "Fraction of their bandwidth that is left.")),
  });
}

Format<Provenance> provenance_format() {
  using P = Provenance;
  using U = CalibratedUpTo;
  const auto kind = choice<ConstantKind>({{"nominal", ConstantKind::nominal},
                                          {"measured", ConstantKind::measured},
                                          {"fitted", ConstantKind::fitted},
                                          {"assumed", ConstantKind::assumed}});
  const auto error = mapping<FitError>({
      required("median", &FitError::median, number(between(0, 10)), "Of |model / measured - 1|."),
      required("p90", &FitError::p90, number(between(0, 10)), "90th percentile of the same."),
  });
  const auto tokens = count(unit::tokens(), between(1, 1e9));
  const auto up_to = mapping<U>({
      optional("rows", &U::rows, tokens, "Tokens in a product."),
      optional("context", &U::context, tokens, "Tokens of context."),
      optional("batch", &U::batch, integer(between(1, 1e9)), "Sequences of a rank's attention."),
      optional("message", &U::message, quantity(unit::bytes(), between(1, 1e18)), "Bytes of an all-reduce."),
      optional("ranks", &U::ranks, integer(between(1, 1e9)), "Ranks of a collective."),
  });
  return mapping<P>({
      required("keys", &P::keys, list(label()), "Figures of the platform, or sections of them: gpu.kernels."),
      required("kind", &P::kind, kind, "How they are known."),
      required("source", &P::source, label(), "Who says so."),
      optional("error", &P::error, error, "Of the fit, on measurements held out of it."),
      optional("up_to", &P::up_to, up_to, "The largest of what was measured; beyond, a result warns."),
  });
}

std::vector<Field<Platform>> platform_fields() {
  return {
      required("name", &Platform::name, label(), "Name in results."),
      defaulted("source", &Platform::source, text(), "Where the figures are from."),
      required("gpu", &Platform::gpu, gpu_format(), "One GPU."),
      required("island", &Platform::island, island_format(), "The GPUs that reach each other without the fabric."),
      required("fabric", &Platform::fabric, fabric_format(), "The network between islands."),
      optional("provenance", &Platform::provenance, list(provenance_format()), "How its figures are known."),
  };
}

}  // namespace

Format<Platform> platform_format() { return mapping<Platform>(platform_fields(), "platforms"); }

Field<Platform> degrade_field() {
  return defaulted("degrade", &Platform::degrade, list(degradation_format()),
                   "GPUs and links that do not reach their figures.");
}

Format<Platform> degraded_platform_format() {
  std::vector<Field<Platform>> fields = platform_fields();
  fields.push_back(degrade_field());
  return mapping<Platform>(std::move(fields));
}

}  // namespace ringtail
