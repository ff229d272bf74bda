// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "experiments/cli/interrupt.h"
#include "models/base/error.h"

namespace olivine::cli {

Output::Output(const std::optional<std::string>& path) {
  if (!path) return;
  constexpr size_t kLongestPath = 4000;
  if (path->empty() || path->size() > kLongestPath || std::filesystem::is_directory(*path)) {
    throw ConfigError{fmt::format("--output = {}: must be the path of a file", *path)};
  }
  path_ = *path;
  temporary_ = fmt::format("{}.{}.tmp", path_, getpid());
  set_unfinished_file(temporary_);
  file_ = std::fopen(temporary_.c_str(), "wx");
  if (file_ == nullptr) {
    const int error = errno;
    set_unfinished_file("");
    throw ConfigError{
        fmt::format("--output = {}: cannot be written: {}", path_, std::strerror(error))};
  }
}

Output::~Output() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::remove(temporary_.c_str());
  set_unfinished_file("");
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
  const bool is_moved = std::rename(temporary_.c_str(), path_.c_str()) == 0;
  const int move_error = errno;
  if (!is_moved) std::remove(temporary_.c_str());
  set_unfinished_file("");
  if (!is_moved) {
    throw ConfigError{
        fmt::format("--output = {}: cannot be written: {}", path_, std::strerror(move_error))};
  }
}

}  // namespace olivine::cli
