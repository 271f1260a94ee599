#pragma once

#include <filesystem>
#include <string>

namespace ringtail {

/// Writes a file as a whole or not at all: under another name beside it, then renamed. A file that is there already is
/// replaced only if `replace`, and only if it is a regular file. Returns why it was not written; empty if it was.
[[nodiscard]] std::string write_file(const std::filesystem::path& file, const std::string& text, bool replace);

/// Whether both name the same existing file: what is read must not be written over.
[[nodiscard]] bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace ringtail
