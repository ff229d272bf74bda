// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "models/numerics/mma_fragments.h"

// Between the registers of a warp and matrices; the maps are those of models/numerics.
namespace olivine::emulation {

class Machine;

inline constexpr int kABytes = 32;  // of a row: dense, or the kept half of 64
inline constexpr int kSparseK = 64;
inline constexpr int kMetadataWords = kMmaM * kSparseK / 4 / kMmaNibbles;  // of 16 rows

// Where the element that register `reg` of `lane` holds lies in 16 rows of n columns of D.
[[nodiscard]] constexpr size_t d_index(int n, int lane, int reg) {
  const MmaElement e = c_element(lane, reg);
  const int index = e.row * n + e.column;
  return static_cast<size_t>(index);
}

// 16 rows of A from register r of lane t at registers[t * 4 + r]. Dense8 and Sparse8 have the same
// map.
void a_from_registers(const uint32_t* registers, int8_t* rows);

// The 16 groups of each of 16 rows, in order, 8 a word. EmulatorError at an illegal nibble.
void metadata_from_registers(const Machine& machine, const uint32_t* registers,
                             const char* operation, uint32_t* words);

}  // namespace olivine::emulation
