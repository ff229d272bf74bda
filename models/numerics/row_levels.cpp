// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/row_levels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "models/base/error.h"

// Into functions that are compiled for other instruction sets.
#define OLV_INLINE inline __attribute__((always_inline))

namespace olivine {
namespace {

constexpr uint32_t kFloatMantissaBits = 23;
constexpr int kFloatBias = 127;
constexpr uint32_t kHalfBits = 0x3F000000;  // 0.5F
constexpr float kBeyondRanks = 512.0F;

// Magnitudes of the flint grids in ascending order.
constexpr std::array<int32_t, 8> kFlintRanks = {0, 1, 2, 3, 4, 6, 8, 16};
constexpr std::array<int32_t, 16> kUnsignedFlintRanks = {0, 1,  2,  3,  4,  5,  6,  7,
                                                         8, 10, 12, 14, 16, 24, 32, 64};

// What the inner loop needs, in registers.
struct LevelConstants {
  explicit LevelConstants(const EncodeRules& rules)
      : boundary(rules.grid.has_outliers() ? rules.grid.outlier_boundary()
                                           : std::numeric_limits<float>::infinity()),
        zero_from(rules.zero_beyond),
        max_value(static_cast<float>(rules.grid.max_value())),
        max_rank(rules.grid.is_flint ? static_cast<int32_t>(flint_ranks(rules.grid).size()) - 1
                                     : rules.grid.max_normal),
        has_outliers(rules.grid.has_outliers() ? 1 : 0),
        tie_down(rules.is_negative_tie_toward_zero ? 1 : 0),
        is_unsigned(rules.grid.is_unsigned ? 1 : 0),
        shift(kFloatMantissaBits - static_cast<uint32_t>(rules.grid.outlier.mantissa_bits)),
        half(1u << (shift - 1)),
        first_code((kFloatBias + rules.grid.outlier.bias + rules.grid.outlier.mantissa_bits)
                   << rules.grid.outlier.mantissa_bits),
        max_code(rules.grid.outlier.max_code) {}

  float boundary;
  float zero_from;
  float max_value;
  int32_t max_rank;
  int32_t has_outliers;
  int32_t tie_down;
  int32_t is_unsigned;
  uint32_t shift;
  uint32_t half;
  int32_t first_code;
  int32_t max_code;
};

// Ranks of normal magnitudes (a NaN fails every comparison). `is_tie_down` (0 or 1): an
// exact tie goes to the smaller magnitude.
struct IntegerRank {
  int32_t operator()(float magnitude, int32_t is_tie_down) const {
    const float bounded = magnitude < kBeyondRanks ? magnitude : kBeyondRanks;
    const auto floor = static_cast<int32_t>(bounded);
    const float fraction = bounded - static_cast<float>(floor);  // exact
    // Half, or the next float above it: one comparison in place of two, which vectorizes.
    const auto from = std::bit_cast<float>(kHalfBits + static_cast<uint32_t>(is_tie_down));
    return floor + (fraction >= from ? 1 : 0);
  }
};

template <size_t Count>
struct FlintRank {
  std::array<float, Count - 1> midpoints;

