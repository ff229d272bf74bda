// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/ops.cuh"

// Outlier-victim pairs to int8, a word at a time (values: models/numerics/ovp.h). Pure functions.
namespace olivine::device {

// --- 4 bits --------------------------------------------------------------------------------------
// A word of an interleaved row (operand_layout.h) to the two registers that it stands for; `low`
// comes from its low half. Illegal bytes decode as decode_byte() does.
//
// A half word is itself the selector of byte_permute that looks its four elements up, in order: a
// nibble without its sign bit finds its table entry, one with it the entry's top bit eight times,
// which is 0 in all tables here. So one lookup serves positive nibbles, and one with the sign bits
// flipped negative ones. u = nibble ^ 8 is value + 8, so an element is
//   (u ^ positive lookup) - (8 ^ negative lookup),
// and the lookups change it only in pairs that hold an identifier: elsewhere both find 0.
//   positive code c: u = 8 + c. Entry (8 + magnitude) ^ (8 + c); 0 for c = 0.
//   negative code c: u = c.     Entry 8 ^ (magnitude + c); for the identifier, c = 0, 8 ^ 0.
// Bytes are kept from borrowing from each other by their top bits: + 128 before, ^ 128 after.
// 26 instructions for 8 elements: 22 LOP3, PRMT and SHF, and 4 additions, which another pipe can
// take. No LOP3 has two constants: that would be two instructions.
OLV_DEVICE void decode_ovp4_word(uint32_t word, uint32_t& low, uint32_t& high) {
  constexpr uint32_t kTops = 0x80808080U;
  constexpr uint32_t kPositive0 = 0x2B121D00U;  // magnitudes 0, 12, 16, 24
  constexpr uint32_t kPositive1 = 0x67463524U;  // 32, 48, 64, 96
  constexpr uint32_t kNegative0 = 0x131A0508U;
  constexpr uint32_t kNegative1 = 0x6F4E3D2CU;

  const uint32_t flipped = word ^ 0x88888888U;
  const uint32_t even = flipped & 0x0F0F0F0FU;  // u of the four even elements
  const uint32_t odd = (flipped >> 4U) & 0x0F0F0F0FU;
  // Top bit: neither u of the pair is 0. Spread over the byte.
  const uint32_t has_none = (even + 0x7F7F7F7FU) & (odd + 0x7F7F7F7FU);
  const uint32_t is_plain = byte_permute(has_none, has_none, 0xBA98U);
  const uint32_t positive = word & ~is_plain;
  const uint32_t negative = flipped | is_plain;

  const auto element = [&](uint32_t u, uint32_t select_positive, uint32_t select_negative) {
    const uint32_t minuend = u ^ byte_permute(kPositive0, kPositive1, select_positive);
    const uint32_t subtrahend = 0x08080808U ^ byte_permute(kNegative0, kNegative1, select_negative);
    return ((minuend | kTops) - subtrahend) ^ kTops;
  };
  low = element(byte_permute(even, odd, 0x5140U), positive, negative);
  high = element(byte_permute(even, odd, 0x7362U), positive >> 16U, negative >> 16U);
}

// --- 8 bits --------------------------------------------------------------------------------------
// An outlier code (sign, e, m: 1, 4 and 3 bits) to (8 + m) << (e + 4), + 128, in the low 16 bits:
// code `kByte` of `word` becomes a float32 of the same exponent and mantissa, and adding 1.5 * 2^23
// leaves its integer in the low bits. All steps are exact.
template <uint32_t kByte>
OLV_DEVICE uint32_t outlier8(uint32_t word) {
  constexpr float kMagic = 12582912.0F + 128.0F;
  constexpr float kUnit = 0x1p-106F;
  const auto top = static_cast<int32_t>(byte_permute(word, 0, kByte << 12U | 0x0444U));
  // Sign to bit 31, code to bits 20..26, exponent 240 + e: (1 + m / 8) * 2^(e + 113).
  const uint32_t bits = static_cast<uint32_t>(top >> 4) | 0x78000000U;
  const float value = __builtin_bit_cast(float, bits) * kUnit + kMagic;
  return __builtin_bit_cast(uint32_t, value);
}

// Four elements, two pairs, to 256 * high + low, both signed bytes. As decode_element(), also for
// the disabled outlier code 0. Contract: outlier codes are at most 63, as an encoder writes them.
OLV_DEVICE void decode_ovp8_word(uint32_t word, uint32_t& high_plane, uint32_t& low_plane) {
  constexpr uint32_t kTops = 0x80808080U;
  // Top bit of a byte: its low 7 bits are not all 0. Only the identifier and 0 have none.
  const uint32_t has_bits = (word & 0x7F7F7F7FU) + 0x7F7F7F7FU;
  const uint32_t identifiers = word & ~has_bits & kTops;
  const uint32_t is_outlier = byte_permute(identifiers, identifiers, 0xAB89U);  // partner's
  const uint32_t is_kept = byte_permute(has_bits, has_bits, 0xBA98U);

  const uint32_t pair0 = byte_permute(outlier8<0>(word), outlier8<1>(word), 0x5140U);
  const uint32_t pair1 = byte_permute(outlier8<2>(word), outlier8<3>(word), 0x5140U);
  const uint32_t outlier_low = byte_permute(pair0, pair1, 0x5410U) ^ kTops;  // takes the 128 back
  const uint32_t outlier_high = byte_permute(pair0, pair1, 0x7632U);
  high_plane = outlier_high & is_outlier & is_kept;
  low_plane = ((outlier_low & is_outlier) | (word & ~is_outlier)) & is_kept;
}

}  // namespace olivine::device
