// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernels/launch/status.h"

namespace olivine {

// What is wrong with one argument of a kernel: operand, value, what is legal. Nothing where it is
// well.
using Problem = std::optional<std::string>;

// Rows, and bytes of a row, are counted in int here and there, with room to round up to whole
// tiles.
inline constexpr int64_t kMaxKernelExtent = int64_t{1} << 30;
// Of one operand: below what a GPU can address, and offsets stay inside 64 bits.
inline constexpr int64_t kMaxOperandBytes = int64_t{1} << 48;
inline constexpr int64_t kMaxGridBlocks = (int64_t{1} << 31) - 1;

// Rows of bytes in device memory that are read or written 16 bytes at a time.
struct OperandRows {
  std::string_view name;
  const void* base = nullptr;
  int64_t rows = 0;
  int64_t row_bytes = 0;  // that carry data
  int64_t stride = 0;
};

[[nodiscard]] Problem find_extent_problem(std::string_view name, int64_t value, int64_t largest);
[[nodiscard]] Problem find_pointer_problem(std::string_view name, const void* address,
                                           int64_t alignment);
// An operand without rows or bytes is not looked at.
[[nodiscard]] Problem find_operand_problem(const OperandRows& operand);
[[nodiscard]] Problem find_scale_problem(std::string_view name, float scale);

[[nodiscard]] Status to_status(Problem problem);

}  // namespace olivine
