// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/operand_image.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "kernels/launch/operand_layout.h"
#include "models/base/rng.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/mma_fragments.h"
#include "models/numerics/ovp.h"
#include "models/numerics/random_operand.h"

namespace olivine {
namespace {

using testing::HasSubstr;

constexpr std::array<int64_t, 10> kRows = {0, 1, 3, 15, 16, 17, 63, 64, 65, 131};
constexpr std::array<int64_t, 15> kDepths = {0,  1,  2,  3,  4,  5,   31, 32,
                                             33, 63, 64, 65, 67, 128, 257};

int64_t packed_row_bytes(const PackedMatrix& matrix) {
  return static_cast<int64_t>(code_bytes(matrix.format, matrix.pattern, 1, matrix.k).count());
}

// Codes of a matrix back from an image; every byte of the image that holds none must be 0.
std::vector<uint8_t> read_codes(std::vector<uint8_t> image, int64_t stride, bool is_interleaved,
                                const PackedMatrix& matrix) {
  std::vector<uint8_t> codes(matrix.codes.size());
  const int64_t bytes = packed_row_bytes(matrix);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t i = 0; i < stride; ++i) {
      // Byte 4 t + b of a block holds the pair that starts at 4 t + 2 (b % 2) + 16 (b / 2).
      const int64_t t = i % 16 / 4;
      const int64_t b = i % 4;
      const int64_t pair = i / 16 * 16 + (4 * t + 2 * (b % 2) + 16 * (b / 2)) / 2;
      const int64_t from = is_interleaved ? pair : i;
      if (from >= bytes) continue;
      uint8_t& byte = image[static_cast<size_t>(row * stride + i)];
      codes[static_cast<size_t>(row * bytes + from)] = byte;
      byte = 0;
    }
  }
  EXPECT_TRUE(std::all_of(image.begin(), image.end(), [](uint8_t byte) { return byte == 0; }));
  return codes;
}

// 16 rows by 64 dense elements of a 2:4 matrix, filled up as register order fills up.
PackedMatrix metadata_tile(const PackedMatrix& matrix, int64_t first_row, int64_t first_group) {
  PackedMatrix tile{Format::Int8, Pattern::TwoFour, 16, 64, {}, {}, {1.0F}};
  tile.codes.resize(code_bytes(tile.format, tile.pattern, 16, 64).count());
  tile.metadata.assign(metadata_bytes(tile.pattern, 16, 64).count(), 0x44);
  const auto stride = static_cast<int64_t>(metadata_bytes(tile.pattern, 1, matrix.k).count());
  for (int64_t row = 0; row < 16 && first_row + row < matrix.rows; ++row) {
    for (int64_t g = 0; g < 16 && first_group + g < group_count(matrix.k); ++g) {
      const int64_t group = first_group + g;
      const int from = matrix.metadata[static_cast<size_t>((first_row + row) * stride + group / 2)];
      const int nibble = from >> (4 * (group % 2)) & 15;
      uint8_t& to = tile.metadata[static_cast<size_t>(row * 8 + g / 2)];
      to = static_cast<uint8_t>(g % 2 == 0 ? (to & 0xF0) | nibble : (to & 0x0F) | nibble << 4);
    }
  }
  return tile;
}

// Every word of the image is what pack_metadata() puts into that thread's register.
void expect_metadata_in_register_order(const WeightImage& image, const PackedMatrix& matrix) {
  const int64_t steps = ceil_div(matrix.k, 64);
  const int64_t slabs = ceil_div(matrix.rows, 64);
  ASSERT_EQ(image.metadata.size(), static_cast<size_t>(slabs * steps * 128));
  for (int64_t warp = 0; warp < 4 * slabs; ++warp) {
    for (int64_t step = 0; step < steps; ++step) {
      const MmaMetadata expected =
          pack_metadata(MmaKind::Sparse8, metadata_tile(matrix, 16 * warp, 16 * step));
      for (int64_t lane = 0; lane < 32; ++lane) {
        const int64_t at = ((warp / 4 * steps + step) * 4 + warp % 4) * 32 + lane;
        ASSERT_EQ(image.metadata[static_cast<size_t>(at)], expected[static_cast<size_t>(2 * lane)])
            << "warp " << warp << ", step " << step << ", lane " << lane;
      }
    }
  }
}

