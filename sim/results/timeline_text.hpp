#pragma once

#include <string>

#include "results/text_style.hpp"
#include "timeline/detail.hpp"

namespace ringtail {

/// What the busiest, the median and the idlest GPU do in the layer of median length, each in a line that is as long as
/// the layer, and its longest parts below. By time in kernels of that layer; of GPUs that have as much, by number. Of
/// one or two GPUs each is shown once.
[[nodiscard]] std::string timeline_text(const Detail& detail, const TextStyle& style);

}  // namespace ringtail
