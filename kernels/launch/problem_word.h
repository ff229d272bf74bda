// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

namespace olivine {

// Kernels cannot throw: the lowest place at which something is wrong goes into a word in device
// memory, which the caller sets to kNoProblem before and reads after.
using ProblemWord = unsigned long long;  // what CUDA's 64-bit atomics take
inline constexpr ProblemWord kNoProblem = ~ProblemWord{0};

}  // namespace olivine
