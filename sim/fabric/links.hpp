#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/units.hpp"

namespace ringtail {

/// A link in one direction. Names are words between points, each word a device: "leaf2.spine3.up".
struct Link {
  std::string name;
  BytesPerSecond bandwidth = 0;
};

using LinkId = std::uint32_t;

/// The links of a cluster, numbered in the order in which they are added.
class Links {
 public:
  LinkId add(std::string name, BytesPerSecond bandwidth) {
    all_.push_back({std::move(name), bandwidth});
    return static_cast<LinkId>(all_.size() - 1);
  }

  [[nodiscard]] const std::vector<Link>& all() const { return all_; }
  [[nodiscard]] std::vector<Link>& all() { return all_; }

 private:
  std::vector<Link> all_;
};

}  // namespace ringtail
