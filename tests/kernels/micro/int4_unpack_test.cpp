// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/int4_unpack.cuh"

#include <gtest/gtest.h>

namespace olivine::device {
namespace {

int nibble_value(uint32_t nibble) { return static_cast<int>(nibble) - (nibble >= 8 ? 16 : 0); }
int byte_value(uint32_t word, int i) {
  return static_cast<int8_t>(static_cast<uint8_t>(word >> (8 * i)));
}

TEST(Int4Unpack, ExtendsTheSignOfEveryNibble) {
  // Every byte at every place, beside bytes that would carry into it.
  for (uint32_t byte = 0; byte < 256; ++byte) {
    for (int place = 0; place < 4; ++place) {
      for (const uint32_t others : {0U, 0xFFFFFFFFU, 0x88888888U, 0x77777777U}) {
        const uint32_t word = (others & ~(0xFFU << (8 * place))) | byte << (8 * place);
        uint32_t low = 0;
        uint32_t high = 0;
        unpack_int4_word(word, low, high);
        for (int i = 0; i < 4; ++i) {
          const uint32_t packed = word >> (8 * i) & 0xFFU;
          ASSERT_EQ(byte_value(low, i), nibble_value(packed & 15U)) << std::hex << word;
          ASSERT_EQ(byte_value(high, i), nibble_value(packed >> 4U)) << std::hex << word;
        }
      }
    }
  }
}

}  // namespace
}  // namespace olivine::device
