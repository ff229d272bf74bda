// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "experiments/cli/interrupt.h"

namespace olivine::cli {

// Where a result goes: stdout, or a file that appears only when it is complete. A symbolic link
// stays one: the file it names is written.
class Output {
 public:
  // Opens a file beside `path` at once, so that a place that cannot be written is reported before
  // hours of simulation. Throws ConfigError, also for what is no regular file: a device or a pipe
  // cannot be replaced by a finished file. `option` is what the user gave the path by.
  explicit Output(const std::optional<std::string>& path, std::string option = "--output",
                  Unfinished what = Unfinished::Result);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  [[nodiscard]] bool is_file() const { return !path_.empty(); }
  // Writes a part of a result that is long. Throws ConfigError.
  void append(std::string_view text);
  // Writes everything, or the rest, and, for a file, moves it to its name. Once. Throws
  // ConfigError.
  void commit(std::string_view text);

 private:
  [[nodiscard]] std::FILE* target() const { return is_file() ? file_ : stdout; }
  void check_written(bool is_written) const;

  std::string option_;
  Unfinished what_;
  std::string path_;       // as the user wrote it; "" for stdout
  std::string target_;     // path_ with its links followed
  std::string temporary_;  // beside target_
  std::FILE* file_ = nullptr;
};

}  // namespace olivine::cli