  explicit FlintRank(std::span<const int32_t> ranks) : midpoints{} {
    for (size_t i = 0; i < midpoints.size(); ++i) {
      midpoints[i] = 0.5F * static_cast<float>(ranks[i] + ranks[i + 1]);
    }
  }
  int32_t operator()(float magnitude, int32_t is_tie_down) const {
    int32_t rank = 0;
    for (const float midpoint : midpoints) {
      const int32_t above = magnitude > midpoint ? 1 : 0;
      const int32_t tie = magnitude == midpoint ? 1 : 0;
      rank += above | (tie & (1 - is_tie_down));
    }
    return rank;
  }
};

// Nearest abfloat code: float32 has the same sign-exponent-mantissa order, so adding half of the
// last kept mantissa bit and cutting rounds to nearest, ties away from zero, and carries into the
// exponent by itself.
inline int32_t outlier_code(float magnitude, int32_t is_tie_down, const LevelConstants& constants) {
  const auto bits = std::bit_cast<uint32_t>(magnitude);
  const uint32_t rounded =
      (bits + constants.half - static_cast<uint32_t>(is_tie_down)) >> constants.shift;
  const int32_t code = static_cast<int32_t>(rounded) - constants.first_code;
  return std::max(std::min(code, constants.max_code), 1);
}

// Free of branches: compiled with -fno-trapping-math it becomes vector instructions.
template <class RankFunction>
OLV_INLINE bool find_levels(std::span<const float> row, float scale,
                            const LevelConstants& constants, const RankFunction& rank_of,
                            Level* levels) {
  uint32_t non_finite = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    const float quotient = row[i] / scale;
    const auto bits = std::bit_cast<uint32_t>(quotient);
    const uint32_t exponent = std::bit_cast<uint32_t>(row[i]) & 0x7F800000u;
    non_finite |= exponent == 0x7F800000u ? 1u : 0u;
    const auto negative = static_cast<int32_t>(bits >> 31);
    const float magnitude = std::bit_cast<float>(bits & 0x7FFFFFFFu);
    const int32_t is_tie_down = negative & constants.tie_down;
    const int32_t rank = std::min(rank_of(magnitude, is_tie_down), constants.max_rank);
    const int32_t code = outlier_code(magnitude, is_tie_down, constants) | kLevelOutlier;
    const int32_t is_outlier = (magnitude >= constants.boundary ? 1 : 0) & constants.has_outliers;
    const int32_t is_zero = (magnitude - constants.max_value > constants.zero_from ? 1 : 0) |
                            (negative & constants.is_unsigned);
    // Masks, since the compiler makes jumps of conditional expressions that follow each other.
    const int32_t nearest = (code & -is_outlier) | (rank & (is_outlier - 1));
    const int32_t kept = nearest & (is_zero - 1);
    const int32_t sign = negative & (kept != 0 ? 1 : 0);
    levels[i] = static_cast<Level>(kept | sign << 15);
  }
  return non_finite == 0;
}

OLV_INLINE bool find_any_levels(std::span<const float> row, float scale, const EncodeRules& rules,
                                Level* levels) {
  const LevelConstants constants{rules};
  if (!rules.grid.is_flint) return find_levels(row, scale, constants, IntegerRank{}, levels);
  if (rules.grid.is_unsigned) {
    return find_levels(row, scale, constants, FlintRank<16>{kUnsignedFlintRanks}, levels);
  }
  return find_levels(row, scale, constants, FlintRank<8>{kFlintRanks}, levels);
}

// kFlintRanks without a table, which vectors could not look up.
template <bool IsFlint>
OLV_INLINE int32_t magnitude_of(int32_t rank) {
  if constexpr (!IsFlint) return rank;
  return rank + (rank >= 5 ? 1 : 0) + (rank >= 6 ? 1 : 0) + (rank >= 7 ? 7 : 0);
}

// The inverse of `outlier_code`: code and first code in the float's upper bits are its value.
template <bool IsFlint>
OLV_INLINE void find_reals(std::span<const Level> levels, float scale, const Grid& grid,
                           float* reals) {
  const auto shift = kFloatMantissaBits - static_cast<uint32_t>(grid.outlier.mantissa_bits);
  const auto first_code = static_cast<uint32_t>(
      (kFloatBias + grid.outlier.bias + grid.outlier.mantissa_bits) << grid.outlier.mantissa_bits);
  for (size_t i = 0; i < levels.size(); ++i) {
    const uint32_t level = levels[i];
    const uint32_t rank = level & kLevelRank;
    const int32_t value = magnitude_of<IsFlint>(static_cast<int32_t>(rank));
    const uint32_t normal = std::bit_cast<uint32_t>(static_cast<float>(value));
    const uint32_t outlier = (rank + first_code) << shift;
    const uint32_t kept = (level & kLevelOutlier) != 0 ? outlier : normal;
    const uint32_t magnitude = (level & kLevelVictim) != 0 ? 0u : kept;
    reals[i] = std::bit_cast<float>(magnitude | (level & kLevelSign) << 16) * scale;
  }
}

OLV_INLINE void find_any_reals(std::span<const Level> levels, float scale, const Grid& grid,
                               float* reals) {
  if (grid.is_flint) {
    find_reals<true>(levels, scale, grid, reals);
  } else {
    find_reals<false>(levels, scale, grid, reals);
  }
}

#if OLV_X86_KERNELS
__attribute__((target("avx2"))) bool find_levels_avx2(std::span<const float> row, float scale,
                                                      const EncodeRules& rules, Level* levels) {
  return find_any_levels(row, scale, rules, levels);
}

__attribute__((target("avx512f,avx512bw"))) bool find_levels_avx512(std::span<const float> row,
                                                                    float scale,
                                                                    const EncodeRules& rules,
                                                                    Level* levels) {
  return find_any_levels(row, scale, rules, levels);
}

__attribute__((target("avx2"))) void find_reals_avx2(std::span<const Level> levels, float scale,
                                                     const Grid& grid, float* reals) {
  find_any_reals(levels, scale, grid, reals);
}
#endif

}  // namespace

std::span<const int32_t> flint_ranks(const Grid& grid) {
  if (grid.is_unsigned) return kUnsignedFlintRanks;
  return kFlintRanks;
}

bool find_row_levels(std::span<const float> row, float scale, const EncodeRules& rules,
                     InstructionSet set, Level* levels) {
#if OLV_X86_KERNELS
  if (set == InstructionSet::Avx512) return find_levels_avx512(row, scale, rules, levels);
  if (set == InstructionSet::Avx2) return find_levels_avx2(row, scale, rules, levels);
#endif
  OLV_CHECK(set == InstructionSet::Portable, "no kernel for instruction set {}",
            static_cast<int>(set));
  return find_any_levels(row, scale, rules, levels);
}

void find_row_reals(std::span<const Level> levels, float scale, const Grid& grid,
                    InstructionSet set, float* reals) {
#if OLV_X86_KERNELS
  if (set != InstructionSet::Portable) {
    find_reals_avx2(levels, scale, grid, reals);
  } else {
    find_any_reals(levels, scale, grid, reals);
  }
#else
  find_any_reals(levels, scale, grid, reals);
#endif
}

}  // namespace olivine
