// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "models/base/error.h"

namespace olivine::sweep {
namespace {

// The path as a URI, so that no character of it is an option.
std::string uri_of(const std::string& path, std::string_view options) {
  std::string uri = "file://";
  for (const char c : std::filesystem::absolute(path).string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = std::strchr("?#%", c) == nullptr && byte > 0x20 && byte < 0x7F;
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri + std::string(options);
}

int flags_of(SqliteMode mode) {
  // Threads take turns by the mutex of their Database.
  constexpr int kCommon = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
    case SqliteMode::Create:
      return kCommon | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case SqliteMode::Change:
      return kCommon | SQLITE_OPEN_READWRITE;
    case SqliteMode::Read:
    case SqliteMode::Immutable:
      return kCommon | SQLITE_OPEN_READONLY;
  }
  return kCommon;
}

// SQLite tells a full disk by SQLITE_FULL, but quotas and limits of the file size by errno.
bool is_full(int code, int system_error) {
  if ((code & 0xFF) == SQLITE_FULL) return true;
  return (code & 0xFF) == SQLITE_IOERR &&
         (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
}

std::string reason_of(int code, int system_error, bool is_reading) {
  const std::string reason = system_error != 0 ? std::strerror(system_error) : sqlite3_errstr(code);
  if (is_full(code, system_error)) {
    return is_reading ? "no room for temporary files to sort it; SQLITE_TMPDIR names another folder"
                      : "disk full: free some space and go on, points committed before are safe";
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fmt::format("locked by another process for {} s", SqliteConnection::kBusyMs / 1000);
    case SQLITE_CORRUPT:
      return "damaged database: take a copy of it, or start another one";
    case SQLITE_NOTADB:
      return "no database of a sweep: not an SQLite file";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return fmt::format("cannot be written: {}", sqlite3_errstr(code));
    case SQLITE_CANTOPEN:
      return "cannot be opened: " + reason;
    case SQLITE_IOERR:
      return "cannot be read or written: " + reason;
    default:
      return sqlite3_errstr(code);
  }
}

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr uintmax_t kSmallestPage = 512;

// From the head of a file (https://www.sqlite.org/fileformat.html, 1.3): big-endian, 1 is 65536.
uintmax_t page_bytes(std::string_view head) {
  const auto byte = [&](size_t i) { return uintmax_t{static_cast<unsigned char>(head[i])}; };
  const uintmax_t bytes = byte(16) << 8 | byte(17);
  return bytes == 1 ? 65536 : bytes;
}

}  // namespace

void SqliteConnection::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

SqliteConnection::SqliteConnection(const std::string& path, SqliteMode mode) : path_(path) {
  const bool is_file = !path.empty() && path != ":memory:";
  const std::string_view options = mode == SqliteMode::Immutable ? "?immutable=1" : "";
  const std::string name = is_file ? uri_of(path, options) : path;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags_of(mode), nullptr);
  handle_.reset(handle);  // an error leaves a handle too, to ask it what is wrong
  OLV_CHECK(handle != nullptr, "out of memory");
  if (code != SQLITE_OK) fail(false);
  sqlite3_busy_timeout(handle, kBusyMs);
  if (is_file) check_file();
}

// SQLite itself would write over a short file of any kind, and fill up one that was cut within a
// page. Read by SQLite's descriptor: to close another one would end the locks of this process.
void SqliteConnection::check_file() const {
  std::error_code no_file;
  const uintmax_t bytes = std::filesystem::file_size(path_, no_file);
  if (no_file || bytes == 0) return;
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  std::array<char, 18> head{};
  const int code = file->pMethods->xRead(file, head.data(), head.size(), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) fail_by(code);
  const std::string_view begin{head.data(), head.size()};
  if (!begin.starts_with(kMagic)) fail_by(SQLITE_NOTADB);
  // What a full disk cut is in the log as a whole.
  std::error_code no_log;
  const bool has_log = std::filesystem::file_size(path_ + "-wal", no_log) > 0 && !no_log;
  if (bytes % std::max(page_bytes(begin), kSmallestPage) != 0 && !has_log) fail_by(SQLITE_CORRUPT);
}

bool SqliteConnection::is_busy() const {
  return (sqlite3_extended_errcode(handle()) & 0xFF) == SQLITE_BUSY;
}

void SqliteConnection::fail_by(int code) const {
  throw ConfigError{fmt::format("{}: {}", path_, reason_of(code, errno, true))};
}

void SqliteConnection::fail(bool is_reading) const {
  const int last_error = errno;  // SQLite does not keep that of a COMMIT
  const int code = sqlite3_extended_errcode(handle());
  const int kept_error = sqlite3_system_errno(handle());
  const int system_error = kept_error != 0 ? kept_error : last_error;
  if ((code & 0xFF) == SQLITE_ERROR) {  // not of the file, but of what it was asked for
    throw ConfigError{fmt::format("{}: {}", path_, sqlite3_errmsg(handle()))};
  }
  throw ConfigError{fmt::format("{}: {}", path_.empty() ? "temporary database" : path_,
                                reason_of(code, system_error, is_reading))};
}

void SqliteConnection::run(const std::string& sql) const {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(false);
}

int64_t SqliteConnection::integer(const std::string& sql) const {
  SqliteStatement statement{*this, sql};
  return statement.step() ? statement.integer(0) : 0;
}

std::string SqliteConnection::text(const std::string& sql) const {
  SqliteStatement statement{*this, sql};
  return statement.step() ? std::string(statement.text(0)) : "";
}

uint64_t SqliteConnection::changes() const {
  return static_cast<uint64_t>(sqlite3_changes64(handle()));
}

bool SqliteConnection::is_in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

SqliteStatement::SqliteStatement(const SqliteConnection& connection, std::string_view sql)
    : connection_(&connection) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) connection.fail(true);
}

