// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/packed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/base/rng.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/ovp.h"
#include "models/numerics/random_operand.h"

namespace olivine {
namespace {

constexpr std::array kAllFormats = {Format::Fp16, Format::Bf16, Format::Fp8,   Format::Int8,
                                    Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Ovp8};

TEST(Ovp, LegalBytesAreCounted) {
  for (const Format format : {Format::Ovp4, Format::Ovp4f}) {
    int legal = 0;
    for (int byte = 0; byte < 256; ++byte) {
      legal += decode_byte(format, static_cast<uint8_t>(byte)).is_legal ? 1 : 0;
    }
    EXPECT_EQ(legal, 256 - 3);  // 0x88, 0x80, 0x08
  }
}

TEST(Ovp, EightBitElementsSplitIntoTwoSlices) {
  for (int value = -128; value < 128; ++value) {
    const auto slices = decode_element(Format::Int8, static_cast<uint8_t>(value), 0);
    EXPECT_EQ(value_of(slices), value);
    EXPECT_EQ(slices[0].exponent, 4);
    EXPECT_EQ(slices[1].exponent, 0);
    EXPECT_GE(slices[1].integer, 0);
    EXPECT_LE(slices[1].integer, 15);
  }
}

TEST(Ovp, EightBitOutliersFitThePeOperands) {
  for (int code = 1; code <= 63; ++code) {
    for (const int sign : {0, 0x80}) {
      const auto slices =
          decode_element(Format::Ovp8, static_cast<uint8_t>(code | sign), kIdentifier8);
      // E4M3 with bias 4: (8 + mantissa) << (exponent + 4).
      const int magnitude = (8 + (code & 7)) << ((code >> 3) + 4);
      EXPECT_EQ(value_of(slices), sign != 0 ? -magnitude : magnitude);
      EXPECT_LE(magnitude, 30720);
      EXPECT_LE(slices[0].exponent, 15);
      EXPECT_EQ(slices[0].exponent, slices[1].exponent + 4);
    }
  }
  EXPECT_EQ(paper_grid(Format::Ovp8).max_value(), 30720);
}

TEST(Ovp, ArtifactGridsEndWhereItsCodeBooksDo) {
  // Largest outliers in grid units (olive.md 1.6): 384 signed 4-bit, 504 signed 8-bit, 448 and 508.
  const auto end = [](Format format, bool is_unsigned) {
    const Grid& grid = artifact_grid(format, is_unsigned);
    return grid.max_value() * grid.unit;
  };
  EXPECT_EQ(end(Format::Ovp4, false), 384);
  EXPECT_EQ(end(Format::Ovp4f, false), 384);
  EXPECT_EQ(end(Format::Ovp8, false), 504);
  EXPECT_EQ(end(Format::Ovp4, true), 448);
  EXPECT_EQ(end(Format::Ovp4f, true), 448);
  EXPECT_EQ(end(Format::Ovp8, true), 508);
}

TEST(RandomOperand, IsWellFormedAndRepeatable) {
  for (const Format format : kAllFormats) {
    for (const Pattern pattern : {Pattern::Dense, Pattern::TwoFour}) {
      for (const int64_t k : {0, 1, 2, 3, 4, 5, 6, 7, 8, 31, 32, 33}) {
        SCOPED_TRACE(fmt::format("{} {} k {}", name_of(format), name_of(pattern), k));
        Rng rng{11};
        const auto matrix = random_packed(format, pattern, 5, k, rng, 0.5);
        EXPECT_EQ(find_problem(matrix).value_or(""), "");
        Rng again{11};
        EXPECT_EQ(random_packed(format, pattern, 5, k, again, 0.5).codes, matrix.codes);
      }
    }
  }
}

TEST(RandomOperand, HasTheRequestedShareOfOutliers) {
  Rng rng{4};
  const auto matrix = random_packed(Format::Ovp4, Pattern::Dense, 100, 2000, rng);
  int outliers = 0;
  for (const uint8_t byte : matrix.codes) {
    outliers += (byte & 15) == kIdentifier4 || byte >> 4 == kIdentifier4 ? 1 : 0;
  }
  // Binomial: 100000 pairs at the stated share, within five standard deviations (31.5 each).
  EXPECT_NEAR(outliers, 1e5 * kOutlierPairShare, 5 * 31.5);
}

TEST(DecodedMatrix, AgreesWithDenseValues) {
  Rng rng{21};
  for (const Format format : kAllFormats) {
    if (!info(format).is_integer) continue;
    for (const Pattern pattern : {Pattern::Dense, Pattern::TwoFour}) {
      const auto matrix = random_packed(format, pattern, 3, 37, rng, 0.4);
      const auto dense = dense_int16(matrix, 37);
      EXPECT_EQ(dense_float(matrix, 37), std::vector<float>(dense.begin(), dense.end()));
      std::vector<int16_t> rebuilt(dense.size());
      const DecodedMatrix decoded = decode(matrix);
      for (int64_t row = 0; row < 3; ++row) {
        for (int64_t column = 0; column < decoded.columns; ++column) {
          int32_t value = 0;
          for (int slice = 0; slice < decoded.slices; ++slice) {
            value += decoded.at(row, column, slice).value();
          }
          const auto at = static_cast<size_t>(row * decoded.columns + column);
          const int64_t index =
              decoded.position.empty() ? column : 4 * (column / 2) + decoded.position[at];
          if (index >= 37) continue;
          rebuilt[static_cast<size_t>(row * 37 + index)] = static_cast<int16_t>(value);
        }
      }
      EXPECT_EQ(rebuilt, dense) << name_of(format);
    }
  }
}

TEST(PackedMatrix, ProblemsAreNamedBad) {
  Rng rng{8};
  const auto expect_problem = [](const PackedMatrix& matrix, std::string_view text) {
    const auto problem = find_problem(matrix);
    ASSERT_TRUE(problem.has_value()) << text;
    EXPECT_NE(problem->find(text), std::string::npos) << *problem;
  };
  const PackedMatrix good = random_packed(Format::Ovp4, Pattern::TwoFour, 2, 12, rng);
  PackedMatrix bad = good;
  bad.codes[4] = 0x80;
  expect_problem(bad, "row 1, byte 1: 0x80 is no legal ovp4 pair");
  bad = good;
  bad.codes.pop_back();
  expect_problem(bad, "code bytes = 5: must be 6");
  bad = good;
  bad.metadata[2] = static_cast<uint8_t>((bad.metadata[2] & 0xF0) | 0x5);
  expect_problem(bad, "row 1, metadata byte 0: nibble 5");
  bad = good;
  bad.metadata[1] = static_cast<uint8_t>(bad.metadata[1] | 0x40);
  expect_problem(bad, "row 0, metadata byte 1: padding nibble");
  bad = good;
  bad.scales = {1.0F, 0.0F};
  expect_problem(bad, "scale 1 = 0");
  bad = good;
  bad.scales = {1.0F, 1.0F, 1.0F};
  expect_problem(bad, "scales = 3: must be 1 or 2");
  bad = good;
  bad.rows = -1;
  expect_problem(bad, "rows = -1");

  PackedMatrix odd = random_packed(Format::Ovp8, Pattern::Dense, 1, 3, rng, 0.0);
  odd.codes[3] = 1;
  expect_problem(odd, "padding past k");
  PackedMatrix half = random_packed(Format::Int4, Pattern::Dense, 1, 3, rng);
  half.codes[1] = static_cast<uint8_t>(half.codes[1] | 0x10);
  expect_problem(half, "padding past k");
  PackedMatrix beyond{Format::Int8, Pattern::TwoFour, 1, 2, {1, 1}, {0xE}, {1.0F}};
  expect_problem(beyond, "padding past k");  // positions 2 and 3 of two elements
}

// An 8-bit PE takes an element whole: one slice with the value of the two.
TEST(DecodedMatrix, WholeElementsHaveTheValueOfTheirSlices) {
  constexpr uint64_t kSeed = 5;
  Rng rng{kSeed};
  for (const Format format : {Format::Int8, Format::Ovp8}) {
    for (const Pattern pattern : {Pattern::Dense, Pattern::TwoFour}) {
      const PackedMatrix matrix = random_packed(format, pattern, 7, 45, rng, 0.5);
      const DecodedMatrix sliced = decode(matrix);
      const DecodedMatrix whole = decode(matrix, 1);
      ASSERT_EQ(whole.slices, 1);
      ASSERT_EQ(whole.data.size() * 2, sliced.data.size());
      EXPECT_EQ(whole.position, sliced.position);
      for (size_t i = 0; i < whole.data.size(); ++i) {
        const Slice& slice = whole.data[i];
        EXPECT_EQ(slice.value(), sliced.data[2 * i].value() + sliced.data[2 * i + 1].value());
        EXPECT_LE(slice.exponent, 15);
      }
    }
  }
  const PackedMatrix small = random_packed(Format::Ovp4, Pattern::Dense, 3, 8, rng);
  EXPECT_EQ(decode(small, 1).data, decode(small).data);
}

}  // namespace
}  // namespace olivine
