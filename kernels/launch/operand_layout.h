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

// Steps along k, and words of a whole matrix.
[[nodiscard]] constexpr int64_t metadata_steps(int64_t k) {
  return k / kMetadataStepElements + (k % kMetadataStepElements != 0 ? 1 : 0);
}
[[nodiscard]] constexpr int64_t metadata_words(int64_t rows, int64_t k) {
  const int64_t slabs = rows / kMetadataSlabRows + (rows % kMetadataSlabRows != 0 ? 1 : 0);
  return slabs * metadata_steps(k) * kMetadataSlabWords;
}

// Positions of the two kept elements, the first in the low bits, must increase: 4, 8, 9, C, D, E.
[[nodiscard]] constexpr bool is_legal_metadata_nibble(uint32_t nibble) {
  return (nibble & 3U) < (nibble >> 2U);
}

// Where the nibble of a group of four lies: the inverse of metadata_group(). `row` of a matrix,
// `group` of a row.
struct MetadataPlace {
  int64_t word = 0;
  int shift = 0;  // of the nibble in the word

  bool operator==(const MetadataPlace&) const = default;
};
[[nodiscard]] constexpr MetadataPlace metadata_place(int64_t steps, int64_t row, int64_t group) {
  const int within = static_cast<int>(group % 16);
  const int lane = static_cast<int>(4 * (row % 8) + row / 8 % 2) + 2 * (within / 8);
  return {metadata_word(steps, row, group / 16, lane), 4 * (within % 8)};
}

// Rows of operands in device memory start at multiples of 16 bytes: 16-byte loads, cp.async and
// TMA ask for it.
inline constexpr int kOperandAlignment = 16;
[[nodiscard]] constexpr int64_t operand_stride(int64_t row_bytes) {
  return (row_bytes + kOperandAlignment - 1) / kOperandAlignment * kOperandAlignment;
}

}  // namespace olivine
