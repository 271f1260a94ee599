#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace ringtail {

/// A count with what is counted: "1 GPU", "8 GPUs".
template <class Count>
[[nodiscard]] std::string count_text(Count count, std::string_view unit) {
  return fmt::format("{} {}{}", count, unit, count == Count{1} ? "" : "s");
}

}  // namespace ringtail