void SqliteStatement::check(int code) const {
  if (code != SQLITE_OK) connection_->fail(sqlite3_stmt_readonly(statement_.get()) != 0);
}

void SqliteStatement::bind_integer(int parameter, int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), parameter, value));
}

void SqliteStatement::bind_real(int parameter, double value) {
  check(sqlite3_bind_double(statement_.get(), parameter, value));
}

void SqliteStatement::bind_text(int parameter, std::string_view text) {
  // A null pointer would bind NULL.
  check(sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(),
                            text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void SqliteStatement::bind_bytes(int parameter, std::span<const uint8_t> bytes) {
  check(
      sqlite3_bind_blob64(statement_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC));
}

void SqliteStatement::bind_null(int parameter) {
  check(sqlite3_bind_null(statement_.get(), parameter));
}

bool SqliteStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) check(code);
  return code == SQLITE_ROW;
}

void SqliteStatement::reset() noexcept { sqlite3_reset(statement_.get()); }

SqliteStatement::Type SqliteStatement::type(int column) const {
  switch (sqlite3_column_type(statement_.get(), column)) {
    case SQLITE_INTEGER:
      return Type::Integer;
    case SQLITE_FLOAT:
      return Type::Real;
    case SQLITE_TEXT:
      return Type::Text;
    case SQLITE_BLOB:
      return Type::Bytes;
    default:
      return Type::Null;
  }
}

int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double SqliteStatement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string_view SqliteStatement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  const int bytes = sqlite3_column_bytes(statement_.get(), column);
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(bytes)};
}

std::span<const uint8_t> SqliteStatement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int bytes = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const uint8_t*>(data), static_cast<size_t>(bytes)};
}

SqliteTransaction::SqliteTransaction(const SqliteConnection& connection) : connection_(connection) {
  connection.run("BEGIN IMMEDIATE");
}

SqliteTransaction::~SqliteTransaction() {
  // An error may have rolled it back already; one of ROLLBACK itself changes nothing about that.
  if (connection_.is_in_transaction()) {
    sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void SqliteTransaction::commit() { connection_.run("COMMIT"); }

std::string sql_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

}  // namespace olivine::sweep
