// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/base/instruction_set.h"

namespace olivine {

// Vector loops step over whole groups of PEs; rows are padded to a multiple of this.
inline constexpr size_t kPeColumnPadding = 16;

// One row of operand registers, split into the two fields of a Slice.
struct SliceRow {
  const int8_t* integer = nullptr;
  const uint8_t* exponent = nullptr;
};

// One row of PEs in one cycle: sum[c] += (left * top) << (left exponent + top exponent), modulo
// 2^32 (OliVe section 4.4, figure 8). Behind the 4:1 multiplexer of a 2:4 array, `left` of PE c is
// bus lane position[c]; lanes lie `lane_pitch` apart.
struct PeRow {
  int32_t* sum = nullptr;
  SliceRow left;
  SliceRow top;
  const uint8_t* position = nullptr;  // null: no multiplexer
  size_t lane_pitch = 0;
};

// Contract: `cols` is a multiple of kPeColumnPadding; every row has a position or none has; this
// processor has `set`. Every instruction set gives the same bits.
void accumulate_rows(std::span<const PeRow> rows, size_t cols, InstructionSet set);

// Hold registers of row r move down in the columns whose drain counter is 1..r:
// to[c] = from[c] there, unchanged elsewhere.
// Contract: as above.
void shift_hold_row(int32_t* to, const int32_t* from, const int32_t* drain_counter, int32_t row,
                    size_t cols, InstructionSet set);

}  // namespace olivine
