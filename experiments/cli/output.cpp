// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "experiments/cli/interrupt.h"
#include "models/base/error.h"

namespace olivine::cli {
namespace {

namespace fs = std::filesystem;

// A handler's buffer holds a path of this length and the ending of the unfinished file.
constexpr size_t kLongestPath = 4000;

ConfigError problem(const std::string& path, std::string_view what) {
  return ConfigError{fmt::format("--output: {}: {}", path, what)};
}

ConfigError write_problem(const std::string& path, const std::string& reason) {
  return problem(path, fmt::format("cannot be written: {}", reason));
}

// The file that opening `path` would write, whether it exists or not.
fs::path follow_links(const std::string& path) {
  std::error_code error;
  fs::path target = fs::weakly_canonical(path, error);
  std::error_code absent;
  // weakly_canonical leaves a link to a file that does not exist yet as it is.
  while (!error && fs::is_symlink(fs::symlink_status(target, absent))) {
    const fs::path next = fs::read_symlink(target, error);
    if (!error) target = fs::weakly_canonical(target.parent_path() / next, error);
  }
  if (error) throw write_problem(path, error.message());
  return target;
}

}  // namespace

Output::Output(const std::optional<std::string>& path) {
  if (!path) return;
  if (path->empty()) throw ConfigError{"--output: must be the path of a file"};
  // Before the links are followed: those of /proc/self/fd name no path when stdout is a pipe.
  std::error_code ignored;  // what cannot be looked at cannot be opened either, with the reason
  const fs::file_status status = fs::status(*path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw problem(*path, "not a regular file");
  }
  path_ = *path;
  target_ = follow_links(path_).string();
  if (target_.size() > kLongestPath) throw problem(path_, "the path is too long");
  temporary_ = fmt::format("{}.{}.tmp", target_, getpid());
  set_unfinished_file(Unfinished::Result, temporary_);
  file_ = std::fopen(temporary_.c_str(), "wx");
  if (file_ == nullptr) {
    const int error = errno;
    set_unfinished_file(Unfinished::Result, "");
    throw write_problem(path_, std::strerror(error));
  }
}

Output::~Output() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::remove(temporary_.c_str());
  set_unfinished_file(Unfinished::Result, "");
}

void Output::commit(std::string_view text) {
  std::FILE* target = is_file() ? file_ : stdout;
  const bool is_written =
      std::fwrite(text.data(), 1, text.size(), target) == text.size() && std::fflush(target) == 0;
  const int error = errno;
  if (!is_written) {
    throw ConfigError{fmt::format("{}: cannot be written: {}", is_file() ? path_ : "stdout",
                                  std::strerror(error))};
  }
  if (!is_file()) return;
  std::fclose(file_);
  file_ = nullptr;
  const bool is_moved = std::rename(temporary_.c_str(), target_.c_str()) == 0;
  const int move_error = errno;
  if (!is_moved) std::remove(temporary_.c_str());
  set_unfinished_file(Unfinished::Result, "");
  if (!is_moved) throw write_problem(path_, std::strerror(move_error));
}

}  // namespace olivine::cli
