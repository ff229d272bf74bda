// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {

// How operands that are not plain row-major int8 lie in GPU memory. Images are made from a
// PackedMatrix on the host (operand_image.h) or by our own kernels on the device.

// Interleaved OVP. A row of 4-bit codes is cut into blocks of 16 bytes (32 stored elements). Within
// a block byte 4t + b holds the pair that starts at stored element 4t + 2 (b % 2) + 16 (b / 2): so
// the word of quad thread t decodes to the two registers that an int8 fragment of 32 elements along
// k has for one row (elements 4t..4t+3 and 16+4t..16+4t+3). Pairs stay whole. Both operands and
// 2:4 (whose stored elements are the kept ones) use it. Rows are filled up with zero bytes.
inline constexpr int kOvpBlockBytes = 16;
inline constexpr int kOvpBlockElements = 32;

// First stored element, within its block, of the pair in byte `byte` of a block.
[[nodiscard]] constexpr int interleaved_element(int byte) {
  return 4 * (byte / 4) + 2 * (byte % 2) + 16 * ((byte / 2) % 2);
}
// The byte that holds the pair of stored element `element` (0..31) of a block.
[[nodiscard]] constexpr int interleaved_byte(int element) {
  return 4 * ((element % 16) / 4) + 2 * (element / 16) + (element % 4) / 2;
}

// Metadata in register order. One 32-bit word a thread, a step of 64 dense elements along k and a
// slab of 64 weight rows: word [slab][step][warp][lane] goes to lane `lane` of the warp that
// multiplies rows 64 slab + 16 warp .. + 15; which nibble means what is metadata_group() of
// models/numerics/mma_fragments.h. mma.sp m16n8k64 and wgmma.sp m64nNk64 read the same words. Rows
// and groups past the matrix hold 0x4, positions 0 and 1.
inline constexpr int kMetadataSlabRows = 64;
inline constexpr int kMetadataStepElements = 64;
inline constexpr int kMetadataSlabWords = 128;  // of one step
inline constexpr uint32_t kMetadataFiller = 0x44444444;

[[nodiscard]] constexpr int64_t metadata_word(int64_t steps, int64_t row, int64_t step, int lane) {
  const int64_t slab = row / kMetadataSlabRows;
  const int64_t warp = row % kMetadataSlabRows / 16;
  return (slab * steps + step) * kMetadataSlabWords + warp * 32 + lane;
}

}  // namespace olivine
