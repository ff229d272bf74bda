// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/numerics/quantize.h"

namespace olivine {

// Microscaling formats (OCP Microscaling Formats Specification 1.0): blocks of 32 elements along k
// share one E8M0 scale, a power of two. MXFP4 has E2M1 elements (0, 0.5, 1, 1.5, 2, 3, 4, 6),
// MXINT8 two's complement with 6 fraction bits (-2 .. 1 63/64, here symmetric: -127/64 ..).
enum class MxFormat : uint8_t { Mxfp4, Mxint8 };
inline constexpr int64_t kMxBlockElems = 32;

[[nodiscard]] std::string_view name_of(MxFormat format);  // "mxfp4", "mxint8"
[[nodiscard]] int element_bits(MxFormat format);          // 4, 8; beside 8 bits of scale a block

// Codes as in PackedMatrix (4 bits: low nibble = even element, rows padded to whole bytes); one
// E8M0 code a block, rows x ceil(k / 32).
struct MxMatrix {
  MxFormat format = MxFormat::Mxfp4;
  int64_t rows = 0;
  int64_t k = 0;
  std::vector<uint8_t> codes;
  std::vector<uint8_t> scales;

  [[nodiscard]] uint64_t byte_count() const { return codes.size() + scales.size(); }
};

// Specification 6.3: the shared exponent is floor(log2(max|x|)) of the block minus the exponent of
// the format's largest element; elements are rounded to nearest, ties to even, and saturate. A
// block of zeros has the smallest scale. Throws as quantize does (NaN and infinity are refused).
[[nodiscard]] MxMatrix encode_mx(const TensorView& tensor, MxFormat format);
// rows x k. Contract: sizes fit (as encode_mx makes them); a scale of 0xFF (NaN) decodes to NaN.
[[nodiscard]] std::vector<float> decode_mx(const MxMatrix& matrix);

}  // namespace olivine
