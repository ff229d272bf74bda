// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace olivine {

// Lanes of 16 PEs keep the vector loops free of remainders; rows are padded to this many columns.
inline constexpr size_t kPeColumnPadding = 16;

// One row of operand registers, split into the two fields of a Slice.
struct SliceRow {
  const int8_t* integer = nullptr;
  const uint8_t* exponent = nullptr;
};

// One row of PEs in one cycle: sum[c] += (left * top) << (left exponent + top exponent), modulo
// 2^32 (OliVe section 4.4, figure 8). `cols` is a multiple of kPeColumnPadding.
void accumulate_row(int32_t* sum, SliceRow left, SliceRow top, size_t cols);

// The same behind a 4:1 multiplexer: PE c takes left[position[c]] (2:4 weights).
void accumulate_selected_row(int32_t* sum, const std::array<SliceRow, 4>& left,
                             const uint8_t* position, SliceRow top, size_t cols);

// Hold registers of row r move down in the columns whose drain counter is 1..r:
// to[c] = from[c] there, unchanged elsewhere.
void shift_hold_row(int32_t* to, const int32_t* from, const int32_t* drain_counter, int32_t row,
                    size_t cols);

}  // namespace olivine