WeightForm form_of(Format format, Pattern pattern) {
  if (format == Format::Int8) {
    return pattern == Pattern::Dense ? WeightForm::Int8 : WeightForm::Int8Sparse;
  }
  return pattern == Pattern::Dense ? WeightForm::Ovp4 : WeightForm::Ovp4Sparse;
}

TEST(OperandImage, WeightsComeBackFromTheirImageForEveryShape) {
  constexpr uint64_t kSeed = 61;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : {Format::Int8, Format::Ovp4}) {
    for (const Pattern pattern : {Pattern::Dense, Pattern::TwoFour}) {
      for (const int64_t rows : kRows) {
        for (const int64_t k : kDepths) {
          SCOPED_TRACE(fmt::format("{} {} {} x {}", name_of(format), name_of(pattern), rows, k));
          const PackedMatrix matrix = random_packed(format, pattern, rows, k, rng, 0.2);
          WeightImage image;
          const Status status = make_weight_image(matrix, image);
          ASSERT_TRUE(status) << status.reason();
          EXPECT_EQ(image.form, form_of(format, pattern));
          EXPECT_EQ(image.rows, rows);
          EXPECT_EQ(image.k, k);
          ASSERT_EQ(image.stride, round_up(weight_row_bytes(image.form, k), 16));
          ASSERT_EQ(image.codes.size(), static_cast<size_t>(rows * image.stride));
          ASSERT_EQ(read_codes(image.codes, image.stride, is_ovp(image.form), matrix),
                    matrix.codes);
          if (pattern == Pattern::Dense) {
            EXPECT_TRUE(image.metadata.empty());
            continue;
          }
          expect_metadata_in_register_order(image, matrix);
          EXPECT_TRUE(check_metadata_words(image.metadata.data(),
                                           static_cast<int64_t>(image.metadata.size())));
        }
      }
    }
  }
}

TEST(OperandImage, ActivationsComeBackFromTheirImageForEveryShape) {
  constexpr uint64_t kSeed = 62;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  constexpr std::array kForms = {std::pair{ActivationForm::Int8, Format::Int8},
                                 std::pair{ActivationForm::Ovp4, Format::Ovp4},
                                 std::pair{ActivationForm::Ovp8, Format::Ovp8}};
  for (const auto& [form, format] : kForms) {
    for (const int64_t rows : kRows) {
      for (const int64_t k : kDepths) {
        SCOPED_TRACE(fmt::format("{} {} x {}", name_of(form), rows, k));
        const PackedMatrix matrix = random_packed(format, Pattern::Dense, rows, k, rng, 0.2);
        ActivationImage image;
        const Status status = make_activation_image(matrix, form, image);
        ASSERT_TRUE(status) << status.reason();
        EXPECT_EQ(image.form, form);
        EXPECT_EQ(image.rows, rows);
        EXPECT_EQ(image.k, k);
        ASSERT_EQ(image.stride, round_up(activation_row_bytes(form, k), 16));
        ASSERT_EQ(image.codes.size(), static_cast<size_t>(rows * image.stride));
        ASSERT_EQ(read_codes(image.codes, image.stride, form == ActivationForm::Ovp4, matrix),
                  matrix.codes);
      }
    }
  }
}

