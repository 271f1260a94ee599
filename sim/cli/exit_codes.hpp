#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/exit_code.hpp"

namespace ringtail {

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view meaning;
};

inline constexpr std::array exit_codes = {
    ExitCodeMeaning{ExitCode::ok, "ok"},
    ExitCodeMeaning{ExitCode::failure, "Ringtail failed"},
    ExitCodeMeaning{ExitCode::bad_input, "mistake in the input"},
    ExitCodeMeaning{ExitCode::infeasible, "infeasible deployment"},
    ExitCodeMeaning{ExitCode::unfinished, "the simulated program cannot go on"},
    ExitCodeMeaning{ExitCode::interrupted, "interrupted"},
};

/// "Exit codes: 0 ok, 1 Ringtail failed, .."
[[nodiscard]] inline std::string exit_codes_text() {
  std::string text;
  for (const auto& [code, meaning] : exit_codes)
    text +=
        (text.empty() ? "Exit codes: " : ", ") + std::to_string(static_cast<int>(code)) + " " + std::string(meaning);
  return text + ".";
}

}  // namespace ringtail
