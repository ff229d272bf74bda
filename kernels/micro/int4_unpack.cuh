// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/qualifiers.cuh"

namespace olivine::device {

// Eight int4 of a word to int8, without outliers: what OVP decoding is compared with. `low` takes
// the low nibbles of the four bytes, `high` the high ones. Seven instructions, two of them
// multiplications, which another pipe takes.
OLV_HOST_DEVICE void unpack_int4_word(uint32_t word, uint32_t& low, uint32_t& high) {
  constexpr uint32_t kNibbles = 0x0F0F0F0F;
  constexpr uint32_t kSigns = 0x08080808;
  constexpr uint32_t kExtension = 0xF0 / 0x08;  // sign bit to the four bits above it
  const uint32_t upper = word >> 4;
  low = (word & kNibbles) | (word & kSigns) * kExtension;
  high = (upper & kNibbles) | (upper & kSigns) * kExtension;
}

}  // namespace olivine::device
