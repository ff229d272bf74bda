// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/database_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "models/base/error.h"

namespace olivine::sweep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMemory = ":memory:";

// Memory does not grow with the number of points: pages that the cache has no room for are in the
// system's, and sorting spills to temporary files. Hashes are scattered over the whole index, so
// that a commit touches about a page a point: rare checkpoints write a page once for many commits.
// Tables are those of a file that a stranger may have made.
constexpr const char* kSettings =
    "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 8000;"
    " PRAGMA temp_store = FILE; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON";

[[noreturn]] void fail(const std::string& path, std::string_view problem) {
  throw ConfigError{fmt::format("{}: {}", path, problem)};
}

std::string folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// Whether there is a file. Another kind of thing there is an error.
bool is_there(const std::string& path) {
  if (path.empty()) fail("database", "its path is empty");
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (error) fail(path, fmt::format("cannot be opened: {}", error.message()));
  if (fs::is_directory(status)) fail(path, "is a folder, not a database");
  if (!fs::is_regular_file(status)) fail(path, "is no regular file");
  return true;
}

bool is_allowed(const std::string& path, int mode) { return access(path.c_str(), mode) == 0; }

// SQLite writes beside the file too.
void check_is_writable(const std::string& path, bool exists) {
  const std::string folder = folder_of(path);
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    fail(path, fmt::format("folder '{}' does not exist", folder));
  }
  if (!is_allowed(folder, W_OK | X_OK)) {
    fail(path, fmt::format("folder '{}' cannot be written: {}", folder, std::strerror(errno)));
  }
  if (exists && !is_allowed(path, R_OK | W_OK)) {
    fail(path, fmt::format("cannot be written: {}", std::strerror(errno)));
  }
}

std::unique_ptr<SqliteConnection> connect(const std::string& path, SqliteMode mode) {
  auto connection = std::make_unique<SqliteConnection>(path, mode);
  connection->run(kSettings);
  return connection;
}

// Where others cannot write either, and nothing was left in the log, no lock is needed.
SqliteMode mode_to_read(const std::string& path) {
  if (is_allowed(path, W_OK) && is_allowed(folder_of(path), W_OK | X_OK)) return SqliteMode::Change;
  std::error_code error;
  const uintmax_t log_bytes = fs::file_size(path + "-wal", error);
  return error || log_bytes == 0 ? SqliteMode::Immutable : SqliteMode::Read;
}

}  // namespace

std::unique_ptr<SqliteConnection> open_or_create_file(const std::string& path) {
  if (path != kMemory) check_is_writable(path, is_there(path));
  return connect(path, SqliteMode::Create);
}

std::unique_ptr<SqliteConnection> open_file_to_change(const std::string& path) {
  if (!is_there(path)) fail(path, "no such database");
  check_is_writable(path, true);
  return connect(path, SqliteMode::Change);
}

std::unique_ptr<SqliteConnection> open_file_to_read(const std::string& path) {
  if (!is_there(path)) fail(path, "no such database");
  if (!is_allowed(path, R_OK)) {
    fail(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  // A connection that may write removes the files beside the database when it ends; one that may
  // only read leaves them.
  auto connection = connect(path, mode_to_read(path));
  connection->run("PRAGMA query_only = ON");
  return connection;
}

namespace {

// SQLite does not wait when two processes change the mode of a new file at once: each would wait
// for the other.
std::string set_wal_mode(const SqliteConnection& connection) {
  constexpr std::chrono::milliseconds kPause{2};
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds{SqliteConnection::kBusyMs};
  for (;;) {
    try {
      return connection.text("PRAGMA journal_mode = WAL");
    } catch (const ConfigError&) {
      if (!connection.is_busy() || std::chrono::steady_clock::now() >= deadline) throw;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

void use_wal(const SqliteConnection& connection) {
  if (connection.path() == kMemory) return;
  const std::string mode = set_wal_mode(connection);
  if (mode != "wal") {
    fail(connection.path(),
         "this file system cannot hold a write-ahead log: choose another folder");
  }
}

}  // namespace olivine::sweep
