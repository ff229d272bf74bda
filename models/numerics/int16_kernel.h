// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>

#include "models/base/instruction_set.h"

namespace olivine {

// C[m,n] of int16 operands with int32 sums that wrap around; every instruction set gives the same
// bits. Rows of `a` (m) and `b` (n) have k elements and `k_stride(k)` elements of storage, zeros
// past k. `c` is row-major with n columns and is overwritten.
// Contract: no |value| exceeds 2^15 - 1, so that a sum of two products fits int32.
struct Int16Gemm {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  std::span<const int16_t> a;
  std::span<const int16_t> b;
  std::span<int32_t> c;
};

// Storage of a row: whole pairs.
[[nodiscard]] constexpr int64_t k_stride(int64_t k) { return k + k % 2; }

// Contract: this processor has `set`.
void multiply_int16(const Int16Gemm& gemm, InstructionSet set);

}  // namespace olivine
