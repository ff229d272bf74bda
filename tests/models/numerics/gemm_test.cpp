// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/gemm.h"
#include "models/numerics/int16_kernel.h"
#include "models/numerics/ovp.h"
#include "models/numerics/random_operand.h"

namespace olivine {
namespace {

constexpr std::array kIntegerFormats = {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp4f,
                                        Format::Ovp8};
constexpr std::array kPatterns = {Pattern::Dense, Pattern::TwoFour};

struct Extents {
  int64_t m;
  int64_t n;
  int64_t k;
};
// 1, exact multiples of the kernel's tiles (8, 32, 2), one less, one more, primes, empty.
constexpr std::array<Extents, 11> kExtents = {{{1, 1, 1},
                                               {8, 32, 64},
                                               {7, 31, 63},
                                               {9, 33, 65},
                                               {13, 37, 41},
                                               {0, 5, 7},
                                               {5, 0, 7},
                                               {5, 7, 0},
                                               {1, 64, 128},
                                               {17, 1, 130},
                                               {2, 3, 1027}}};

// A sum over plain dense values, independent of slices and kernels.
IntegerGemm gemm_by_values(const PackedMatrix& a, const PackedMatrix& b) {
  const auto left = dense_int16(a, a.k);
  const auto right = dense_int16(b, b.k);
  IntegerGemm result{a.rows, b.rows, {}, 0};
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t j = 0; j < b.rows; ++j) {
      int64_t sum = 0;
      for (int64_t p = 0; p < a.k; ++p) {
        sum += int64_t{left[static_cast<size_t>(i * a.k + p)]} *
               int64_t{right[static_cast<size_t>(j * b.k + p)]};
      }
      result.c.push_back(static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint64_t>(sum))));
      if (sum != result.c.back()) ++result.overflow_count;
    }
  }
  return result;
}

TEST(Gemm, FunctionalEqualsGoldenForEveryFormatAndPattern) {
  constexpr uint64_t kSeed = 2023;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format activations : kIntegerFormats) {
    for (const Format weights : kIntegerFormats) {
      for (const Pattern pattern : kPatterns) {
        for (const Extents& e : kExtents) {
          SCOPED_TRACE(fmt::format("{} x {} {}, {}x{}x{}", name_of(activations), name_of(weights),
                                   name_of(pattern), e.m, e.n, e.k));
          const auto a = random_packed(activations, Pattern::Dense, e.m, e.k, rng, 0.3);
          const auto b = random_packed(weights, pattern, e.n, e.k, rng, 0.3);
          const IntegerGemm golden = gemm_golden(a, b);
          ASSERT_EQ(golden, gemm_by_values(a, b));
          ASSERT_EQ(gemm_functional(a, b), golden);
          ASSERT_EQ(gemm_functional(a, b, GemmEngine::Int16Kernel), golden);
        }
      }
    }
  }
}

TEST(Gemm, EveryInstructionSetGivesTheSameBits) {
  Rng rng{9};
  for (const Extents& e : kExtents) {
    const auto a = random_packed(Format::Ovp8, Pattern::Dense, e.m, e.k, rng, 0.5);
    const auto b = random_packed(Format::Ovp8, Pattern::Dense, e.n, e.k, rng, 0.5);
    const auto left = dense_int16(a, k_stride(e.k));
    const auto right = dense_int16(b, k_stride(e.k));
    const IntegerGemm golden = gemm_golden(a, b);
    for (const auto set :
         {InstructionSet::Portable, InstructionSet::Avx2, InstructionSet::Avx512}) {
      if (set > best_instruction_set()) continue;
      std::vector<int32_t> c(golden.c.size(), -1);
      multiply_int16({e.m, e.n, e.k, left, right, c}, set);
      ASSERT_EQ(c, golden.c) << static_cast<int>(set);
    }
  }
}

// The PE identity: (integer * integer) << (exponent + exponent) is the product of the values.
TEST(Gemm, SliceProductsAreValueProducts) {
  std::vector<Slice> slices;
  for (int integer = -16; integer <= 15; ++integer) {
    for (int exponent = 0; exponent <= 15; ++exponent) {
      slices.push_back({static_cast<int8_t>(integer), static_cast<uint8_t>(exponent)});
    }
  }
  for (const Slice& left : slices) {
    for (const Slice& right : slices) {
      const int product = left.integer * right.integer;
      const uint32_t shifted = static_cast<uint32_t>(product) << (left.exponent + right.exponent);
      const auto value = static_cast<uint32_t>(int64_t{left.value()} * right.value());
      ASSERT_EQ(shifted, value);
    }
  }
}

