#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "study/point.hpp"

struct sqlite3;

namespace ringtail {

/// The store cannot be opened, read or written; what() says why and what to do, in words for the user.
class StoreError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What was planned when a sweep last ran.
struct StoredPlan {
  std::string version;                        ///< Of Ringtail; empty before the first sweep.
  std::map<std::string, std::string> labels;  ///< Of points, by identity.
};

/// The outcomes of a study's points, or of a shard's, in one SQLite file: rollback journal, synchronous=FULL, one
/// writer. A record that was written survives whatever ends this process.
class Store {
 public:
  /// Opens the file, or makes it, and keeps all others from it. Throws StoreError, also if another sweep has it open.
  static Store open(const std::filesystem::path& file);

  /// Opens a file that is there, for reading.
  static Store open_to_read(const std::filesystem::path& file);

  /// The outcome of each point, by identity.
  [[nodiscard]] std::map<std::string, std::string> outcomes() const;
  [[nodiscard]] std::optional<PointRecord> find(const std::string& identity) const;

  /// Writes a record, in place of an earlier one of the same point.
  void write(const PointRecord& record);

  [[nodiscard]] StoredPlan plan() const;
  void write_plan(const StoredPlan& plan);

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
  };

  Store(const std::filesystem::path& file, int flags);
  void execute(const std::string& sql) const;
  [[noreturn]] void fail(const std::string& what) const;

  class Statement;
  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Closer> database_;
};

}  // namespace ringtail
