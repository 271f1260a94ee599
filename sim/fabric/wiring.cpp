#include "fabric/wiring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "fabric/problem.hpp"

namespace ringtail {

Wiring::Wiring(const Platform& platform, int gpus, const EndpointLimits& limits, std::vector<int> gpu_of_rank)
    : island_(platform.island),
      fabric_(platform.fabric),
      gpu_of_rank_(std::move(gpu_of_rank)),
      nics_per_island_(platform.fabric.nics_per_island.value_or(platform.island.size)) {
  if (const auto problem = wiring_problem(platform, gpus)) throw std::invalid_argument(problem->message);
  std::vector<int> in_order(static_cast<std::size_t>(gpus));
  std::iota(in_order.begin(), in_order.end(), 0);
  if (gpu_of_rank_.empty()) gpu_of_rank_ = in_order;
  if (!std::is_permutation(in_order.begin(), in_order.end(), gpu_of_rank_.begin(), gpu_of_rank_.end()))
    throw std::invalid_argument("ranks must be on different GPUs of the cluster");
  if (island_.topology == Island::Topology::mesh) {
    add_mesh();
    of_ports_ = (std::min(gpus, island_.size) - 1) * island_.bandwidth * island_.efficiency;
  } else {
    for (int gpu = 0; gpu < gpus; ++gpu)
      nvlink_.push_back(add_port(fmt::format("gpu{}.nvlink", gpu), island_.bandwidth * island_.efficiency));
    of_ports_ = island_.bandwidth * island_.efficiency;
  }
  if (gpus > island_.size) {
    const NicLayout nics{gpus / island_.size, nics_per_island_};
    for (int nic = 0; nic < nics.nics(); ++nic)
      nic_.push_back(add_port(fmt::format("nic{}", nic), nic_bandwidth(platform.fabric)));
    of_ports_ += nic_bandwidth(platform.fabric);
    switches_ = make_switch_network(platform.fabric, nics, links_);
  }
  for (const Degradation& degradation : platform.degrade) degrade(degradation);
  add_limit(Copier::dispatch, "dispatch_sms", limits.dispatch);
  add_limit(Copier::dense, "dense_sms", limits.dense);
}

Wiring::Port Wiring::add_port(const std::string& name, BytesPerSecond bandwidth) {
  const LinkId out = links_.add(name + ".out", bandwidth);
  return {out, links_.add(name + ".in", bandwidth)};
}

void Wiring::add_mesh() {
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    const int first = gpu / island_.size * island_.size;
    for (int peer = first; peer < first + island_.size; ++peer) {
      const bool is_pair = peer != gpu && peer < gpus();
      // The place of a pair that is none stays.
      mesh_.push_back(
          is_pair ? links_.add(fmt::format("gpu{}.nvlink.gpu{}", gpu, peer), island_.bandwidth * island_.efficiency)
                  : 0);
    }
  }
}

void Wiring::add_limit(Copier copier, const std::string& name, std::optional<BytesPerSecond> limit) {
  if (!limit || *limit >= of_ports_) return;
  for (int gpu = 0; gpu < gpus(); ++gpu)
    sms_[static_cast<std::size_t>(copier)].push_back(add_port(fmt::format("gpu{}.{}", gpu, name), *limit));
}

int Wiring::nic_of_gpu(int gpu) const {
  return gpu / island_.size * nics_per_island_ + gpu % island_.size * nics_per_island_ / island_.size;
}

Seconds Wiring::route(int from_rank, int to_rank, std::vector<LinkId>& links, Copier copier) const {
  const int src = gpu(from_rank);
  const int dst = gpu(to_rank);
  const std::size_t first = links.size();
  const Seconds latency = route_over_ports(src, dst, links);
  if (!is_limited(copier)) return latency;
  const auto& sms = sms_[static_cast<std::size_t>(copier)];
  const std::ptrdiff_t outer = links.size() == first + 1 ? 0 : 1;
  links.insert(links.begin() + static_cast<std::ptrdiff_t>(first) + outer, sms[static_cast<std::size_t>(src)].out);
  links.insert(links.end() - outer, sms[static_cast<std::size_t>(dst)].in);
  return latency;
}

Seconds Wiring::route_over_ports(int src, int dst, std::vector<LinkId>& links) const {
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  if (src / island_.size == dst / island_.size) {
    if (island_.topology == Island::Topology::mesh) {
      links.push_back(mesh_[at(src * island_.size + dst % island_.size)]);
    } else {
      links.push_back(nvlink_[at(src)].out);
      links.push_back(nvlink_[at(dst)].in);
    }
    return island_.latency;
  }
  const int from = nic_of_gpu(src);
  const int to = nic_of_gpu(dst);
  links.push_back(nic_[at(from)].out);
  const int switches = switches_->route(from, to, links);
  links.push_back(nic_[at(to)].in);
  return fabric_.latency + switches * fabric_.switch_latency;
}

void Wiring::degrade(const Degradation& degradation) {
  if (degradation.link)
    for (Link& link : links_.all())
      if (names_link(*degradation.link, link.name)) link.bandwidth *= degradation.bandwidth;
  if (!degradation.gpu) return;
  if (!nic_.empty()) {
    const Port& port = nic_[static_cast<std::size_t>(nic_of_gpu(*degradation.gpu))];
    for (const LinkId link : {port.out, port.in}) links_.all()[link].bandwidth *= degradation.nic;
  }
  degrade_island_links(*degradation.gpu, degradation.nvlink);
}

void Wiring::degrade_island_links(int gpu, double factor) {
  const auto apply = [&](LinkId link) { links_.all()[link].bandwidth *= factor; };
  if (island_.topology == Island::Topology::switched) {
    apply(nvlink_[static_cast<std::size_t>(gpu)].out);
    apply(nvlink_[static_cast<std::size_t>(gpu)].in);
    return;
  }
  const int first = gpu / island_.size * island_.size;
  for (int peer = first; peer < std::min(gpus(), first + island_.size); ++peer) {
    if (peer == gpu) continue;
    apply(mesh_[static_cast<std::size_t>(gpu * island_.size + peer - first)]);
    apply(mesh_[static_cast<std::size_t>(peer * island_.size + gpu - first)]);
  }
}

bool names_link(std::string_view part, std::string_view link) {
  for (std::size_t at = link.find(part); at != link.npos && !part.empty(); at = link.find(part, at + 1)) {
    const std::size_t end = at + part.size();
    if ((at == 0 || link[at - 1] == '.') && (end == link.size() || link[end] == '.')) return true;
  }
  return false;
}

}  // namespace ringtail
