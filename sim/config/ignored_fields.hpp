#pragma once

#include <string_view>

namespace ringtail {

/// Why a field of a Hugging Face config.json says nothing about what decoding costs, nor about memory; empty if the
/// field is not known. Fields that begin with '_' are the library's own bookkeeping.
[[nodiscard]] std::string_view reason_to_ignore(std::string_view key);

}  // namespace ringtail
