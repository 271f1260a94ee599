#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringtail {

/// Whose SMs copy the bytes of an exchange: none (NICs and the send and receive kernels move them), those that a GPU
/// gives to dispatch and combine, or to dense collectives. How fast they are limits all ports of a GPU together.
enum class Copier : std::uint8_t { none, dispatch, dense };

inline constexpr std::size_t copier_count = 3;

/// By copier, the fraction of a GPU's SMs that it holds while a collective is under way; below 1 in all.
using TakenShares = std::array<double, copier_count>;

}  // namespace ringtail
