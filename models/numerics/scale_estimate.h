// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "models/base/instruction_set.h"
#include "models/numerics/ovp.h"

namespace olivine {

// Squared errors of several scales at once in float32, with bounds that let scale_search.h rule
// most scales out. The paper's rules only: nearest point, the larger outlier of a pair survives.

inline constexpr int64_t kEstimateLanes = 16;   // counts are multiples; zeros fill them up
inline constexpr size_t kEstimateScales = 4;    // at a time
inline constexpr int64_t kEstimateElems = 512;  // of a slice, at most, so that sums stay accurate

// Magnitudes in no order: elements that no scale makes outliers of, and pairs that some may.
struct EstimateSlice {
  std::span<const float> singles;
  std::span<const float> left;
  std::span<const float> right;
};

// Squared errors in units of each scale's square: their sum over the slice.
// Contract: |x| / scale is at most 2^20; singles / scale is below the outliers of the grid.
[[nodiscard]] std::array<float, kEstimateScales> estimate_errors(
    const EstimateSlice& slice, const Grid& grid, const std::array<float, kEstimateScales>& scales,
    InstructionSet set);

// What bounds an estimate, by the argument below: with E the exact sum of squared errors of the
// encoder (in double, in order, of fl32(integer * scale)), S the sum of all slices' estimates times
// scale^2, and X the sum of squares of all x,
//   |sqrt(E) - sqrt(S)| <= relative * sqrt(S) + absolute * sqrt(X).
//
// u = 2^-24. An element's exact error is |x - fl32(r * scale)| with r nearest to
// fl32(|x| / scale); its distance from the nearest point differs from the true quotient's by 2u|x|
// at most (a quotient off by u|x|, to and fro), and rounding the product by u r scale <= 2u|x|,
// since r <= 2|x| / scale. The estimate finds the nearest point of the product with fl32(1 /
// scale), which is off by 2u|x|, or of the quotient itself. Both decide alike which elements are
// outliers, from the same rounded quotient; a pair of equal quotients may keep the other element,
// which permutes errors that differ by 2u|x|. So vectors of errors differ by 6u|x| an element
// (7u for flint, whose distances are rounded once more), 8u with room for products that underflow,
// and their norms by no more than that times sqrt(X): the triangle inequality.
// Rounding of differences, squares and sums is relative: u for each addition of a lane and a few
// more; with n elements the exact sum in double adds n 2^-53. The square root halves these.
struct EstimateBound {
  double relative = 0.0;
  double absolute = 0.0;
};
[[nodiscard]] EstimateBound estimate_bound(uint64_t elements);

// Largest magnitude and an upper bound of the sum of squares. Contract: largest is below 2^56.
struct RunExtent {
  float largest = 0.0F;
  double squares = 0.0;
};
[[nodiscard]] RunExtent find_extent(std::span<const float> values, InstructionSet set);

}  // namespace olivine
