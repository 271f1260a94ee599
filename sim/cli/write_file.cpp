#include "cli/write_file.hpp"

#include "cli/pending_file.hpp"

namespace ringtail {

std::string write_file(const std::filesystem::path& file, const std::string& text, bool replace) {
  PendingFile pending(file, replace);
  pending.write(text);
  pending.put();
  return pending.error();
}

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error);
}

}  // namespace ringtail
