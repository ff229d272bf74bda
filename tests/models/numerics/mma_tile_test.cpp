// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/mma_tile.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"

namespace olivine {
namespace {

struct Extents {
  int64_t m;
  int64_t n;
  int64_t k;
};
// 1, whole fragments (8, 16, k of every kind), one less, one more, primes, empty.
constexpr std::array<Extents, 10> kExtents = {{{1, 1, 1},
                                               {8, 16, 128},
                                               {7, 15, 127},
                                               {9, 17, 129},
                                               {13, 37, 41},
                                               {16, 32, 260},
                                               {3, 5, 70},
                                               {0, 5, 7},
                                               {5, 0, 7},
                                               {5, 7, 0}}};
constexpr double kManyOutliers = 0.2;

struct Operands {
  PackedMatrix activations;
  PackedMatrix weights;
};

Operands random_operands(const Scheme& scheme, const Extents& extents, Rng& rng) {
  return {
      random_packed(scheme.activations, Pattern::Dense, extents.m, extents.k, rng, kManyOutliers),
      random_packed(scheme.weights, scheme.weight_pattern, extents.n, extents.k, rng,
                    kManyOutliers)};
}

// Calls check(operands) for every extent.
template <class Check>
void for_each_operands(const Scheme& scheme, const Check& check) {
  constexpr uint64_t kSeed = 31;
  Rng rng{kSeed};
  for (const Extents& extents : kExtents) {
    SCOPED_TRACE(fmt::format("{}: {} x {} x {}, seed {}", scheme.name, extents.m, extents.n,
                             extents.k, kSeed));
    check(random_operands(scheme, extents, rng));
  }
}

// int8 and int4, dense and 2:4; ovp by mmaovp.
TEST(MmaTile, EqualsTheGoldenGemmForEveryIntegerScheme) {
  for (const Scheme& scheme : all_schemes()) {
    const bool is_integer = info(scheme.weights).is_integer && info(scheme.activations).is_integer;
    if (!is_integer || info(scheme.weights).bits != info(scheme.activations).bits) continue;
    for_each_operands(scheme, [](const Operands& operands) {
      EXPECT_EQ(execute_tile(operands.activations, operands.weights),
                gemm_golden(operands.activations, operands.weights).c);
    });
  }
}

TEST(MmaTile, SoftwareDecodeIntoInt8ChangesNoSum) {
  for (const char* name : {"w4a4-ovp", "w4a4-ovp-2:4", "w4a4-int4", "w4a4-int4-2:4"}) {
    for_each_operands(parse_scheme(name), [](const Operands& operands) {
      const PackedMatrix activations = decode_to_int8(operands.activations);
      const PackedMatrix weights = decode_to_int8(operands.weights);
      EXPECT_FALSE(find_problem(activations).has_value());
      EXPECT_FALSE(find_problem(weights).has_value());
      EXPECT_EQ(execute_tile(activations, weights),
                gemm_golden(operands.activations, operands.weights).c);
    });
  }
}

TEST(MmaTile, FlintWeightsRunInMmaovp) {
  const Scheme scheme{"ovp4f", Format::Ovp4f, Format::Ovp4, Pattern::Dense};
  for_each_operands(scheme, [](const Operands& operands) {
    EXPECT_EQ(execute_tile(operands.activations, operands.weights),
              gemm_golden(operands.activations, operands.weights).c);
  });
}

// Products are exact and both add in ascending k: no tolerance is needed.
TEST(MmaTile, FloatTilesEqualTheFloatGemm) {
  for (const char* name : {"w16a16-fp16", "w16a16-bf16", "w8a8-fp8", "w8a8-fp8-2:4"}) {
    for_each_operands(parse_scheme(name), [](const Operands& operands) {
      EXPECT_EQ(execute_tile_float(operands.activations, operands.weights),
                gemm_float(operands.activations, operands.weights).c);
    });
  }
}

TEST(MmaTile, RefusesWhatNoInstructionTakesBad) {
  Rng rng{1};
  const Operands mixed = random_operands(parse_scheme("w4a8-ovp"), {8, 16, 64}, rng);
  EXPECT_THROW((void)execute_tile(mixed.activations, mixed.weights), ShapeError);
  const Operands sparse = random_operands(parse_scheme("w16a16-fp16-2:4"), {8, 16, 64}, rng);
  EXPECT_THROW((void)execute_tile_float(sparse.activations, sparse.weights), ShapeError);
  const Operands int8 = random_operands(parse_scheme("w8a8-int8"), {8, 16, 64}, rng);
  EXPECT_THROW((void)execute_tile_float(int8.activations, int8.weights), ShapeError);
  const PackedMatrix shorter = random_packed(Format::Int8, Pattern::Dense, 8, 63, rng);
  EXPECT_THROW((void)execute_tile(shorter, int8.weights), ShapeError);
}

TEST(MmaTileDeathTest, OnlyWhatFitsIsDecodedToInt8Bad) {
  Rng rng{1};
  const PackedMatrix flint = random_packed(Format::Ovp4f, Pattern::Dense, 1, 2, rng);
  EXPECT_DEATH((void)decode_to_int8(flint), "ovp4f does not fit int8");
}

}  // namespace
}  // namespace olivine
