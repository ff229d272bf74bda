// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/launch/status.h"

namespace olivine::measure {

// Fills memory before a kernel runs: what it does not write is seen.
inline constexpr uint8_t kPoison = 0xA5;

// An output C in memory with guards around it, none of which a kernel may write: bytes before and
// behind, and columns between n and the stride.
struct OutputLayout {
  int64_t m = 0;
  int64_t n = 0;
  int64_t c_stride = 0;  // elements, n or more
  int element_bytes = 4;
  int64_t guard_bytes = 1024;  // before C, and as many behind it

  [[nodiscard]] int64_t c_bytes() const { return m * c_stride * element_bytes; }
  [[nodiscard]] int64_t total_bytes() const { return c_bytes() + 2 * guard_bytes; }
};

// Where rows begin: at multiples of 16 elements; or anywhere, C itself at a multiple of no more
// than an element.
enum class GuardColumns : uint8_t { Aligned, Odd };
[[nodiscard]] OutputLayout guarded_layout(int64_t m, int64_t n, int element_bytes,
                                          GuardColumns columns);

// Whether memory that was poisoned holds exactly the expected C (row-major without gaps) and
// untouched guards. The reason: the first element that differs or was not written, how many, or the
// first guard byte written.
// Contract: bytes.size() == layout.total_bytes(), expected.size() == m n element_bytes.
[[nodiscard]] Status check_output(const OutputLayout& layout, std::span<const uint8_t> bytes,
                                  std::span<const uint8_t> expected);

// C out of its guards, row-major without gaps.
[[nodiscard]] std::vector<uint8_t> extract_output(const OutputLayout& layout,
                                                  std::span<const uint8_t> bytes);

// FNV-1a, 64 bits (Fowler, Noll, Vo), of C without gaps: names an output in records.
[[nodiscard]] uint64_t fnv1a(std::span<const uint8_t> bytes);
[[nodiscard]] std::string hash_text(uint64_t hash);  // 16 hexadecimal digits

}  // namespace olivine::measure
