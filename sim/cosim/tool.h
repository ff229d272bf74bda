// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

namespace olivine {

struct ToolResult {
  int status = 0;      // exit status; 128 + signal if it was killed
  std::string output;  // stdout and stderr together
};

// Runs a program found on PATH, without a shell, in `folder` ("" = here), and waits for it. Throws
// ConfigError if it cannot be started: the message says which Debian package has it.
[[nodiscard]] ToolResult run_tool(const std::vector<std::string>& arguments,
                                  const std::string& folder = "");

// Whether PATH has an executable of that name.
[[nodiscard]] bool has_tool(const std::string& program);

}  // namespace olivine