// Rows with every byte of a 4-bit format that an encoder may write, or every legal pair of codes.
PackedMatrix every_ovp4_byte() {
  PackedMatrix matrix{Format::Ovp4, Pattern::Dense, 1, 512, {}, {}, {1.0F}};
  for (int byte = 0; byte < 256; ++byte) {
    const auto code = static_cast<uint8_t>(byte);
    matrix.codes.push_back(decode_byte(Format::Ovp4, code).is_legal ? code : uint8_t{0});
  }
  return matrix;
}
PackedMatrix every_ovp8_pair() {
  PackedMatrix matrix{Format::Ovp8, Pattern::Dense, 256, 512, {}, {}, {1.0F}};
  for (int even = 0; even < 256; ++even) {
    for (int odd = 0; odd < 256; ++odd) {
      const auto a = static_cast<uint8_t>(even);
      const auto b = static_cast<uint8_t>(odd);
      const bool is_legal = is_legal_pair(Format::Ovp8, a, b);
      matrix.codes.push_back(is_legal ? a : uint8_t{0});
      matrix.codes.push_back(is_legal ? b : uint8_t{0});
    }
  }
  return matrix;
}

TEST(OperandImage, EveryByteValueComesBack) {
  const PackedMatrix ovp4 = every_ovp4_byte();
  WeightImage weights;
  ASSERT_TRUE(make_weight_image(ovp4, weights));
  EXPECT_EQ(read_codes(weights.codes, weights.stride, true, ovp4), ovp4.codes);

  PackedMatrix int8{Format::Int8, Pattern::Dense, 1, 256, {}, {}, {1.0F}};
  for (int byte = 0; byte < 256; ++byte) int8.codes.push_back(static_cast<uint8_t>(byte));
  ASSERT_TRUE(make_weight_image(int8, weights));
  EXPECT_EQ(weights.codes, int8.codes);

  const PackedMatrix ovp8 = every_ovp8_pair();
  ActivationImage activations;
  ASSERT_TRUE(make_activation_image(ovp8, ActivationForm::Ovp8, activations));
  EXPECT_EQ(activations.codes, ovp8.codes);
}

void expect_planes(const PackedMatrix& matrix) {
  ActivationImage image;
  const Status status = make_activation_image(matrix, ActivationForm::Int8Planes, image);
  ASSERT_TRUE(status) << status.reason();
  ASSERT_EQ(image.stride, round_up(matrix.k, 16));
  ASSERT_EQ(image.plane_stride, matrix.rows * image.stride);
  ASSERT_EQ(image.codes.size(), static_cast<size_t>(2 * image.plane_stride));
  const std::vector<int16_t> values = dense_int16(matrix, image.stride);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto high = static_cast<int8_t>(image.codes[i]);
    const auto low = static_cast<int8_t>(image.codes[i + values.size()]);
    ASSERT_EQ(256 * high + low, values[i]) << i;
  }
}

TEST(OperandImage, PlanesAddUpToTheDecodedValues) {
  constexpr uint64_t kSeed = 63;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  expect_planes(every_ovp8_pair());
  for (const int64_t rows : kRows) {
    for (const int64_t k : kDepths) {
      SCOPED_TRACE(fmt::format("{} x {}", rows, k));
      expect_planes(random_packed(Format::Ovp8, Pattern::Dense, rows, k, rng, 0.3));
    }
  }
}

TEST(OperandImage, RefusesFormatsWithoutAFormBad) {
  Rng rng{64};
  WeightImage weights;
  ActivationImage activations;
  for (const Format format : {Format::Ovp4f, Format::Ovp8, Format::Int4, Format::Fp16}) {
    const PackedMatrix matrix = random_packed(format, Pattern::Dense, 2, 8, rng);
    const Status status = make_weight_image(matrix, weights);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.reason(), fmt::format("weights: {}: must be int8 or ovp4", name_of(format)));
  }
  const PackedMatrix ovp4f = random_packed(Format::Ovp4f, Pattern::Dense, 2, 8, rng);
  EXPECT_EQ(make_activation_image(ovp4f, ActivationForm::Ovp4, activations).reason(),
            "activations: ovp4f: form ovp4 holds ovp4");
  const PackedMatrix int8 = random_packed(Format::Int8, Pattern::Dense, 2, 8, rng);
  EXPECT_EQ(make_activation_image(int8, ActivationForm::Int8Planes, activations).reason(),
            "activations: int8: form int8-planes holds ovp8");
  const PackedMatrix sparse = random_packed(Format::Int8, Pattern::TwoFour, 2, 8, rng);
  EXPECT_THAT(make_activation_image(sparse, ActivationForm::Int8, activations).reason(),
              HasSubstr("must be dense"));
  EXPECT_TRUE(weights.codes.empty());
  EXPECT_TRUE(activations.codes.empty());
}

