// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/sparse/group_tile.cuh"

namespace olivine::device {

// The nibble of metadata of a group whose elements at these positions (bits 0..3) are not 0: their
// positions, filled up with the lowest free ones. 0 for more than two.
[[nodiscard]] constexpr uint32_t nibble_of_mask(uint32_t mask) {
  uint32_t count = (mask & 1U) + (mask >> 1U & 1U) + (mask >> 2U & 1U) + (mask >> 3U);
  if (count > 2) return 0;
  for (uint32_t i = 0; count < 2; ++i) {
    count += (mask >> i & 1U) != 0 ? 0 : 1;
    mask |= 1U << i;
  }
  const uint32_t first = (mask & 1U) != 0 ? 0 : (mask & 2U) != 0 ? 1 : 2;
  const uint32_t second = (mask & 8U) != 0 ? 3 : (mask & 4U) != 0 ? 2 : 1;
  return first | second << 2U;
}

// All 16 of them in one register.
[[nodiscard]] constexpr uint64_t make_nibble_table() {
  uint64_t table = 0;
  for (uint32_t mask = 0; mask < 16; ++mask) {
    table |= uint64_t{nibble_of_mask(mask)} << (4U * mask);
  }
  return table;
}
inline constexpr uint64_t kNibbleTable = make_nibble_table();

// Bit i: byte i of the word is not 0.
OLV_DEVICE uint32_t nonzero_bytes(uint32_t word) {
  const uint32_t top = (((word & 0x7F7F7F7FU) + 0x7F7F7F7FU) | word) >> 7U & 0x01010101U;
  return top * 0x01020408U >> 24U;  // bits 0, 8, 16 and 24 come to 24, 25, 26 and 27
}

OLV_DEVICE uint32_t group_nibble(uint32_t group) {
  return static_cast<uint32_t>(kNibbleTable >> 4U * (nonzero_bytes(group) & 15U)) & 15U;
}

// The four kept elements of two groups with these nibbles.
OLV_DEVICE uint32_t kept_bytes(uint32_t group0, uint32_t group1, uint32_t nibble0,
                               uint32_t nibble1) {
  const uint32_t pair0 = (nibble0 & 3U) | (nibble0 & 12U) << 2U;  // a nibble each for prmt
  const uint32_t pair1 = (nibble1 & 3U) | (nibble1 & 12U) << 2U;
  return byte_permute(group0, group1, pair0 | (pair1 + 0x44U) << 8U);
}

// Four threads read 64 bytes of a row, 16 groups.
inline constexpr int kCompressThreads = 4;  // of a row
inline constexpr int kCompressRows = 32 / kCompressThreads;
inline constexpr int kThreadGroups = 4;

// Codes and 16 bits of metadata of a thread's groups.
struct CompressedGroups {
  Bytes8 codes;
  uint32_t nibbles;
  int full_group;  // the first with more than two; kThreadGroups: none
};

OLV_DEVICE CompressedGroups compress_groups(const Bytes16& groups) {
  CompressedGroups result{{}, 0, kThreadGroups};
  uint32_t nibble[kThreadGroups];
  OLV_UNROLL
  for (int i = kThreadGroups - 1; i >= 0; --i) {
    nibble[i] = group_nibble(groups.word[i]);
    if (nibble[i] == 0) {
      result.full_group = i;
      nibble[i] = kMetadataFiller & 15U;  // whatever becomes of it, metadata are legal
    }
    result.nibbles |= nibble[i] << 4 * i;
  }
  result.codes.word[0] = kept_bytes(groups.word[0], groups.word[1], nibble[0], nibble[1]);
  result.codes.word[1] = kept_bytes(groups.word[2], groups.word[3], nibble[2], nibble[3]);
  return result;
}

OLV_DEVICE void compress_tile(const CompressTwoFourArgs& args, const GroupTile& tile) {
  const int lane = lane_index();
  const int64_t groups = count_parts(args.k, 4);
  const int64_t code_bytes = padded_bytes(2 * groups);
  const int64_t group = tile.first_group + lane % kCompressThreads * kThreadGroups;
  const int64_t first_row = tile.first_row + lane / kCompressThreads;
  const auto* values = reinterpret_cast<const std::byte*>(args.values);
  auto* codes = reinterpret_cast<std::byte*>(args.codes);

  constexpr int kSteps = kTileRows / kCompressRows;
  Bytes16 loaded[kSteps];
  OLV_UNROLL
  for (int j = 0; j < kSteps; ++j) {
    const int64_t row = first_row + j * kCompressRows;
    loaded[j] = Bytes16{};
    if (row < args.rows && group < groups) {
      loaded[j] = load_row<uint8_t>(values + row * args.value_stride, 4 * group, args.k);
    }
  }
  uint32_t word[kSteps];
  OLV_UNROLL
  for (int j = 0; j < kSteps; ++j) {
    const int64_t row = first_row + j * kCompressRows;
    const CompressedGroups made = compress_groups(loaded[j]);
    if (row < args.rows) {
      if (2 * group < code_bytes) {
        store_global(codes + row * args.code_stride + 2 * group, made.codes);
      }
      if (made.full_group < kThreadGroups) {
        atomic_min_global(args.first_full_group,
                          static_cast<uint64_t>(row * groups + group + made.full_group));
      }
    }
    // Two neighbours have the eight nibbles of a word.
    word[j] = made.nibbles << 16 * (lane % 2);
    word[j] |= shuffle_xor(word[j], 1);
  }
  // Register order wants for lane 4 g + t row g + 8 (t % 2), half t / 2: step t % 2 of these two.
  store_global(args.metadata + 32 * tile.index + lane, lane % 2 == 0 ? word[0] : word[1]);
}

// One warp a tile.
OLV_DEVICE void compress_two_four(const CompressTwoFourArgs& args) {
  const int64_t index = warp_of_grid();
  if (index < count_tiles(args.rows, args.k)) compress_tile(args, group_tile(index, args.k));
}

}  // namespace olivine::device