PackedMatrix constant_ovp8(int64_t rows, int64_t k, uint8_t code) {
  PackedMatrix matrix{Format::Ovp8, Pattern::Dense, rows, k, {}, {}, {1.0F}};
  for (int64_t i = 0; i < rows * k / 2; ++i) {
    matrix.codes.insert(matrix.codes.end(), {code, kIdentifier8});
  }
  return matrix;
}

TEST(Gemm, CountsOverflowAndWrapsAround) {
  constexpr uint8_t kLargest = 0x3F;  // 15 << 11 = 30720
  constexpr int64_t kProduct = int64_t{30720} * 30720;
  for (const int64_t products : {1, 2, 3, 5}) {
    const auto a = constant_ovp8(2, 2 * products, kLargest);
    const auto b = constant_ovp8(3, 2 * products, kLargest);
    const int64_t sum = products * kProduct;
    const bool fits = sum <= INT32_MAX;  // two products fit, three do not
    const IntegerGemm golden = gemm_golden(a, b);
    EXPECT_EQ(golden.overflow_count, fits ? 0u : 6u) << products;
    EXPECT_EQ(golden.c[0], static_cast<int32_t>(static_cast<uint32_t>(sum)));
    EXPECT_EQ(gemm_functional(a, b), golden);
  }
}

TEST(Gemm, OverflowOfInt8IsSeenOnTheOneDnnPathToo) {
  const int64_t last_fit = INT32_MAX / (127 * 127);
  for (const int64_t k : {last_fit, last_fit + 1}) {
    PackedMatrix a{Format::Int8, Pattern::Dense, 3, k, {}, {}, {1.0F}};
    a.codes.assign(static_cast<size_t>(3 * k), 127);
    PackedMatrix b{Format::Int8, Pattern::Dense, 2, k, {}, {}, {1.0F}};
    b.codes.assign(static_cast<size_t>(2 * k), 127);
    const IntegerGemm result = gemm_functional(a, b);
    EXPECT_EQ(result.overflow_count, k == last_fit ? 0u : 6u);
    EXPECT_EQ(result.c[5], static_cast<int32_t>(static_cast<uint32_t>(127 * 127 * k)));
    EXPECT_EQ(gemm_functional(a, b, GemmEngine::Int16Kernel), result);
  }
}

TEST(Gemm, RefusesOperandsThatDoNotFitBad) {
  Rng rng{3};
  const auto dense = random_packed(Format::Ovp4, Pattern::Dense, 2, 8, rng);
  const auto sparse = random_packed(Format::Ovp4, Pattern::TwoFour, 2, 8, rng);
  const auto longer = random_packed(Format::Ovp4, Pattern::Dense, 2, 10, rng);
  const auto half = random_packed(Format::Fp16, Pattern::Dense, 2, 8, rng);
  EXPECT_THROW((void)gemm_golden(sparse, dense), ShapeError);
  EXPECT_THROW((void)gemm_golden(dense, longer), ShapeError);
  EXPECT_THROW((void)gemm_functional(half, dense), ShapeError);
  EXPECT_THROW((void)gemm_float(dense, dense), ShapeError);
  PackedMatrix broken = dense;
  broken.codes[1] = 0x88;
  EXPECT_THROW((void)gemm_golden(dense, broken), ConfigError);
  EXPECT_THROW((void)gemm_functional(broken, dense), ConfigError);
}

TEST(GemmFloat, StaysWithinItsToleranceForEveryFloatScheme) {
  constexpr uint64_t kSeed = 77;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Scheme& scheme : all_schemes()) {
    if (info(scheme.activations).is_integer && info(scheme.weights).is_integer) continue;
    SCOPED_TRACE(scheme.name);
    const auto a = random_packed(scheme.activations, Pattern::Dense, 5, 67, rng);
    const auto b = random_packed(scheme.weights, scheme.weight_pattern, 6, 67, rng);
    const auto left = dense_float(a, 67);
    const auto right = dense_float(b, 67);
    const FloatGemm result = gemm_float(a, b);
    double max_a = 0.0;
    double max_b = 0.0;
    for (const float value : left) max_a = std::max(max_a, std::fabs(static_cast<double>(value)));
    for (const float value : right) max_b = std::max(max_b, std::fabs(static_cast<double>(value)));
    for (size_t i = 0; i < 5; ++i) {
      for (size_t j = 0; j < 6; ++j) {
        double sum = 0.0;
        for (size_t p = 0; p < 67; ++p) {
          sum += static_cast<double>(left[i * 67 + p]) * static_cast<double>(right[j * 67 + p]);
        }
        EXPECT_NEAR(static_cast<double>(result.c[i * 6 + j]), sum,
                    float_gemm_tolerance(67, max_a, max_b));
      }
    }
  }
}

}  // namespace
}  // namespace olivine
