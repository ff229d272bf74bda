// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/ops.cuh"

// Outlier-victim pairs as sums of signed bytes, for kernels whose tensor cores have time to add:
// fewer instructions than ovp_decode.cuh.
namespace olivine::device {

// Eight elements of a word, four pairs. An even element is even / 16 + positive + negative, an odd
// one likewise.
struct Ovp4Parts {
  uint32_t even;  // 16 * nibble, byte j: of pair j
  uint32_t odd;
  uint32_t positive[2];  // in order: even and odd elements of pairs 0 and 1, of 2 and 3
  uint32_t negative[2];
};

// Constants that must lie in registers of their own: literals, and whatever else the compiler knows
// to be the same in all threads, it copies in front of each use, which costs half as much as the
// rest.
struct Ovp4Constants {
  uint32_t sevens = 0x77777777U;
  uint32_t positive = 0x160F0C00U;  // magnitudes 0, 12, 16, 24
  uint32_t negative = 0xEDF6FB08U;
};

// Called by all threads of a warp. Where they come from hides that they are constants.
OLV_DEVICE uint32_t hidden_constant(uint32_t value) {
  const uint32_t half = lane_index() % 2 == 0 ? value : 0U;
  return half | shuffle_xor(half, 1);
}
OLV_DEVICE Ovp4Constants load_ovp4_constants() {
  constexpr Ovp4Constants kConstants;
  return {hidden_constant(kConstants.sevens), hidden_constant(kConstants.positive),
          hidden_constant(kConstants.negative)};
}

// A nibble in the upper half of a byte is 16 times its value already. What that gets wrong is put
// right in pairs that hold an identifier, by lookups as in decode_ovp4_word(): of positive nibbles,
// and, with sign bits flipped, of negative ones; others find entry 0 or its sign.
//   negative code c: -magnitude - (c - 8), for the identifier, c = 0, 8.
//   positive code c: magnitude - c, + 1 for the -1 that the entry above gives to positive nibbles
//                    where it is negative.
// Pairs without identifier select 0 (positive) and 8 (negative), and entries 0 are 0 and positive.
// 16 instructions: 13 LOP3, PRMT and SHF; an addition, a multiplication and a shift to the left,
// which the multipliers take.
// Contract: no byte is 0x88, which has two identifiers.
OLV_DEVICE Ovp4Parts split_ovp4_word(uint32_t word, const Ovp4Constants& constants) {
  constexpr uint32_t kPositive1 = 0x5A3B2C1DU;  // 32, 48, 64, 96
  constexpr uint32_t kNegative1 = 0xA1C2D3E4U;

  const uint32_t has_code = (word & constants.sevens) + constants.sevens;  // bit 3 of a nibble
  const uint32_t identifiers = word & ~has_code & 0x88888888U;
  const uint32_t has_one = identifiers * 0x11U;  // top bit of a byte: either nibble's
  const uint32_t positive = word & byte_permute(has_one, has_one, 0xBA98U);
  const uint32_t negative = positive ^ 0x88888888U;
  return {(word << 4U) & 0xF0F0F0F0U,
          word & 0xF0F0F0F0U,
          {byte_permute(constants.positive, kPositive1, positive),
           byte_permute(constants.positive, kPositive1, positive >> 16U)},
          {byte_permute(constants.negative, kNegative1, negative),
           byte_permute(constants.negative, kNegative1, negative >> 16U)}};
}

}  // namespace olivine::device
