// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

namespace olivine::emulation {

// What a tensor core multiplies at once, both operands with rows along k:
// C[row][column] += sum over i of a[row * k + i] * b[column * k + i]; sums wrap around. C comes in
// slabs of 16 rows (those of a warp), each row-major with n columns.
// Contract: rows is a multiple of 4, k at most 64.
struct Products {
  int rows = 0;
  int n = 0;
  int k = 0;
  const int8_t* a = nullptr;
  const int8_t* b = nullptr;
  std::array<int32_t*, 4> c{};
};

void add_products(const Products& products);

// 2:4: the kept elements, k / 2 a row, at their places among k; the others are zeros. Nibble g of a
// row's metadata (8 a word) has the two positions in group g of four, as in PackedMatrix.
// Contract: nibbles are legal.
void expand_kept(const int8_t* kept, const uint32_t* metadata, int rows, int k, int8_t* dense);

// Ordered metadata has two different positions, the first one lower: 4, 8, 9, C, D, E.
[[nodiscard]] constexpr bool is_legal_metadata(uint32_t nibble) {
  return (nibble & 3U) < (nibble >> 2U & 3U);
}

}  // namespace olivine::emulation
