#include "fabric/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "fabric/tiers.hpp"

namespace ringtail {

namespace {

using Problem = std::optional<WiringProblem>;

Problem leaf_problem(const Fabric& fabric, int nics_per_island) {
  if (fabric.leaf_size < 1) return WiringProblem{"fabric.leaf_size", "fabric.leaf_size is missing", {}};
  if (fabric.levels == 3 && fabric.topology == Fabric::Topology::fat_tree && fabric.pod_leaves < 1)
    return WiringProblem{"fabric.pod_leaves", "fabric.pod_leaves is missing", {}};
  const int size = fabric.leaf_size;
  if (fabric.topology == Fabric::Topology::rail || size % nics_per_island == 0 || nics_per_island % size == 0)
    return std::nullopt;
  const int below = size / nics_per_island * nics_per_island;
  return WiringProblem{
      "fabric.leaf_size",
      fmt::format("fabric.leaf_size = {} splits islands of {} NICs unevenly", size, nics_per_island),
      below > 0 ? fmt::format("use a multiple of {} such as {} or {}", nics_per_island, below, below + nics_per_island)
                : fmt::format("use one of {}, or a multiple of {}", divisors(nics_per_island), nics_per_island),
      {"fabric.nics_per_island", "island.size"}};
}

Problem dragonfly_problem(const Fabric& fabric, const NicLayout& nics) {
  if (fabric.routers_per_group < 1 || fabric.global_links < 1)
    return WiringProblem{"fabric", "fabric.routers_per_group or fabric.global_links is missing", {}};
  const std::int64_t group = std::int64_t{fabric.routers_per_group} * fabric.nics_per_router;
  const std::int64_t groups = (nics.nics() + group - 1) / group;
  const std::int64_t ports = std::int64_t{fabric.routers_per_group} * fabric.global_links;
  if (groups - 1 <= ports) return std::nullopt;
  const std::int64_t needed = (groups - 2) / fabric.routers_per_group + 1;
  return WiringProblem{
      "fabric.global_links",
      fmt::format(
          "fabric: {} NICs make {} groups, but a group has routers_per_group · global_links = {} links to others",
          nics.nics(), groups, ports),
      fmt::format("global_links = {} would do, or larger groups", needed),
      {"gpus", "fabric.routers_per_group"}};
}

Problem torus_problem(const Fabric& fabric, const NicLayout& nics) {
  if (fabric.dimensions.size() != 2 && fabric.dimensions.size() != 3)
    return WiringProblem{"fabric.dimensions", "fabric.dimensions must be two or three numbers",
                         "write it like [8, 8] or [4, 4, 4]"};
  double routers = 1;
  for (const int n : fabric.dimensions) routers *= n;
  if (routers * fabric.nics_per_router == nics.nics()) return std::nullopt;
  double without_last = fabric.nics_per_router;
  for (std::size_t d = 0; d + 1 < fabric.dimensions.size(); ++d) without_last *= fabric.dimensions[d];
  const double last = nics.nics() / without_last;
  std::string help = "the product of dimensions and nics_per_router must be the number of NICs";
  if (last == std::floor(last) && last >= 1)
    help += fmt::format(": {} in place of {} would do", last, fabric.dimensions.back());
  return WiringProblem{
      "fabric.dimensions",
      fmt::format("fabric.dimensions: {} · {} = {} NICs, but there are {}", fmt::join(fabric.dimensions, " · "),
                  fabric.nics_per_router, routers * fabric.nics_per_router, nics.nics()),
      help,
      {"gpus"}};
}

/// Links of the mesh or between switches; doubles hold any product of what YAML allows.
double link_count(const Platform& platform, int gpus, const NicLayout& nics) {
  const Fabric& fabric = platform.fabric;
  const double mesh =
      platform.island.topology == Island::Topology::mesh ? double{1} * gpus * platform.island.size : 0.0;
  const double leaf_ways =
      fabric.spines.value_or(static_cast<int>(std::ceil(fabric.leaf_size / fabric.oversubscription)));
  const auto whole = [](double size, double all) { return std::ceil(all / std::max(size, 1.0)); };
  switch (fabric.topology) {
    case Fabric::Topology::single_switch:
    case Fabric::Topology::torus: return mesh;
    case Fabric::Topology::rail: return mesh + 2 * whole(fabric.leaf_size, nics.islands) * nics.per_island * leaf_ways;
    case Fabric::Topology::fat_tree: {
      const double leaves = whole(fabric.leaf_size, nics.nics());
      const double spine_ways = fabric.levels == 3 ? std::ceil(fabric.pod_leaves / fabric.core_oversubscription) : 0.0;
      return mesh + 2 * leaf_ways * (leaves + whole(fabric.pod_leaves, leaves) * spine_ways);
    }
    case Fabric::Topology::dragonfly: {
      const double group = double{1} * fabric.routers_per_group * fabric.nics_per_router;
      const double ports = double{1} * fabric.routers_per_group * fabric.global_links;
      return mesh +
             whole(group, nics.nics()) * (double{1} * fabric.routers_per_group * fabric.routers_per_group + ports);
    }
  }
  return mesh;
}

/// More links than a machine can hold are a mistake in the YAML.
Problem size_problem(const Platform& platform, int gpus, const NicLayout& nics) {
  constexpr double most_links = 4e6;
  const double links = link_count(platform, gpus, nics);
  if (links <= most_links) return std::nullopt;
  return WiringProblem{
      platform.island.topology == Island::Topology::mesh ? "island" : "fabric",
      fmt::format("{:.3g} links connect {} GPUs; at most {:.0f} are possible", links, gpus, most_links),
      {},
      {"gpus"}};
}

}  // namespace

std::string divisors(int n) {
  std::string text;
  for (int i = 1; i <= n; ++i)
    if (n % i == 0) text += fmt::format("{}{}", text.empty() ? "" : ", ", i);
  return text;
}

std::optional<WiringProblem> wiring_problem(const Platform& platform, int gpus) {
  const int size = platform.island.size;
  const Fabric& fabric = platform.fabric;
  const int per_island = fabric.nics_per_island.value_or(size);
  if (size % per_island != 0)
    return WiringProblem{"fabric.nics_per_island",
                         fmt::format("fabric.nics_per_island = {} does not divide island.size = {}", per_island, size),
                         fmt::format("each NIC serves equally many GPUs; use one of {}", divisors(size)),
                         {"island.size"}};
  const NicLayout nics{std::max(1, gpus / size), per_island};
  if (auto problem = size_problem(platform, gpus, nics)) return problem;
  if (gpus <= size) return std::nullopt;  // One island, no fabric.
  if (gpus % size != 0)
    return WiringProblem{"gpus", fmt::format("gpus = {} does not fill islands of {}", gpus, size), {}};
  switch (fabric.topology) {
    case Fabric::Topology::single_switch: return std::nullopt;
    case Fabric::Topology::rail:
    case Fabric::Topology::fat_tree: return leaf_problem(fabric, per_island);
    case Fabric::Topology::dragonfly: return dragonfly_problem(fabric, nics);
    case Fabric::Topology::torus: return torus_problem(fabric, nics);
  }
  return std::nullopt;
}

}  // namespace ringtail
