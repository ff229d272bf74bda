// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "models/numerics/ovp.h"
#include "models/numerics/packed.h"

namespace olivine {

// Real data to be quantized, row-major: rows x k. `name` appears in errors.
struct TensorView {
  std::string_view name;
  std::span<const float> values;
  int64_t rows = 0;
  int64_t k = 0;
};

// Paper     what this project defines and its hardware does: nearest point to |x| / scale, ties
// away
//           from zero, pairs within a row (an odd k is padded), the larger outlier of a pair
//           survives, of equals the right one.
// Artifact  the authors' published code (ANT-Quantization bc84067), from which the published
//           accuracy comes: nearest point in a scan of ascending values, so that a tie goes to the
//           more positive one; pairs of the flattened tensor, the last of an odd number wraps to
//           the first; the left outlier survives; values further than 102400 grid units from every
//           point become 0; E2M5 outliers at 8 bits; other grids for data without negatives.
enum class EncoderPolicy : uint8_t { Paper, Artifact };

// A policy spelled out. The encoder follows these rules and never asks for the policy.
struct EncodeRules {
  enum class Survivor : uint8_t { Larger, Left };
  enum class Pairing : uint8_t { WithinRows, Flattened };

  Grid grid;
  Survivor survivor = Survivor::Larger;
  Pairing pairing = Pairing::WithinRows;
  bool is_negative_tie_toward_zero = false;
  // Distance from the largest point beyond which a value becomes 0, in integer units.
  float zero_beyond = std::numeric_limits<float>::infinity();
};

// `is_unsigned` picks the artifact's unsigned grids; the paper's policy has signed grids only.
// Contract: info(format).is_integer.
[[nodiscard]] EncodeRules rules_for(Format format, EncoderPolicy policy, bool is_unsigned = false);

// One quantized element: sign, kind, and its place in the grid (rank among the normal magnitudes,
// or outlier code).
using Level = uint16_t;
inline constexpr Level kLevelSign = 0x8000;
inline constexpr Level kLevelVictim = 0x4000;
inline constexpr Level kLevelOutlier = 0x2000;
inline constexpr Level kLevelRank = 0x01FF;

// A tensor on its grid: integers, not yet codes ("fake quantization").
struct Quantized {
  EncodeRules rules;
  int64_t rows = 0;
  int64_t k = 0;
  std::vector<float> scales;  // one a row, or one
  std::vector<Level> levels;  // rows x k

  [[nodiscard]] int32_t integer(int64_t index) const;
  [[nodiscard]] bool is_outlier(int64_t index) const { return (at(index) & kLevelOutlier) != 0; }
  [[nodiscard]] bool is_victim(int64_t index) const { return (at(index) & kLevelVictim) != 0; }
  [[nodiscard]] Level at(int64_t index) const { return levels[static_cast<size_t>(index)]; }
  [[nodiscard]] float scale(int64_t row) const {
    return scales[scales.size() == 1 ? 0 : static_cast<size_t>(row)];
  }
};

// Quantizes with one scale a row or one for all; the quotient |x| / scale is rounded to float32
// once. Throws ConfigError: NaN or infinity (names tensor and index), a scale that is not finite
// and positive; ShapeError: sizes that do not match.
[[nodiscard]] Quantized quantize(const TensorView& tensor, const EncodeRules& rules,
                                 std::span<const float> scales);

// The codes of a quantized tensor. Throws ShapeError where there are none: unsigned grids, E2M5
// outliers, pairs that cross rows.
[[nodiscard]] PackedMatrix pack(const Quantized& quantized);

// The encoder: quantize by the paper's policy and pack; fp16, bf16 and fp8 are converted from
// x / scale. Throws as quantize does, and ConfigError where x / scale is beyond fp16 or bf16.
[[nodiscard]] PackedMatrix encode(const TensorView& tensor, Format format,
                                  std::span<const float> scales);

}  // namespace olivine
