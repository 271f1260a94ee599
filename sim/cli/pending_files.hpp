#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/pending_file.hpp"

namespace ringtail {

/// Files that get their names together, when each has been written: if one cannot be, none appears.
class PendingFiles {
 public:
  struct Failure {
    std::filesystem::path file;
    std::string why;
  };

  /// One more, which replaces a file that is there already. It stays where it is.
  PendingFile& add(const std::filesystem::path& file);

  /// The first that could not be written.
  [[nodiscard]] std::optional<Failure> failure() const;

  /// Gives all of them their names, unless one failed before.
  [[nodiscard]] std::optional<Failure> put();

 private:
  std::deque<std::filesystem::path> names_;
  std::deque<PendingFile> files_;
};

}  // namespace ringtail
