// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace olivine::support {

// What one run of the program left behind.
struct CliResult {
  int status = 0;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
  int64_t peak_bytes = 0;  // of memory that was resident, mapped files included

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

// Words of a command line, split at blanks: "run --machine edge_16x16".
[[nodiscard]] std::vector<std::string> words_of(const std::string& line);

// Runs the built program to its end; stdout and stderr are files, not terminals.
[[nodiscard]] CliResult run_cli(const std::vector<std::string>& arguments);
[[nodiscard]] CliResult run_cli(const std::string& line);

// The same, but sends `signal` once `is_ready` says so (asked every few milliseconds).
[[nodiscard]] CliResult run_cli_and_signal(const std::string& line, int signal,
                                           const std::function<bool()>& is_ready);

// The path of the program, for shells.
[[nodiscard]] std::string cli_path();

// A folder of its own, removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::vector<std::string> names() const;  // of the files in it, sorted

 private:
  std::filesystem::path root_;
};

[[nodiscard]] std::string read_text(const std::string& path);
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

}  // namespace olivine::support