TEST(OperandImage, RefusesIllegalPairsAndNibblesBad) {
  Rng rng{65};
  WeightImage image;
  for (const int byte : {0x88, 0x80, 0x08}) {
    PackedMatrix matrix = random_packed(Format::Ovp4, Pattern::Dense, 3, 32, rng);
    matrix.codes[2 * 16 + 5] = static_cast<uint8_t>(byte);
    EXPECT_THAT(make_weight_image(matrix, image).reason(),
                HasSubstr(fmt::format("weights: row 2, byte 5: 0x{:02X}", byte)));
    ActivationImage activations;
    EXPECT_THAT(make_activation_image(matrix, ActivationForm::Ovp4, activations).reason(),
                HasSubstr(fmt::format("activations: row 2, byte 5: 0x{:02X}", byte)));
  }
  for (const unsigned nibble : {0x0u, 0x1u, 0x5u, 0xAu, 0xFu}) {
    PackedMatrix matrix = random_packed(Format::Int8, Pattern::TwoFour, 3, 32, rng);
    uint8_t& byte = matrix.metadata[1 * 4 + 3];
    byte = static_cast<uint8_t>((byte & 0x0F) | nibble << 4);
    EXPECT_THAT(make_weight_image(matrix, image).reason(),
                HasSubstr(fmt::format("weights: row 1, metadata byte 3: nibble {:X}", nibble)));
  }
  EXPECT_TRUE(image.codes.empty());
}

TEST(OperandImage, ChecksEveryByteOfATensorOfUnknownOrigin) {
  for (int value = 0; value < 256; ++value) {
    const bool is_legal = value != 0x88 && value != 0x80 && value != 0x08;
    std::vector<uint8_t> bytes(7, 0x11);
    bytes[4] = static_cast<uint8_t>(value);
    const Status status = check_ovp4_bytes(bytes.data(), 7);
    EXPECT_EQ(static_cast<bool>(status), is_legal) << value;
    if (!is_legal) {
      EXPECT_EQ(status.reason(), fmt::format("byte 4: 0x{:02X} is no legal ovp4 pair", value));
    }
  }
  EXPECT_TRUE(check_ovp4_bytes(nullptr, 0));
}

TEST(OperandImage, ChecksEveryNibbleOfMetadataWords) {
  for (uint32_t value = 0; value < 16; ++value) {
    for (int nibble = 0; nibble < 8; ++nibble) {
      std::array<uint32_t, 3> words = {0xEDC98448, kMetadataFiller, kMetadataFiller};
      words[1] = (words[1] & ~(15U << (4 * nibble))) | value << (4 * nibble);
      const Status status = check_metadata_words(words.data(), 3);
      const bool is_legal = (value & 3U) < (value >> 2U);
      EXPECT_EQ(static_cast<bool>(status), is_legal);
      if (!is_legal) {
        EXPECT_EQ(status.reason(), fmt::format("word 1, nibble {}: {:X} is not one of 4, 8, 9, C, "
                                               "D, E",
                                               nibble, value));
      }
    }
  }
  EXPECT_TRUE(check_metadata_words(nullptr, 0));
}

}  // namespace
}  // namespace olivine
