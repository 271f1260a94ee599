#pragma once

#include <cstdint>

namespace ringtail {

/// Who the bytes on their way belong to.
struct Flow {
  std::uint64_t exchange = 0;
  int src = 0;
  int dst = 0;
};

/// Flows of one exchange that have come to their end together, as far as one rank is concerned: `src` sees what it has
/// sent, `dst` what it has received.
struct Finished {
  enum class Kind { sent, received };
  Kind kind = Kind::sent;
  std::uint64_t exchange = 0;
  int rank = 0;
  std::uint32_t flows = 1;
  int last_src = -1;  ///< received only: whose flow ended last; the lowest rank of several at once.
};

}  // namespace ringtail
