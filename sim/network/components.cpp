#include "network/components.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

#include "network/redundant_links.hpp"

namespace ringtail {
namespace {

constexpr auto none = std::numeric_limits<std::uint32_t>::max();

/// Sets of links that are joined step by step.
class LinkSets {
 public:
  explicit LinkSets(const Topology& topology) : parent_(topology.capacity.size()) {
    std::iota(parent_.begin(), parent_.end(), 0U);
    for_each_route(topology, [&](std::size_t, std::size_t, std::span<const std::uint32_t> links) {
      for (const std::uint32_t link : links) join(links[0], link);
    });
  }

  std::uint32_t find(std::uint32_t link) {
    while (parent_[link] != link) link = parent_[link] = parent_[parent_[link]];
    return link;
  }

 private:
  /// The lower link names the joint set, whatever the order of joining.
  void join(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

  std::vector<std::uint32_t> parent_;
};

/// What the links of a set are to its routes.
struct SetKind {
  bool has_ports = true;
  bool has_inner = false;
  [[nodiscard]] bool is_crossbar() const { return has_ports && !has_inner; }
};

/// Where a source goes to two ranks behind one port, as GPUs that share a NIC are, and not past the same links (these
/// GPUs have endpoint limits), source and port do not say which links are between: so they are no ports.
void refuse_second_ways(const Topology& topology, LinkSets& sets, std::vector<SetKind>& kinds) {
  struct Way {
    std::size_t source = std::numeric_limits<std::size_t>::max();
    std::span<const std::uint32_t> inner;
  };
  std::vector<Way> ways(topology.capacity.size());  // By last link.
  for_each_route(topology, [&](std::size_t source, std::size_t, std::span<const std::uint32_t> links) {
    const auto inner = links.subspan(1, std::max<std::size_t>(links.size(), 2) - 2);
    Way& way = ways[links.back()];
    if (way.source == source && !std::ranges::equal(way.inner, inner)) kinds[sets.find(links[0])].has_ports = false;
    way = {source, inner};
  });
}

/// By name of the set.
std::vector<SetKind> kinds_of(const Topology& topology, LinkSets& sets) {
  enum Place : std::uint8_t { first = 1, inner = 2, last = 4 };
  std::vector<std::uint8_t> places(topology.capacity.size());
  std::vector<SetKind> kinds(topology.capacity.size());
  for_each_route(topology, [&](std::size_t, std::size_t, std::span<const std::uint32_t> links) {
    for (std::size_t k = 1; k + 1 < links.size(); ++k) places[links[k]] |= inner;
    places[links.front()] |= first;
    places[links.back()] |= last;
  });
  for (std::uint32_t link = 0; link < places.size(); ++link) {
    SetKind& kind = kinds[sets.find(link)];
    if (places[link] == inner) kind.has_inner = true;
    if ((places[link] & (places[link] - 1)) != 0) kind.has_ports = false;
  }
  refuse_second_ways(topology, sets, kinds);
  return kinds;
}

/// Without links that never decide, except for the first and last ones of routes that are no crossbar's: these are the
/// ports.
Topology without_idle_links(const Topology& topology) {
  Topology reduced = without_redundant_links(topology);
  LinkSets sets(reduced);
  const std::vector<SetKind> kinds = kinds_of(reduced, sets);
  std::vector<std::uint32_t> kept;
  kept.reserve(reduced.route_links.size());
  for (std::size_t r = 0; r < reduced.routes.size(); ++r) {
    Topology::Route& route = reduced.routes[r];
    const auto links = reduced.links(route);
    const auto all = topology.links(topology.routes[r]);
    route.first = static_cast<std::uint32_t>(kept.size());
    kept.insert(kept.end(), links.begin(), links.end());
    if (!links.empty() && !kinds[sets.find(links[0])].is_crossbar()) {
      if (links.front() != all.front()) kept.insert(kept.begin() + route.first, all.front());
      if (links.back() != all.back()) kept.push_back(all.back());
    }
    route.length = static_cast<std::uint32_t>(kept.size()) - route.first;
  }
  reduced.route_links = std::move(kept);
  return reduced;
}

/// Numbers things in the order in which they are first asked for.
class Numbers {
 public:
  explicit Numbers(std::size_t things) : number_(things, none) {}

  /// Calls `first_time` for a thing that has none yet.
  template <class FirstTime>
  std::uint32_t of(std::size_t thing, std::uint32_t next, const FirstTime& first_time) {
    if (number_[thing] == none) {
      number_[thing] = next;
      first_time();
    }
    return number_[thing];
  }
  [[nodiscard]] std::uint32_t operator[](std::size_t thing) const { return number_[thing]; }

 private:
  std::vector<std::uint32_t> number_;
};

/// The inner links of a source's route to each ingress port of a component to which it has one.
struct SourceRoutes {
  std::vector<std::optional<std::span<const std::uint32_t>>> to;

  /// True if they differ for no port to which both have one.
  [[nodiscard]] bool agrees_with(const SourceRoutes& other) const {
    for (std::size_t port = 0; port < std::min(to.size(), other.to.size()); ++port)
      if (to[port] && other.to[port] && !std::ranges::equal(*to[port], *other.to[port])) return false;
    return true;
  }
  void merge(const SourceRoutes& other) {
    to.resize(std::max(to.size(), other.to.size()));
    for (std::size_t port = 0; port < other.to.size(); ++port)
      if (!to[port]) to[port] = other.to[port];
  }
};

class Builder {
 public:
  explicit Builder(const Topology& topology)
      : topology_(topology),
        sets_(topology_),
        kinds_(kinds_of(topology_, sets_)),
        component_(topology_.capacity.size()),
        number_(topology_.capacity.size()),
        port_(topology_.capacity.size()) {}

