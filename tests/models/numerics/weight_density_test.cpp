// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/weight_density.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "models/numerics/bitmap.h"

namespace olivine {
namespace {

TEST(WeightDensity, IsReadExactly) {
  struct Case {
    const char* text;
    int32_t per_mille;
    const char* written;
  };
  for (const Case& c :
       {Case{"1", 1000, "1"}, Case{"1.0", 1000, "1"}, Case{"0.5", 500, "0.5"},
        Case{"0.50", 500, "0.5"}, Case{"0.125", 125, "0.125"}, Case{"0.001", 1, "0.001"},
        Case{"0.01", 10, "0.01"}, Case{"0.999", 999, "0.999"}}) {
    SCOPED_TRACE(c.text);
    const auto density = parse_weight_density(c.text);
    ASSERT_TRUE(density);
    EXPECT_EQ(density->per_mille, c.per_mille);
    EXPECT_EQ(to_string(*density), c.written);
    EXPECT_EQ(density->is_dense(), c.per_mille == 1000);
    EXPECT_DOUBLE_EQ(as_number(*density), c.per_mille / 1000.0);
  }
}

TEST(WeightDensity, OtherTextsAreRefusedBad) {
  for (const char* text :
       {"",     "0",    "0.0", "0.000", "1.001", "2",    "1.5",  "0.1234", ".5",  "0.",  "-0.5",
        "+0.5", "1e-1", "50%", "0,5",   "0.5 ",  " 0.5", "00.5", "0.5.5",  "nan", "half"}) {
    EXPECT_FALSE(parse_weight_density(text)) << text;
  }
}

TEST(WeightDensity, EveryDensityIsReadBack) {
  for (int32_t per_mille = 1; per_mille <= 1000; ++per_mille) {
    EXPECT_EQ(parse_weight_density(to_string({per_mille})), WeightDensity{per_mille});
  }
}

// The count nearest to k x density in whole numbers, a half up; pairs for OVP.
TEST(WeightDensity, KeepsTheNearestCount) {
  struct Case {
    Format format;
    int64_t k;
    int32_t per_mille;
    int64_t kept;
  };
  for (const Case& c : {Case{Format::Int8, 1, 499, 0},      // 0.499
                        Case{Format::Int8, 1, 500, 1},      // 0.5
                        Case{Format::Int8, 8, 500, 4},      // exact
                        Case{Format::Int8, 7, 500, 4},      // 3.5
                        Case{Format::Int8, 13, 100, 1},     // 1.3
                        Case{Format::Int4, 127, 999, 127},  // 126.873
                        Case{Format::Ovp4, 8, 500, 4},      // 2 of 4 pairs
                        Case{Format::Ovp4, 7, 500, 4},      // of 4 pairs, the last half empty
                        Case{Format::Ovp8, 2, 499, 0},      // 0.499 of one pair
                        Case{Format::Ovp8, 1, 500, 2}}) {
    EXPECT_EQ(kept_elems(c.format, c.k, {c.per_mille}), c.kept)
        << name_of(c.format) << " " << c.k << " " << c.per_mille;
  }
}

// A bit an element and the kept ones, each row in whole bytes.
TEST(WeightDensity, BytesAreThoseOfTheBitmap) {
  for (const int64_t k : {1, 7, 8, 9, 16, 37, 128}) {
    const int64_t kept8 = kept_elems(Format::Int8, k, {300});
    EXPECT_EQ(compressed_bytes(Format::Int8, 5, k, {300}), 5 * ((k + 7) / 8 + kept8)) << k;
    const int64_t kept4 = kept_elems(Format::Int4, k, {300});
    EXPECT_EQ(compressed_bytes(Format::Int4, 5, k, {300}), 5 * ((k + 7) / 8 + (kept4 + 1) / 2));
    EXPECT_EQ(compressed_bytes(Format::Int4, 5, k, {300}),
              static_cast<int64_t>(bitmap_bytes(Format::Int4, 5, k, 5 * kept4)));
  }
}

// The bitmap pays below 7/8 of int8 elements and 3/4 of int4 ones.
TEST(WeightDensity, SavesBelowOneBitAnElement) {
  EXPECT_LT(compressed_bytes(Format::Int8, 1, 8000, {874}), 8000);
  EXPECT_EQ(compressed_bytes(Format::Int8, 1, 8000, {875}), 8000);
  EXPECT_LT(compressed_bytes(Format::Int4, 1, 8000, {749}), 4000);
  EXPECT_EQ(compressed_bytes(Format::Int4, 1, 8000, {750}), 4000);
}

}  // namespace
}  // namespace olivine
