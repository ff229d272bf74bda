// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace olivine::sweep {

struct ChildResult {
  bool is_started = false;    // false: no such program; `err` says why
  bool is_timed_out = false;  // it was killed
  int status = 0;             // exit status; 128 + signal if one ended it
  std::string out;
  std::string err;
};

// Runs a program found on PATH, without a shell and with nothing on stdin, and waits for it no
// longer than `limit`: clients of a cluster whose authentication is down hang.
[[nodiscard]] ChildResult run_child(const std::vector<std::string>& arguments,
                                    std::chrono::milliseconds limit);

}  // namespace olivine::sweep
