#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "timeline/selection.hpp"

namespace ringtail {

/// The ports of a GPU in one direction each.
enum class Port : std::size_t { nvlink_out, nvlink_in, nic_out, nic_in };
inline constexpr std::size_t port_count = 4;
inline constexpr std::array<std::string_view, port_count> port_names = {"NVLink out", "NVLink in", "NIC out", "NIC in"};
inline constexpr std::array<const char*, port_count> port_counters = {"NVLink out GB/s", "NVLink in GB/s",
                                                                      "NIC out GB/s", "NIC in GB/s"};

/// Numbers of the tracks of a GPU's process, in the order in which viewers show them.
namespace track {
inline constexpr int compute = 1;  ///< Kernels and waits, in steps.
inline constexpr int hbm = 2;
inline constexpr int copies = 3;  ///< Of kernels that copy between the hops of a collective.
inline constexpr int first_port = 10;
inline constexpr int lanes_of_port = 90;  ///< Collectives that use a port at the same time have tracks of their own.
}  // namespace track

}  // namespace ringtail
