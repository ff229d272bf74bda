// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/sgemm.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/rng.h"

namespace olivine {
namespace {

constexpr uint64_t kSeed = 4711;

FloatMatrix random_matrix(int64_t rows, int64_t columns, Rng& rng) {
  FloatMatrix matrix(rows, columns);
  for (float& value : matrix.values) value = static_cast<float>(rng.normal());
  return matrix;
}

// A sum of k rounded products in any order: (k + 2) eps sum |a| |b| at most.
void expect_product(const FloatMatrix& a, const FloatMatrix& b, const FloatMatrix& c) {
  ASSERT_EQ(c.rows, a.rows);
  ASSERT_EQ(c.columns, b.rows);
  const double eps = static_cast<double>(std::numeric_limits<float>::epsilon());
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t j = 0; j < b.rows; ++j) {
      double sum = 0.0;
      double size = 0.0;
      for (size_t p = 0; p < a.row(i).size(); ++p) {
        const double product = static_cast<double>(a.row(i)[p]) * b.row(j)[p];
        sum += product;
        size += std::abs(product);
      }
      const double tolerance = static_cast<double>(a.columns + 2) * eps * size;
      ASSERT_NEAR(c.row(i)[static_cast<size_t>(j)], sum, tolerance) << i << ", " << j;
    }
  }
}

class Sgemm : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (GetParam() > best_instruction_set()) GTEST_SKIP() << "SKIPPED (no such instructions)";
  }

  void check(int64_t m, int64_t n, int64_t k) {
    SCOPED_TRACE(fmt::format("m {} n {} k {} seed {}", m, n, k, kSeed));
    Rng rng{kSeed};
    const FloatMatrix a = random_matrix(m, k, rng);
    const FloatMatrix b = random_matrix(n, k, rng);
    expect_product(a, b, multiply_transposed(a, b.values, n, GetParam()));
  }
};

TEST_P(Sgemm, IsTheProductForAllResidues) {
  // Tiles of 6 and 12 rows, panels of 32 columns.
  for (const int64_t m : {1, 5, 6, 7, 11, 12, 13, 29}) {
    for (const int64_t n : {1, 31, 32, 33, 67}) {
      for (const int64_t k : {1, 2, 17}) check(m, n, k);
    }
  }
}

TEST_P(Sgemm, IsTheProductAcrossBlocks) {
  for (const int64_t k : {255, 256, 257, 521}) check(13, 37, k);  // blocks of 256
  for (const int64_t m : {239, 240, 241, 487}) check(m, 33, 3);   // blocks of 240
}

TEST_P(Sgemm, OfNothingIsNothingOrZero) {
  check(0, 5, 7);
  check(5, 0, 7);
  check(5, 33, 0);
  check(0, 0, 0);
}

INSTANTIATE_TEST_SUITE_P(Sets, Sgemm,
                         testing::Values(InstructionSet::Portable, InstructionSet::Avx2,
                                         InstructionSet::Avx512));

}  // namespace
}  // namespace olivine
