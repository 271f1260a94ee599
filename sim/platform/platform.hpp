#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "model/dtype.hpp"
#include "platform/provenance.hpp"

namespace ringtail {

/// How well one class of kernels uses a GPU.
struct KernelEfficiency {
  double compute = 1.0;    ///< Achieved fraction of peak FLOP/s, in (0, 1].
  double bandwidth = 1.0;  ///< Achieved fraction of HBM bandwidth, in (0, 1].
  Seconds floor = 0.0;     ///< Fixed cost of one kernel beside the launch overhead: prologue, epilogue, tail.
  int tile = 1;            ///< Rows of a GEMM are rounded up to a multiple of this (compute only).
  /// Time that goes with what a kernel does one after another, however fast it reads and computes: of a product per
  /// element of the inner dimension, which each thread block walks along; of a grouped one per expert held; of
  /// attention per token and query head, whose partial results are merged; of a collective per peer; of dispatch and
  /// combine per expert (docs/decisions/0023).
  Seconds per_item = 0.0;
};

/// What a kernel is like; each class reaches other fractions of the GPU's peaks.
enum class KernelClass {
  gemm,              ///< Dense matrix products.
  grouped_gemm,      ///< One product per expert, in one launch.
  attention,         ///< Decode attention over the KV cache: a KV head serves some query heads.
  latent_attention,  ///< The same over latents (MLA), which all heads share: compute-bound with many heads.
  memory,            ///< Norms, RoPE, quantise, activation, top-k, permute, residual.
  collective,        ///< What a GPU does for a dense collective beside the transfers: reads, sums, writes.
  dispatch,          ///< The same for dispatch of tokens to experts,
  combine,           ///< and for combine.
  intra_dispatch,    ///< These in mode intra, where they are given: other kernels, whose SMs copy (docs/collectives.md),
  intra_combine,
  inter_dispatch,  ///< and in mode inter.
  inter_combine,
};

/// Classes that are other than usual in one number format.
struct FormatKernels {
  std::optional<KernelEfficiency> gemm, grouped_gemm, attention, latent_attention;
};

/// Dispatch and combine that are other than usual in one mode.
struct ExchangeKernels {
  std::optional<KernelEfficiency> dispatch, combine;
};

/// The efficiency of each kernel class on one GPU.
struct Kernels {
  KernelEfficiency gemm;
  KernelEfficiency grouped_gemm;
  KernelEfficiency attention;
  std::optional<KernelEfficiency> latent_attention;  ///< As attention if not given.
  KernelEfficiency memory;
  /// Kernels of a format have code of their own: fp4 and fp8 of weights, fp8 of the KV cache.
  std::optional<FormatKernels> fp4, fp8, bf16;
  /// One kernel that stays from the first byte sent to the last received: it is launched once and has one floor. If not
  /// given, a collective sends with one kernel of class memory and receives with another.
  std::optional<KernelEfficiency> collective, dispatch, combine;
  std::optional<ExchangeKernels> intra, inter;

  /// The most special that is given: of the class in the format, of the class, for latent attention the same of
  /// attention.
  [[nodiscard]] const KernelEfficiency& of(KernelClass kernel_class, Dtype dtype) const;

  /// Whether collectives of this class are one kernel.
  [[nodiscard]] bool stays(KernelClass kernel_class) const { return of_collective(kernel_class) != nullptr; }

 private:
  /// None if it is not given, nor a more general one.
  [[nodiscard]] const KernelEfficiency* of_collective(KernelClass kernel_class) const;
};

struct Hbm {
  Bytes capacity = 0;
  BytesPerSecond bandwidth = 0;
};

/// Peak dense FLOP/s per number format; 0 where the GPU has none.
struct PeakFlops {
  FlopsPerSecond fp4 = 0;
  FlopsPerSecond fp8 = 0;
  FlopsPerSecond bf16 = 0;
  FlopsPerSecond fp32 = 0;

