// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/sparse/group_tile.cuh"

namespace olivine::device {

// What is kept of a group, and its nibble of metadata: the first position in bits 0..1, the second
// in bits 2..3.
struct KeptPair {
  Bytes8 values;
  uint32_t nibble;
};

// Whether element j > i beats i: a tie goes to the lower index. Of finite values the bits without
// the sign order as the magnitudes do.
OLV_DEVICE int beats(uint32_t j, uint32_t i) {
  return (j & 0x7FFFFFFFU) > (i & 0x7FFFFFFFU) ? 1 : 0;
}

OLV_DEVICE KeptPair two_largest(const Bytes16& group) {
  const uint32_t a = group.word[0];
  const uint32_t b = group.word[1];
  const uint32_t c = group.word[2];
  const uint32_t d = group.word[3];
  const int b_a = beats(b, a);
  const int c_a = beats(c, a);
  const int d_a = beats(d, a);
  const int c_b = beats(c, b);
  const int d_b = beats(d, b);
  const int d_c = beats(d, c);
  // An element stays if fewer than two beat it: exactly two do.
  const bool keeps_a = b_a + c_a + d_a < 2;
  const bool keeps_b = (1 - b_a) + c_b + d_b < 2;
  const bool keeps_c = (1 - c_a) + (1 - c_b) + d_c < 2;
  const bool keeps_d = (1 - d_a) + (1 - d_b) + (1 - d_c) < 2;
  const uint32_t first = keeps_a ? 0 : keeps_b ? 1 : 2;
  const uint32_t second = keeps_d ? 3 : keeps_c ? 2 : 1;
  return {{keeps_a ? a : keeps_b ? b : c, keeps_d ? d : keeps_c ? c : b}, first | second << 2U};
}

// A half warp reads 256 bytes of a row, 16 groups, so that eight neighbours have the nibbles of one
// word of metadata.
inline constexpr int kPruneRows = 2;  // of a warp at once
inline constexpr int kPruneSteps = kTileRows / kPruneRows;
inline constexpr int kWordGroups = 8;

// The nibbles of eight neighbouring threads as one word, in all of them.
OLV_DEVICE uint32_t gather_nibbles(uint32_t nibble, int lane) {
  uint32_t word = nibble << 4 * (lane % kWordGroups);
  word |= shuffle_xor(word, 1);
  word |= shuffle_xor(word, 2);
  return word | shuffle_xor(word, 4);
}

// Step j of a tile makes the words of rows 2 j and 2 j + 1, two for each half of k; thread j of the
// eight that made one kept it. Register order wants for lane 4 g + t that of row g + 8 (t % 2),
// half t / 2.
OLV_DEVICE uint32_t order_words(uint32_t word, int lane) {
  const int row = lane / 4 + 8 * (lane % 2);
  const int half = lane / 2 % 2;
  const int eighth = 2 * (row % kPruneRows) + half;
  return shuffle(word, kWordGroups * eighth + row / kPruneRows);
}

OLV_DEVICE void prune_tile(const PruneTwoFourArgs& args, const GroupTile& tile) {
  const int lane = lane_index();
  const int64_t groups = count_parts(args.k, 4);
  const int64_t group = tile.first_group + lane % kTileGroups;
  const int64_t first_row = tile.first_row + lane / kTileGroups;
  const auto* values = reinterpret_cast<const std::byte*>(args.values);
  auto* kept = reinterpret_cast<std::byte*>(args.kept);

  Bytes16 loaded[kPruneSteps];  // all under way before the first is used
  OLV_UNROLL
  for (int j = 0; j < kPruneSteps; ++j) {
    const int64_t row = first_row + j * kPruneRows;
    loaded[j] = Bytes16{};
    if (row < args.rows && group < groups) {
      loaded[j] = load_row<uint32_t>(values + row * args.value_stride, 16 * group, 4 * args.k);
    }
  }
  uint32_t word = 0;
  OLV_UNROLL
  for (int j = 0; j < kPruneSteps; ++j) {
    const int64_t row = first_row + j * kPruneRows;
    const KeptPair pair = two_largest(loaded[j]);  // of zeros: positions 0 and 1
    if (row < args.rows && group < groups) {
      store_global(kept + row * args.kept_stride + 8 * group, pair.values);
      report_non_finite(loaded[j], row * args.k + 4 * group, args.first_non_finite);
    }
    const uint32_t gathered = gather_nibbles(pair.nibble, lane);
    word = lane % kWordGroups == j ? gathered : word;
  }
  store_global(args.metadata + 32 * tile.index + lane, order_words(word, lane));
}

// One warp a tile.
OLV_DEVICE void prune_two_four(const PruneTwoFourArgs& args) {
  const int64_t index = warp_of_grid();
  if (index < count_tiles(args.rows, args.k)) prune_tile(args, group_tile(index, args.k));
}

}  // namespace olivine::device
