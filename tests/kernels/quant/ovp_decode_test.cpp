// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/quant/ovp_decode.cuh"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "kernels/quant/ovp_split.cuh"
#include "models/base/rng.h"
#include "models/numerics/ovp.h"

namespace olivine {
namespace {

int32_t byte_value(uint32_t word, int byte) { return static_cast<int8_t>(word >> (8 * byte)); }
uint8_t byte_of(uint32_t word, int byte) { return static_cast<uint8_t>(word >> (8 * byte)); }

// The eight elements of a word, byte after byte.
std::array<int32_t, 8> expected_elements(uint32_t word) {
  std::array<int32_t, 8> elements{};
  for (int byte = 0; byte < 4; ++byte) {
    const DecodedByte decoded = decode_byte(Format::Ovp4, byte_of(word, byte));
    elements[static_cast<size_t>(2 * byte)] = decoded.even.value();
    elements[static_cast<size_t>(2 * byte + 1)] = decoded.odd.value();
  }
  return elements;
}

std::array<int32_t, 8> decoded_elements(uint32_t word) {
  uint32_t registers[2];
  device::decode_ovp4_word(word, registers[0], registers[1]);
  std::array<int32_t, 8> elements{};
  for (int i = 0; i < 8; ++i)
    elements[static_cast<size_t>(i)] = byte_value(registers[i / 4], i % 4);
  return elements;
}

std::array<int32_t, 8> split_elements(uint32_t word) {
  const device::Ovp4Parts parts = device::split_ovp4_word(word, device::Ovp4Constants{});
  std::array<int32_t, 8> elements{};
  for (int i = 0; i < 8; ++i) {
    const int32_t scaled = byte_value(i % 2 == 0 ? parts.even : parts.odd, i / 2);
    EXPECT_EQ(scaled % 16, 0);
    elements[static_cast<size_t>(i)] = scaled / 16 + byte_value(parts.positive[i / 4], i % 4) +
                                       byte_value(parts.negative[i / 4], i % 4);
  }
  return elements;
}

bool has_two_identifiers(uint32_t word) {
  for (int byte = 0; byte < 4; ++byte) {
    if (byte_of(word, byte) == 0x88) return true;
  }
  return false;
}

// Every half word in both places, beside every value of the other half's bytes: all bytes in all
// four places, illegal ones too.
template <class Function>
void for_words(const Function& function) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const uint32_t other = half * 40503U & 0xFFFFU;
    function(half | other << 16U);
    function(other | half << 16U);
  }
  Rng rng{1};
  for (int i = 0; i < 100000; ++i) function(static_cast<uint32_t>(rng.next()));
}

TEST(OvpDecode, Ovp4WordsDecodeAsModelsDo) {
  for_words([](uint32_t word) {
    ASSERT_EQ(decoded_elements(word), expected_elements(word)) << std::hex << word;
  });
}

TEST(OvpDecode, Ovp4WordsSplitIntoPartsOfTheirElements) {
  for_words([](uint32_t word) {
    if (has_two_identifiers(word)) return;
    ASSERT_EQ(split_elements(word), expected_elements(word)) << std::hex << word;
  });
}

TEST(OvpDecode, Ovp8PairsDecodeAsModelsDo) {
  constexpr int kMaxOutlier = 63;
  int checked = 0;
  for (uint32_t pair = 0; pair < 0x10000; ++pair) {
    const uint8_t even = byte_of(pair, 0);
    const uint8_t odd = byte_of(pair, 1);
    if (odd == kIdentifier8 && (even & 0x7F) > kMaxOutlier) continue;
    if (even == kIdentifier8 && (odd & 0x7F) > kMaxOutlier) continue;
    ++checked;
    for (int place = 0; place < 4; place += 2) {
      const uint32_t other = pair * 40503U % 0x3F00U;  // no identifier
      const uint32_t word = pair << (8 * place) | other << (16 - 8 * place);
      uint32_t high = 0;
      uint32_t low = 0;
      device::decode_ovp8_word(word, high, low);
      const auto value = [&](int i) { return 256 * byte_value(high, i) + byte_value(low, i); };
      ASSERT_EQ(value(place), value_of(decode_element(Format::Ovp8, even, odd)))
          << std::hex << word;
      ASSERT_EQ(value(place + 1), value_of(decode_element(Format::Ovp8, odd, even)))
          << std::hex << word;
    }
  }
  // Beside an identifier in either place are 2 * 64 codes that no encoder writes and models do not
  // define.
  EXPECT_EQ(checked, 0x10000 - 2 * 2 * 64);
}

}  // namespace
}  // namespace olivine
