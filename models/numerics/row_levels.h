// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "models/base/instruction_set.h"
#include "models/numerics/quantize.h"

namespace olivine {

// The encoder's inner loops, one row at a time. Every instruction set gives the same bits.

// Magnitudes of a flint grid in ascending order.
[[nodiscard]] std::span<const int32_t> flint_ranks(const Grid& grid);

// Levels of one row with one scale, without regard to pairs. Returns whether all inputs are finite.
// Contract: room for row.size() levels; this processor has `set`.
[[nodiscard]] bool find_row_levels(std::span<const float> row, float scale,
                                   const EncodeRules& rules, InstructionSet set, Level* levels);

// fl32(integer * scale) of each level. Contract: as above, and the grid is signed.
void find_row_reals(std::span<const Level> levels, float scale, const Grid& grid,
                    InstructionSet set, float* reals);

// The pair rule for levels (0,1), (2,3), ...; a last single one has no partner here.
// `quotient(i)` is |x| / scale of element i, rounded to float32 once.
template <class Quotient>
void apply_pair_rule(std::span<Level> levels, EncodeRules::Survivor survivor,
                     const Quotient& quotient) {
  constexpr size_t kTogether = 4;
  constexpr uint64_t kAnyOutlier = uint64_t{0x0001000100010001} * kLevelOutlier;
  for (size_t i = 0; i + 1 < levels.size(); i += 2) {
    uint64_t bits = kAnyOutlier;
    if (i % kTogether == 0 && i + kTogether <= levels.size()) {
      std::memcpy(&bits, levels.data() + i, sizeof bits);
      if ((bits & kAnyOutlier) == 0) [[likely]] {
        i += kTogether - 2;
        continue;
      }
    }
    Level& left = levels[i];
    Level& right = levels[i + 1];
    if (((left | right) & kLevelOutlier) == 0) continue;
    const bool are_both = (left & right & kLevelOutlier) != 0;
    const bool is_left_survivor =
        survivor == EncodeRules::Survivor::Left || quotient(i) > quotient(i + 1);
    const bool keeps_left = are_both ? is_left_survivor : (left & kLevelOutlier) != 0;
    (keeps_left ? right : left) = kLevelVictim;
  }
}

}  // namespace olivine
