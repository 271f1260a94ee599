#include "cli/pending_files.hpp"

namespace ringtail {

PendingFile& PendingFiles::add(const std::filesystem::path& file) {
  names_.push_back(file);
  return files_.emplace_back(file, true);
}

std::optional<PendingFiles::Failure> PendingFiles::failure() const {
  for (std::size_t i = 0; i < files_.size(); ++i)
    if (!files_[i].error().empty()) return Failure{names_[i], files_[i].error()};
  return std::nullopt;
}

std::optional<PendingFiles::Failure> PendingFiles::put() {
  if (auto failed = failure()) return failed;
  for (PendingFile& file : files_) file.put();
  return failure();
}

}  // namespace ringtail
