#include "cli/write_file.hpp"

#include "cli/pending_file.hpp"

namespace ringtail {

std::string write_file(const std::filesystem::path& file, const std::string& text, bool replace) {
  PendingFile pending(file, replace);
  pending.write(text);
  pending.put();
  return pending.error();
}

}  // namespace ringtail
