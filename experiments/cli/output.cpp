// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "models/base/error.h"

namespace olivine::cli {
namespace {

namespace fs = std::filesystem;

// A handler's buffer holds a path of this length and the ending of the unfinished file.
constexpr size_t kLongestPath = 4000;

// A path and the option it was given by.
struct Place {
  const std::string& option;
  const std::string& path;

  [[nodiscard]] ConfigError problem(std::string_view what) const {
    return ConfigError{fmt::format("{}: {}: {}", option, path, what)};
  }
  [[nodiscard]] ConfigError write_problem(const std::string& reason) const {
    return problem(fmt::format("cannot be written: {}", reason));
  }
};

// The file that opening it would write, whether it exists or not.
fs::path follow_links(const Place& place) {
  std::error_code error;
  fs::path target = fs::weakly_canonical(place.path, error);
  std::error_code absent;
  // weakly_canonical leaves a link to a file that does not exist yet as it is.
  while (!error && fs::is_symlink(fs::symlink_status(target, absent))) {
    const fs::path next = fs::read_symlink(target, error);
    if (!error) target = fs::weakly_canonical(target.parent_path() / next, error);
  }
  if (error) throw place.write_problem(error.message());
  return target;
}

}  // namespace

Output::Output(const std::optional<std::string>& path, std::string option, Unfinished what)
    : option_(std::move(option)), what_(what) {
  if (!path) return;
  if (path->empty()) throw ConfigError{fmt::format("{}: must be the path of a file", option_)};
  const Place place{option_, *path};
  // Before the links are followed: those of /proc/self/fd name no path when stdout is a pipe.
  std::error_code ignored;  // what cannot be looked at cannot be opened either, with the reason
  const fs::file_status status = fs::status(*path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw place.problem("not a regular file");
  }
  path_ = *path;
  target_ = follow_links(place).string();
  if (target_.size() > kLongestPath) throw place.problem("the path is too long");
  temporary_ = fmt::format("{}.{}.tmp", target_, getpid());
  set_unfinished_file(what_, temporary_);
  file_ = std::fopen(temporary_.c_str(), "wx");
  if (file_ == nullptr) {
    const int error = errno;
    set_unfinished_file(what_, "");
    throw place.write_problem(std::strerror(error));
  }
}

Output::~Output() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::remove(temporary_.c_str());
  set_unfinished_file(what_, "");
}

void Output::check_written(bool is_written) const {
  const int error = errno;
  if (is_written) return;
  throw ConfigError{
      fmt::format("{}: cannot be written: {}", is_file() ? path_ : "stdout", std::strerror(error))};
}

void Output::append(std::string_view text) {
  check_written(std::fwrite(text.data(), 1, text.size(), target()) == text.size());
}

void Output::commit(std::string_view text) {
  append(text);
  check_written(std::fflush(target()) == 0);
  if (!is_file()) return;
  std::fclose(file_);
  file_ = nullptr;
  const bool is_moved = std::rename(temporary_.c_str(), target_.c_str()) == 0;
  const int move_error = errno;
  if (!is_moved) std::remove(temporary_.c_str());
  set_unfinished_file(what_, "");
  if (!is_moved) throw Place{option_, path_}.write_problem(std::strerror(move_error));
}

}  // namespace olivine::cli