  Components build() {
    components_.paths.resize(topology_.routes.size());
    for (std::size_t first = 0; first < topology_.routes.size(); first += static_cast<std::size_t>(topology_.ranks))
      add_source(first);
    for (std::size_t c = 0; c < components_.all.size(); ++c) {
      ComponentLinks& component = components_.all[c];
      component.first.push_back(static_cast<std::uint32_t>(component.route_links.size()));
      if (!component.inner.empty()) number_inner(component.inner, origins_[c]);
    }
    return std::move(components_);
  }

 private:
  /// A rank in a class, whose routes begin with number `first`.
  void add_source(std::size_t first) {
    const std::size_t end = first + static_cast<std::size_t>(topology_.ranks);
    std::vector<std::pair<std::uint32_t, SourceRoutes>> routes;  // By component.
    for (std::size_t r = first; r < end; ++r)
      if (topology_.routes[r].length > 0) add_route(r, routes);
    for (auto& [component, to] : routes) {
      const std::uint16_t origin = origin_of(component, to);
      for (std::size_t r = first; r < end; ++r)
        if (topology_.routes[r].length > 0 && components_.paths[r].component == component)
          components_.paths[r].origin = origin;
    }
  }

  void add_route(std::size_t number, std::vector<std::pair<std::uint32_t, SourceRoutes>>& of_source) {
    const auto links = topology_.links(topology_.routes[number]);
    const std::uint32_t set = sets_.find(links[0]);
    const SetKind kind = kinds_[set];
    Path& path = components_.paths[number];
    path.component = component_of(set, kind);
    ComponentLinks& component = components_.all[path.component];
    if (kind.has_ports) {
      path.egress = add_port(component.egress, links.front());
      path.ingress = add_port(component.ingress, links.back());
    }
    if (kind.is_crossbar()) return;
    path.route = static_cast<std::uint32_t>(component.first.size());
    component.first.push_back(static_cast<std::uint32_t>(component.route_links.size()));
    component.longest = std::max(component.longest, links.size());
    for (const std::uint32_t link : links) component.route_links.push_back(add_link(component.capacity, number_, link));
    if (!kind.has_ports) return;
    const auto inner = links.subspan(1, links.size() - 2);
    for (const std::uint32_t link : inner) add_link(component.inner.capacity, port_, link);
    auto at =
        std::find_if(of_source.begin(), of_source.end(), [&](const auto& r) { return r.first == path.component; });
    if (at == of_source.end()) at = of_source.insert(at, {path.component, {}});
    auto& to = at->second.to;
    to.resize(std::max<std::size_t>(to.size(), path.ingress + std::size_t{1}));
    to[path.ingress] = inner;
  }

  std::uint32_t component_of(std::uint32_t set, const SetKind& kind) {
    const auto next = static_cast<std::uint32_t>(components_.all.size());
    if (!kind.has_ports) {
      if (without_ports_ == none) {
        without_ports_ = next;
        add_component();
      }
      return without_ports_;
    }
    return component_.of(set, next, [&] { add_component(); });
  }
  void add_component() {
    components_.all.emplace_back();
    origins_.emplace_back();
  }

  std::uint32_t add_link(std::vector<BytesPerSecond>& capacity, Numbers& numbers, std::uint32_t link) {
    return numbers.of(link, static_cast<std::uint32_t>(capacity.size()),
                      [&] { capacity.push_back(topology_.capacity[link]); });
  }
  std::uint16_t add_port(std::vector<BytesPerSecond>& side, std::uint32_t link) {
    return static_cast<std::uint16_t>(add_link(side, port_, link));
  }

  std::uint16_t origin_of(std::uint32_t component, const SourceRoutes& routes) {
    std::vector<SourceRoutes>& origins = origins_[component];
    auto at =
        std::find_if(origins.begin(), origins.end(), [&](const SourceRoutes& o) { return o.agrees_with(routes); });
    if (at == origins.end()) at = origins.insert(at, SourceRoutes{});
    at->merge(routes);
    return static_cast<std::uint16_t>(at - origins.begin());
  }

  void number_inner(InnerLinks& inner, const std::vector<SourceRoutes>& origins) const {
    for (const SourceRoutes& origin : origins) inner.ports = std::max(inner.ports, origin.to.size());
    for (const SourceRoutes& origin : origins) {
      for (std::size_t port = 0; port < inner.ports; ++port) {
        inner.first.push_back(static_cast<std::uint32_t>(inner.links.size()));
        if (port >= origin.to.size() || !origin.to[port]) continue;
        for (const std::uint32_t link : *origin.to[port]) inner.links.push_back(port_[link]);
      }
    }
    inner.first.push_back(static_cast<std::uint32_t>(inner.links.size()));
  }

  const Topology& topology_;
  LinkSets sets_;
  std::vector<SetKind> kinds_;
  Numbers component_;  ///< By set.
  Numbers number_;     ///< By link: in its component.
  Numbers port_;       ///< By link: among its component's egress ports, ingress ports or inner links.
  std::uint32_t without_ports_ = none;
  std::vector<std::vector<SourceRoutes>> origins_;  ///< By component.
  Components components_;
};

}  // namespace

Components components_of(const Topology& topology) { return Builder(without_idle_links(topology)).build(); }

}  // namespace ringtail
