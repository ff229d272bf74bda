// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/bitmap.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/dense_values.h"

namespace olivine {
namespace {

constexpr std::array kFormats = {Format::Fp16, Format::Bf16, Format::Fp8,   Format::Int8,
                                 Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Ovp8};

// Mostly zeros; among the rest outliers for OVP formats and negative zeros for floats.
PackedMatrix sparse_matrix(Format format, int64_t rows, int64_t k, double density, Rng& rng) {
  std::vector<float> values;
  for (int64_t i = 0; i < rows * k; ++i) {
    const double value = rng.chance(0.2) ? rng.normal() * 30.0 : rng.normal() * 3.0;
    values.push_back(rng.chance(density) ? static_cast<float>(value) : 0.0F);
    if (rng.chance(0.02)) values.back() = -0.0F;
  }
  std::vector<float> scales(static_cast<size_t>(rows), 0.5F);
  if (rows == 0) scales = {1.0F};
  return encode({"w", values, rows, k}, format, scales);
}

void expect_same(const PackedMatrix& actual, const PackedMatrix& expected) {
  EXPECT_EQ(actual.format, expected.format);
  EXPECT_EQ(actual.rows, expected.rows);
  EXPECT_EQ(actual.k, expected.k);
  EXPECT_EQ(actual.codes, expected.codes);
  EXPECT_EQ(actual.scales, expected.scales);
}

TEST(Bitmap, ComesBackToTheBitForEveryFormat) {
  constexpr uint64_t kSeed = 61;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : kFormats) {
    for (const int64_t k : {0, 1, 2, 7, 8, 9, 15, 16, 17, 127}) {
      for (const double density : {0.0, 0.1, 0.5, 1.0}) {
        SCOPED_TRACE(fmt::format("{} k {} density {}", name_of(format), k, density));
        const PackedMatrix dense = sparse_matrix(format, 5, k, density, rng);
        expect_same(decompress_bitmap(compress_bitmap(dense)), dense);
      }
    }
    expect_same(decompress_bitmap(compress_bitmap(sparse_matrix(format, 0, 9, 0.5, rng))),
                sparse_matrix(format, 0, 9, 0.5, rng));
  }
}

TEST(Bitmap, BytesAreThoseOfTheFormula) {
  constexpr uint64_t kSeed = 62;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  constexpr int64_t kRows = 7;
  for (const Format format : kFormats) {
    for (const int64_t k : {1, 8, 9, 100}) {
      const BitmapMatrix matrix = compress_bitmap(sparse_matrix(format, kRows, k, 0.3, rng));
      int64_t nonzeros = 0;
      for (const uint8_t byte : matrix.bitmap) nonzeros += std::popcount(byte);
      const uint64_t bytes = bitmap_bytes(format, kRows, k, nonzeros);
      // rows x ceil(k / 8), and the values of rows that share the non-zeros as evenly as they can,
      // each on whole bytes.
      int64_t expected = kRows * ((k + 7) / 8);
      for (int64_t row = 0; row < kRows; ++row) {
        const int64_t count = nonzeros / kRows + (row < nonzeros % kRows ? 1 : 0);
        expected += (count * info(format).bits + 7) / 8;
      }
      EXPECT_EQ(bytes, static_cast<uint64_t>(expected));
      // Rows of other counts end on half a byte, or do not: 4 bits a row at most.
      const auto slack = static_cast<int64_t>(info(format).bits == 4 ? (kRows + 1) / 2 : 0);
      EXPECT_LE(std::abs(static_cast<int64_t>(matrix.byte_count()) - expected), slack);
    }
  }
}

TEST(Bitmap, LaysOutBitsAndValuesAsStated) {
  const std::vector<float> values = {0, 3, 0, 0, -2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5};
  const BitmapMatrix int4 =
      compress_bitmap(encode({"w", values, 2, 9}, Format::Int4, std::vector{1.0F}));
  EXPECT_EQ(int4.bitmap, (std::vector<uint8_t>{0x12, 0x01, 0x00, 0x01}));
  EXPECT_EQ(int4.values, (std::vector<uint8_t>{0xE3, 0x01, 0x05}));  // 3, -2 | 1 | 5
  EXPECT_EQ(int4.row_start, (std::vector<uint64_t>{0, 2, 3}));
  // Pairs (0, 3), (-2, 0) and the last of each row with its empty partner.
  const BitmapMatrix ovp =
      compress_bitmap(encode({"w", values, 2, 9}, Format::Ovp8, std::vector{1.0F}));
  EXPECT_EQ(ovp.bitmap, (std::vector<uint8_t>{0x33, 0x03, 0x00, 0x03}));
  EXPECT_EQ(ovp.values, (std::vector<uint8_t>{0, 3, 0xFE, 0, 1, 0, 5, 0}));
}

struct BadCase {
  std::string message;
  std::function<void(BitmapMatrix&)> damage;
};

TEST(Bitmap, EveryProblemIsNamedBad) {
  const std::vector<float> values = {0, 3, 0, 0, -2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5};
  const BitmapMatrix good =
      compress_bitmap(encode({"w", values, 2, 9}, Format::Int4, std::vector{1.0F}));
  const std::vector<BadCase> cases = {
      {"rows = -1: must be 0..2147483648", [](BitmapMatrix& m) { m.rows = -1; }},
      {"k = 2147483649: must be 0..2147483648", [](BitmapMatrix& m) { m.k = (1LL << 31) + 1; }},
      {"bitmap bytes = 4: must be 576460752303423488",
       [](BitmapMatrix& m) { m.rows = m.k = 1LL << 31; }},
      {"bitmap bytes = 3: must be 4", [](BitmapMatrix& m) { m.bitmap.pop_back(); }},
      {"row starts = 2: must be 3", [](BitmapMatrix& m) { m.row_start.pop_back(); }},
      {"start of row 0 = 1: must be 0", [](BitmapMatrix& m) { m.row_start[0] = 1; }},
      {"end of the last row = 3: must be 4", [](BitmapMatrix& m) { m.values.push_back(0); }},
      {"row 0: values at 0..3: must be 2 bytes", [](BitmapMatrix& m) { m.row_start[1] = 3; }},
      {"row 0: values at 0..18446744073709551615: must be 2 bytes",
       [](BitmapMatrix& m) { m.row_start[1] = ~uint64_t{0}; }},
      {"row 0: values at 0..2: must be 5 bytes", [](BitmapMatrix& m) { m.bitmap[0] = 0xFF; }},
      {"row 1: bit 10 past k is set", [](BitmapMatrix& m) { m.bitmap[3] = 0x05; }},
      {"row 1: padding of the last byte is not 0", [](BitmapMatrix& m) { m.values[2] = 0x15; }},
      {"scale 0 = 0: must be finite and above 0", [](BitmapMatrix& m) { m.scales[0] = 0.0F; }},
      {"row 0: bits 0 and 1 of one pair differ",
       [](BitmapMatrix& m) {
         m.format = Format::Ovp4;
         m.bitmap[0] = 0x11;
       }},
  };
  for (const BadCase& bad : cases) {
    BitmapMatrix matrix = good;
    bad.damage(matrix);
    try {
      (void)decompress_bitmap(matrix);
      FAIL() << bad.message;
    } catch (const ConfigError& error) {
      EXPECT_EQ(error.what(), "bitmap matrix: " + bad.message);
    }
  }
}

TEST(Bitmap, IllegalCodesAreRefusedBad) {
  BitmapMatrix matrix{Format::Ovp4, 1, 2, {0x03}, {0x88}, {0, 1}, {1.0F}};
  EXPECT_THROW((void)decompress_bitmap(matrix), ConfigError);
  matrix.values = {0x1F};
  EXPECT_NO_THROW((void)decompress_bitmap(matrix));
}

// The definition: sort, zero the last.
std::vector<float> pruned_slowly(std::vector<float> row, int64_t kept,
                                 const std::vector<float>& importance) {
  std::vector<size_t> order(row.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto score = [&](size_t i) {
    return static_cast<double>(std::fabs(row[i])) * static_cast<double>(importance[i]);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return score(a) > score(b); });
  for (size_t i = static_cast<size_t>(kept); i < order.size(); ++i) row[order[i]] = 0.0F;
  return row;
}

TEST(PruneUnstructured, KeepsTheLargestOfEveryRow) {
  constexpr uint64_t kSeed = 63;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const int64_t k : {0, 1, 2, 9, 64, 127}) {
    for (const double density : {0.0, 0.25, 0.5, 0.7, 1.0}) {
      std::vector<float> importance;
      for (int64_t i = 0; i < k; ++i) {
        importance.push_back(static_cast<float>(rng.uniform(0, 3)));
      }
      for (const bool is_weighted : {false, true}) {
        std::vector<float> values;  // small integers: many ties
        for (int64_t i = 0; i < 3 * k; ++i) {
          values.push_back(static_cast<float>(rng.uniform(-6, 6)));
        }
        const std::vector<float> before = values;
        if (is_weighted) {
          prune_unstructured_weighted(values, 3, k, density, importance);
        } else {
          prune_unstructured(values, 3, k, density);
        }
        const int64_t kept = std::llround(density * static_cast<double>(k));
        const std::vector<float> ones(static_cast<size_t>(k), 1.0F);
        for (int64_t row = 0; row < 3; ++row) {
          const auto first = static_cast<std::ptrdiff_t>(row * k);
          const auto count = static_cast<std::ptrdiff_t>(k);
          const std::vector<float> old(before.begin() + first, before.begin() + first + count);
          const std::vector<float> now(values.begin() + first, values.begin() + first + count);
          ASSERT_EQ(now, pruned_slowly(old, kept, is_weighted ? importance : ones))
              << "k " << k << " density " << density;
        }
      }
    }
  }
}

TEST(PruneUnstructured, RefusesWhatHasNoOrderBad) {
  std::vector<float> values = {1.0F, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THROW(prune_unstructured(values, 1, 2, 0.5), ConfigError);
  values[1] = 2.0F;
  EXPECT_THROW(prune_unstructured(values, 1, 3, 0.5), ShapeError);
  EXPECT_THROW(prune_unstructured_weighted(values, 1, 2, 0.5, std::vector{1.0F}), ShapeError);
  EXPECT_THROW(prune_unstructured_weighted(values, 1, 2, 0.5, std::vector{1.0F, -1.0F}),
               ConfigError);
}

}  // namespace
}  // namespace olivine
