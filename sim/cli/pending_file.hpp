#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ringtail {

/// A file that appears as a whole or not at all: written under another name beside it, then renamed.
class PendingFile {
 public:
  /// A file that is there already is replaced only if `replace`, and only if it is a regular file; of a symbolic link
  /// what it points to, and the link stays.
  PendingFile(const std::filesystem::path& file, bool replace);
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile();  ///< What has not been put is removed.

  /// Why the file cannot be written; empty as long as it can.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// Of the file under its other name.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  void write(std::string_view text);
  /// Gives the file its name, unless there was an error.
  void put();

 private:
  void fail(int error);

  std::filesystem::path file_;
  std::string temporary_;
  bool replace_;
  int descriptor_ = -1;
  bool is_put_ = false;
  std::string error_;
};

}  // namespace ringtail
