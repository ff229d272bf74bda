// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;       // NOLINT(readability-identifier-naming): SQLite's
struct sqlite3_stmt;  // NOLINT(readability-identifier-naming): SQLite's

namespace olivine::sweep {

// How a database file is opened.
enum class SqliteMode : uint8_t {
  Create,    // to change; made where it is missing
  Change,    // to change; must be there
  Read,      // beside others that may change it
  Immutable  // nobody can change it, or nobody does: no file is created or locked
};

// One connection, for one thread at a time. All methods throw ConfigError, one line with the path,
// for what SQLite reports: disk full, locked, damaged, no database, not readable or writable.
class SqliteConnection {
 public:
  // `path` may be ":memory:", or "" of a temporary file that nobody else sees (both: Create).
  // Waits `kBusyMs` for locks of other processes.
  SqliteConnection(const std::string& path, SqliteMode mode);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  static constexpr int kBusyMs = 5000;

  // Statements without results.
  void run(const std::string& sql) const;
  // The first column of the first row: a number or text; 0 or "" where there is no row.
  [[nodiscard]] int64_t integer(const std::string& sql) const;
  [[nodiscard]] std::string text(const std::string& sql) const;
  // Rows that the last statement inserted, changed or deleted.
  [[nodiscard]] uint64_t changes() const;
  [[nodiscard]] bool is_in_transaction() const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  // Whether the last statement failed because another process holds a lock.
  [[nodiscard]] bool is_busy() const;
  // The error of the last call. `is_reading`: of a statement that changes nothing.
  [[noreturn]] void fail(bool is_reading) const;

 private:
  void check_file() const;
  [[noreturn]] void fail_by(int code) const;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement. Contract: the connection outlives it and stays where it is; parameters
// count from 1 and columns from 0, as in SQLite; texts and bytes that are bound stay alive until
// the statement has run.
class SqliteStatement {
 public:
  SqliteStatement(const SqliteConnection& connection, std::string_view sql);

  void bind_integer(int parameter, int64_t value);
  void bind_real(int parameter, double value);
  void bind_text(int parameter, std::string_view text);
  void bind_bytes(int parameter, std::span<const uint8_t> bytes);
  void bind_null(int parameter);

  // Whether there is a (next) row.
  bool step();
  // Ready to run again; ends its read transaction.
  void reset() noexcept;

  enum class Type : uint8_t { Null, Integer, Real, Text, Bytes };
  [[nodiscard]] Type type(int column) const;
  [[nodiscard]] int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  // until the next step
  [[nodiscard]] std::span<const uint8_t> bytes(int column) const;

 private:
  void check(int code) const;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  const SqliteConnection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Resets a statement when a scope ends, by an exception too.
class SqliteRun {
 public:
  explicit SqliteRun(SqliteStatement& statement) : statement_(statement) {}
  ~SqliteRun() { statement_.reset(); }
  SqliteRun(const SqliteRun&) = delete;
  SqliteRun& operator=(const SqliteRun&) = delete;

 private:
  SqliteStatement& statement_;
};

// A write transaction; what was not committed is rolled back.
class SqliteTransaction {
 public:
  explicit SqliteTransaction(const SqliteConnection& connection);
  ~SqliteTransaction();
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  void commit();

 private:
  const SqliteConnection& connection_;
};

// The name as SQL has it: in double quotes.
[[nodiscard]] std::string sql_name(std::string_view name);

}  // namespace olivine::sweep
