// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

#include "tests/support/source_tree.h"

namespace olivine::support {

inline constexpr size_t kMaxProjectHeaders = 12;
// Of .cuh files, which are the bodies of kernels, not interfaces: included by the file that
// launches them and the one that emulates them. The operations of both machines are counted.
inline constexpr size_t kMaxKernelHeaders = 32;

// The dependency rules of the tree (docs/architecture.md): which folder may include which, where
// the headers of optional tools may appear, how many project headers one header may pull in
// (itself not counted), no `using namespace` in a header. One line a problem: "path:line: ...".
[[nodiscard]] std::vector<std::string> find_include_problems(const std::vector<SourceFile>& files);

}  // namespace olivine::support