  [[nodiscard]] FlopsPerSecond of(Dtype dtype) const {
    switch (dtype) {
      case Dtype::fp4: return fp4;
      case Dtype::fp8: return fp8;
      case Dtype::bf16: return bf16;
      case Dtype::fp32: return fp32;
    }
    return 0;
  }
};

struct Gpu {
  Hbm hbm;
  PeakFlops peak;
  Seconds launch_overhead = 0;  ///< From the end of one kernel to the start of the next inside a captured graph.
  Kernels kernels;
  /// What one SM copies to or from other GPUs, bytes/s in each direction. Only endpoint limits need it.
  std::optional<BytesPerSecond> sm_copy_rate;
  std::optional<int> sms;  ///< Streaming multiprocessors, of which those that copy are taken from kernels.
};

/// The GPUs that reach each other without the fabric.
struct Island {
  /// switched: each GPU has one port into a non-blocking switch (NVSwitch); mesh: each pair of GPUs has a link of its
  /// own (AMD's Infinity Fabric).
  enum class Topology { switched, mesh };

  int size = 1;
  BytesPerSecond bandwidth = 0;  ///< Per direction: of a GPU's port, or of each link of the mesh.
  double efficiency = 1.0;       ///< Fraction of the nominal bandwidth that transfers reach, in (0, 1].
  Seconds latency = 0;           ///< From GPU to GPU.
  Topology topology = Topology::switched;
};

/// The network between islands; its endpoints are NICs. What each topology looks like: docs/topologies.md.
struct Fabric {
  enum class Topology { single_switch, rail, fat_tree, dragonfly, torus };
  /// Which of several equal ways a pair takes. by_destination: the destination's number modulo the ways (D-mod-k);
  /// hashed: a fixed function of both ends.
  enum class Routing { by_destination, hashed };

  BytesPerSecond bandwidth = 0;  ///< Per NIC and direction.
  double efficiency = 1.0;       ///< Fraction of nominal bandwidths that transfers reach, in (0, 1]; of all links.
  Seconds latency = 0;           ///< From GPU to GPU, without what the switches add.
  Seconds switch_latency = 0;    ///< Added for each switch on the way.
  std::optional<int> nics_per_island = std::nullopt;  ///< One per GPU if not given.
  Topology topology = Topology::single_switch;
  Routing routing = Routing::by_destination;  ///< Rail, fat-tree, dragonfly.
  // Rail and fat-tree.
  int leaf_size = 0;                         ///< NICs on one leaf switch.
  double oversubscription = 1.0;             ///< Of a leaf: bandwidth to its NICs / bandwidth to the spines.
  std::optional<int> spines = std::nullopt;  ///< Above a leaf; if not given ceil(leaf_size / oversubscription).
  // Fat-tree.
  int levels = 2;
  int pod_leaves = 0;                  ///< Three levels: leaves of one pod.
  double core_oversubscription = 1.0;  ///< Three levels: of a spine, towards the cores.
  // Dragonfly and torus.
  int nics_per_router = 1;
  std::optional<BytesPerSecond> link_bandwidth = std::nullopt;  ///< Between routers; the NIC's if not given.
  // Dragonfly.
  int routers_per_group = 0;
  int global_links = 0;  ///< Of each router.
  // Torus.
  std::vector<int> dimensions = {};  ///< Routers along x, y and z.
};

/// A GPU or link that does not reach its nominal figures: factors in (0, 1].
struct Degradation {
  std::optional<int> gpu;  ///< Either this,
  double nic = 1.0;        ///< Of the GPU's NIC, whoever shares it; both directions, as below.
  double nvlink = 1.0;
  double compute = 1.0;
  double hbm = 1.0;
  std::optional<std::string>
      link;  ///< or this: part of the name of links, whole words between points: "spine3", "leaf2.spine3.up".
  double bandwidth = 1.0;  ///< Of these links.
};

/// The hardware of a deployment.
struct Platform {
  std::string name;
  std::string source;
  Gpu gpu;
  Island island;
  Fabric fabric;
  std::vector<Degradation> degrade = {};                             ///< Deviations of single GPUs and links.
  std::optional<std::vector<Provenance>> provenance = std::nullopt;  ///< Of the figures above.
};

}  // namespace ringtail
