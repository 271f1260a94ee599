#include "study/store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <string_view>
#include <utility>

namespace ringtail {
namespace {

constexpr int format_version = 1;  // of the tables; written as the file's user_version

constexpr const char* tables = R"(
CREATE TABLE IF NOT EXISTS points (
  identity TEXT PRIMARY KEY,   -- hash of what is simulated: study/point.hpp
  outcome TEXT NOT NULL,       -- done, infeasible, failed, timeout
  reason TEXT NOT NULL,        -- empty if done
  result TEXT NOT NULL,        -- JSON as in docs/results.md; empty unless done
  wall_s REAL NOT NULL,
  peak_rss_bytes REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plan (
  identity TEXT PRIMARY KEY,
  label TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS planned_by (version TEXT NOT NULL);
)";

}  // namespace

/// A prepared statement.
class Store::Statement {
 public:
  Statement(const Store& store, const char* sql) : store_(store) {
    if (sqlite3_prepare_v2(store.database_.get(), sql, -1, &statement_, nullptr) != SQLITE_OK) store.fail("read");
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, const std::string& text) {
    sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
  }
  Statement& bind(int index, double value) {
    sqlite3_bind_double(statement_, index, value);
    return *this;
  }

  /// True if there is a row.
  bool step(const char* what) {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) store_.fail(what);
    return code == SQLITE_ROW;
  }
  void again() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  [[nodiscard]] std::string text(int column) const {
    const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : "";
  }
  [[nodiscard]] double number(int column) const { return sqlite3_column_double(statement_, column); }

 private:
  const Store& store_;
  sqlite3_stmt* statement_ = nullptr;
};

void Store::Closer::operator()(sqlite3* database) const { sqlite3_close(database); }

Store::Store(const std::filesystem::path& file, int flags) : file_(file) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &database, flags, nullptr);
  database_.reset(database);
  if (code != SQLITE_OK) fail("open");
}

Store Store::open(const std::filesystem::path& file) {
  Store store(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  // The lock is taken by the first write transaction and kept until this process ends.
  store.execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; BEGIN EXCLUSIVE");
  Statement version(store, "PRAGMA user_version");
  version.step("read");
  const int found = static_cast<int>(version.number(0));
  version.again();
  if (found != 0 && found != format_version)
    throw StoreError(
        fmt::format("{} was written by another version of Ringtail: give another --output", file.string()));
  store.execute(tables);
  store.execute(fmt::format("PRAGMA user_version={}; COMMIT", format_version));
  return store;
}

Store Store::open_to_read(const std::filesystem::path& file) {
  Store store(file, SQLITE_OPEN_READWRITE);  // a journal that a killed sweep left has to be rolled back
  Statement version(store, "PRAGMA user_version");
  version.step("read");
  if (static_cast<int>(version.number(0)) != format_version)
    throw StoreError(fmt::format("{} is not a store of a sweep, or of another version of Ringtail", file.string()));
  return store;
}

std::map<std::string, std::string> Store::outcomes() const {
  std::map<std::string, std::string> result;
  for (Statement rows(*this, "SELECT identity, outcome FROM points"); rows.step("read");)
    result.emplace(rows.text(0), rows.text(1));
  return result;
}

std::optional<PointRecord> Store::find(const std::string& identity) const {
  Statement row(*this, "SELECT outcome, reason, result, wall_s, peak_rss_bytes FROM points WHERE identity = ?");
  if (!row.bind(1, identity).step("read")) return std::nullopt;
  return PointRecord{identity, row.text(0), row.text(1), row.text(2), row.number(3), row.number(4)};
}

void Store::write(const PointRecord& record) {
  Statement insert(*this, "INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?, ?, ?)");
  insert.bind(1, record.identity).bind(2, record.outcome).bind(3, record.reason).bind(4, record.result);
  insert.bind(5, record.wall_s).bind(6, record.peak_memory);
  insert.step("write");
}

StoredPlan Store::plan() const {
  StoredPlan result;
  Statement version(*this, "SELECT version FROM planned_by");
  if (version.step("read")) result.version = version.text(0);
  for (Statement rows(*this, "SELECT identity, label FROM plan"); rows.step("read");)
    result.labels.emplace(rows.text(0), rows.text(1));
  return result;
}

void Store::write_plan(const StoredPlan& plan) {
  execute("BEGIN; DELETE FROM plan; DELETE FROM planned_by");
  Statement(*this, "INSERT INTO planned_by VALUES (?)").bind(1, plan.version).step("write");
  Statement insert(*this, "INSERT INTO plan VALUES (?, ?)");
  for (const auto& [identity, label] : plan.labels) {
    insert.bind(1, identity).bind(2, label).step("write");
    insert.again();
  }
  execute("COMMIT");
}

void Store::execute(const std::string& sql) const {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail("write");
}

void Store::fail(const std::string& what) const {
  sqlite3* const database = database_.get();
  const int code = sqlite3_errcode(database) & 0xFF;
  const std::string name = file_.string();
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw StoreError(fmt::format("another sweep is using {}: wait for it, or give another --output", name));
    case SQLITE_FULL:
    case SQLITE_IOERR:
      throw StoreError(
          fmt::format("cannot {} {}: {}; the disk may be full: what is finished is kept, and the same command goes on",
                      what, name, sqlite3_errmsg(database)));
    case SQLITE_NOTADB: throw StoreError(fmt::format("{} is not a store of a sweep: give another --output", name));
    default: throw StoreError(fmt::format("cannot {} {}: {}", what, name, sqlite3_errmsg(database)));
  }
}

}  // namespace ringtail
