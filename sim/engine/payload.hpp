#pragma once

namespace ringtail {

/// SimGrid's Comms carry whole numbers, transfers need not be whole bytes. So a Comm counts its bytes in fractions of
/// 1/2^24, and SimGrid's bandwidth factor makes links as many times faster. A transfer must be below 2^63 of these, 550
/// GB.
inline constexpr double payload_per_byte = 16777216;

}  // namespace ringtail
