#include <fmt/format.h>

#include <array>

#include "fabric/tiers.hpp"

/// Torus of two or three dimensions with dimension-ordered routing: first along x, then y, then z, the shorter way
/// around. Opposite routers are as far both ways: from an even coordinate the way goes up, from an odd one down.
namespace ringtail {

namespace {

constexpr std::array<char, 3> axis{'x', 'y', 'z'};

class Torus final : public SwitchNetwork {
 public:
  Torus(const Fabric& fabric, Links& links) : nics_per_router_(fabric.nics_per_router), dimensions_(fabric.dimensions) {
    int routers = 1;
    for (const int n : dimensions_) routers *= n;
    for (int router = 0; router < routers; ++router)
      for (std::size_t d = 0; d < dimensions_.size(); ++d)
        for (const char direction : {'+', '-'})
          links_.push_back(links.add(fmt::format("router{}.{}{}", router, axis[d], direction), link_bandwidth(fabric)));
  }

  int route(int src_nic, int dst_nic, std::vector<LinkId>& links) const override {
    int at = src_nic / nics_per_router_;
    const int to = dst_nic / nics_per_router_;
    int switches = 1;
    int stride = 1;
    for (std::size_t d = 0; d < dimensions_.size(); stride *= dimensions_[d], ++d) {
      const int n = dimensions_[d];
      const int here = at / stride % n;
      const int up = (to / stride % n - here + n) % n;
      const bool goes_up = 2 * up != n ? 2 * up < n : here % 2 == 0;
      for (int step = goes_up ? up : n - up; up != 0 && step > 0; --step, ++switches) {
        links.push_back(link(at, d, goes_up));
        const int x = at / stride % n;
        at += ((x + (goes_up ? 1 : n - 1)) % n - x) * stride;
      }
    }
    return switches;
  }

 private:
  [[nodiscard]] LinkId link(int router, std::size_t dimension, bool up) const {
    return links_[(static_cast<std::size_t>(router) * dimensions_.size() + dimension) * 2 + (up ? 0 : 1)];
  }

  int nics_per_router_;
  std::vector<int> dimensions_;
  std::vector<LinkId> links_;  ///< Router, dimension, direction.
};

}  // namespace

std::unique_ptr<SwitchNetwork> make_torus(const Fabric& fabric, const NicLayout& /*nics*/, Links& links) {
  return std::make_unique<Torus>(fabric, links);
}

}  // namespace ringtail
