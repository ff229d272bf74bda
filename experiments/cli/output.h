// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace olivine::cli {

// Where a result goes: stdout, or a file that appears only when it is complete.
class Output {
 public:
  // Opens a file beside `path` at once, so that a place that cannot be written is reported before
  // hours of simulation. Throws ConfigError.
  explicit Output(const std::optional<std::string>& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  [[nodiscard]] bool is_file() const { return !path_.empty(); }
  // Writes everything and, for a file, moves it to its name. Once. Throws ConfigError.
  void commit(std::string_view text);

 private:
  std::string path_;       // "" for stdout
  std::string temporary_;  // beside path_
  std::FILE* file_ = nullptr;
};

}  // namespace olivine::cli
