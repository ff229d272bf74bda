// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/launch/tensor_map.h"

namespace olivine {

// Matrix descriptor of wgmma (PTX ISA, "Matrix descriptor"): bits 0..13 address / 16, 16..29
// leading offset / 16 (not used with a swizzle: 1), 32..45 stride between groups of 8 rows / 16,
// 49..51 base offset (0: tiles start at multiples of 8 spans), 62..63 swizzle.
inline constexpr int kDescriptorLeadingBit = 16;
inline constexpr int kDescriptorStrideBit = 32;
inline constexpr int kDescriptorBaseBit = 49;
inline constexpr int kDescriptorSwizzleBit = 62;
inline constexpr uint64_t kDescriptorFieldMask = 0x3FFF;

// Of a tile whose rows run along k ("K-major") and lie `swizzle`'s span apart. `shared_address` is
// that of the tile's first row plus 32 bytes for every step along k within the span.
// Contract: swizzle is not None.
// Plain arithmetic and not swizzle_span(): CUDA device code evaluates it too.
[[nodiscard]] constexpr uint64_t matrix_descriptor_bits(Swizzle swizzle, uint32_t shared_address) {
  const uint64_t mode = swizzle == Swizzle::Bytes128 ? 1 : swizzle == Swizzle::Bytes64 ? 2 : 3;
  const uint64_t span = 256U >> mode;
  return mode << kDescriptorSwizzleBit | (8 * span / 16) << kDescriptorStrideBit |
         uint64_t{1} << kDescriptorLeadingBit | ((shared_address & 0x3FFFFU) >> 4U);
}

}  // namespace olivine
