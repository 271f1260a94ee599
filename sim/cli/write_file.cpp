#include "cli/write_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace ringtail {
namespace {

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// The permissions that a new file gets: mkstemp gives it fewer.
mode_t new_file_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

std::string write_file(const std::filesystem::path& file, const std::string& text, bool replace) {
  std::error_code ignored;
  const auto type = std::filesystem::symlink_status(file, ignored).type();
  const bool exists = type != std::filesystem::file_type::not_found && type != std::filesystem::file_type::none;
  if (exists && !replace) return "exists already; --force replaces it";
  if (exists && type != std::filesystem::file_type::regular) return "is not a regular file";
  std::string temporary = file.string() + ".XXXXXX";
  const int descriptor = mkstemp(temporary.data());
  if (descriptor < 0) return std::string("cannot be written: ") + std::strerror(errno);
  const bool written =
      write_all(descriptor, text) && fchmod(descriptor, new_file_mode()) == 0 && fsync(descriptor) == 0;
  int error = written ? 0 : errno;
  if (close(descriptor) != 0 && error == 0) error = errno;
  // A link fails if someone else has made the file in the meantime; a rename would replace it.
  const auto put = [&] {
    return replace ? rename(temporary.c_str(), file.c_str()) : link(temporary.c_str(), file.c_str());
  };
  if (error == 0 && put() != 0) error = errno;
  if (error != 0 || !replace) unlink(temporary.c_str());
  return error == 0 ? std::string() : std::string("cannot be written: ") + std::strerror(error);
}

}  // namespace ringtail
