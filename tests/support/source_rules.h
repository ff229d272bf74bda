// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

#include "tests/support/source_tree.h"

namespace olivine::support {

inline constexpr size_t kMaxFileLines = 500;
inline constexpr size_t kUsualFileLines = 300;  // at least 90 % of the source files
inline constexpr size_t kMaxColumns = 100;      // code points

// Form of the committed files: length, width, the two SPDX lines, no open ends, no paths of one
// machine, no build outputs. One line a problem: "path:line: ...".
[[nodiscard]] std::vector<std::string> find_source_problems(const std::vector<SourceFile>& files);

}  // namespace olivine::support
