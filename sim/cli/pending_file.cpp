#include "cli/pending_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace ringtail {
namespace {

/// The permissions that a new file gets: mkstemp gives it fewer.
mode_t new_file_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

/// What a symbolic link stands for, whether it is there or not.
std::filesystem::path target_of(std::filesystem::path file) {
  std::error_code error;
  for (int links = 0; links < 40 && std::filesystem::is_symlink(file, error); ++links)  // Linux follows as many.
    file = file.parent_path() / std::filesystem::read_symlink(file, error);
  return file;
}

}  // namespace

PendingFile::PendingFile(const std::filesystem::path& file, bool replace)
    : file_(replace ? target_of(file) : file), temporary_(file_.string() + ".XXXXXX"), replace_(replace) {
  std::error_code ignored;
  const auto type = std::filesystem::symlink_status(file_, ignored).type();
  const bool exists = type != std::filesystem::file_type::not_found && type != std::filesystem::file_type::none;
  if (exists && !replace) {
    error_ = "exists already; --force replaces it";
  } else if (exists && type != std::filesystem::file_type::regular) {
    error_ = "is not a regular file";
  } else {
    descriptor_ = mkstemp(temporary_.data());
    if (descriptor_ < 0) fail(errno);
  }
}

PendingFile::~PendingFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  if (!is_put_ || !replace_) unlink(temporary_.c_str());
}

void PendingFile::fail(int error) { error_ = std::string("cannot be written: ") + std::strerror(error); }

void PendingFile::write(std::string_view text) {
  while (error_.empty() && !text.empty()) {
    const ssize_t count = ::write(descriptor_, text.data(), text.size());
    if (count < 0 && errno != EINTR) fail(errno);
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void PendingFile::put() {
  if (!error_.empty()) return;
  const bool is_on_disk = fchmod(descriptor_, new_file_mode()) == 0 && fsync(descriptor_) == 0;
  // A link fails if someone else has made the file in the meantime; a rename would replace it.
  is_put_ = is_on_disk &&
            (replace_ ? rename(temporary_.c_str(), file_.c_str()) : link(temporary_.c_str(), file_.c_str())) == 0;
  if (!is_put_) fail(errno);
}

}  // namespace ringtail
