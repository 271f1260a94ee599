#include "network/components.hpp"

#include <algorithm>
#include <numeric>

namespace ringtail {
namespace {

/// Sets of links that are joined step by step.
class LinkSets {
 public:
  explicit LinkSets(std::size_t links) : parent_(links) { std::iota(parent_.begin(), parent_.end(), 0U); }

  std::uint32_t find(std::uint32_t link) {
    while (parent_[link] != link) link = parent_[link] = parent_[parent_[link]];
    return link;
  }
  /// The lower link names the joint set, whatever the order of joining.
  void join(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> parent_;
};

/// In which places of routes a link is.
struct Places {
  bool first = false;
  bool second = false;
};

}  // namespace

Components::Components(const Topology& topology)
    : crossbar_of_set_(topology.capacity.size(), none), ports_(topology.capacity.size()) {
  LinkSets sets(topology.capacity.size());
  std::vector<Places> places(topology.capacity.size());
  std::vector<std::uint8_t> is_crossbar(topology.capacity.size(), 1);  // By link: as far as its own routes tell.
  for_each_route(topology, [&](int, int, std::span<const std::uint32_t> links) {
    for (const std::uint32_t link : links) sets.join(links[0], link);
    if (links.size() == 2) {
      places[links[0]].first = true;
      places[links[1]].second = true;
    } else {
      is_crossbar[links[0]] = 0;
    }
  });
  for (std::uint32_t link = 0; link < places.size(); ++link)
    if (is_crossbar[link] == 0 || (places[link].first && places[link].second)) is_crossbar[sets.find(link)] = 0;
  for_each_route(topology, [&](int, int, std::span<const std::uint32_t> links) {
    const std::uint32_t set = sets.find(links[0]);
    if (is_crossbar[set] == 0) return;
    number(links[0], set, true, topology.capacity[links[0]]);
    number(links[1], set, false, topology.capacity[links[1]]);
  });
}

/// Makes a link the next port of its crossbar, unless it is one.
void Components::number(std::uint32_t link, std::uint32_t set, bool is_egress, BytesPerSecond capacity) {
  if (ports_[link].crossbar != none) return;
  std::uint32_t& crossbar = crossbar_of_set_[set];
  if (crossbar == none) {
    crossbar = static_cast<std::uint32_t>(crossbars_.size());
    crossbars_.emplace_back();
  }
  auto& side = is_egress ? crossbars_[crossbar].egress : crossbars_[crossbar].ingress;
  ports_[link] = {crossbar, static_cast<std::uint16_t>(side.size())};
  side.push_back(capacity);
}

std::optional<Components::Ports> Components::ports(std::span<const std::uint32_t> route) const {
  const Port& egress = ports_[route[0]];
  if (egress.crossbar == none) return std::nullopt;
  return Ports{egress.crossbar, egress.number, ports_[route[1]].number};
}

}  // namespace ringtail
