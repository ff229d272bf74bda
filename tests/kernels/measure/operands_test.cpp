// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/operands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/measure/expectation.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/gemm.h"

namespace olivine::measure {
namespace {

using testing::HasSubstr;

constexpr uint64_t kSeed = 5;

Operands operands(const char* scheme, const NamedShape& shape, uint64_t seed = kSeed,
                  int threads = 2) {
  return make_operands(shape, parse_scheme(scheme), seed, threads);
}

ReferenceGemm right_reference() {
  return [](const PackedMatrix& a, const PackedMatrix& b) { return gemm_functional(a, b).c; };
}

const NamedShape kShape{"", 33, 65, 129};

TEST(Operands, AreTheSameBytesForAnyNumberOfThreads) {
  const NamedShape shape{"", 300, 260, 70};  // three chunks of rows
  for (const char* scheme : {"w8a8-int8", "w4a4-ovp-2:4", "w4a8-ovp", "w16a16-fp16"}) {
    const Operands one = operands(scheme, shape, kSeed, 1);
    const Operands many = operands(scheme, shape, kSeed, 5);
    EXPECT_EQ(one.activations.codes, many.activations.codes);
    EXPECT_EQ(one.weights.codes, many.weights.codes);
    EXPECT_EQ(one.weights.metadata, many.weights.metadata);
    EXPECT_NE(one.activations.codes, operands(scheme, shape, kSeed + 1).activations.codes);
  }
}

TEST(Operands, AreWellFormedInEveryScheme) {
  for (const Scheme& scheme : all_schemes()) {
    const Operands made = make_operands(kShape, scheme, kSeed, 1);
    EXPECT_FALSE(find_problem(made.activations)) << scheme.name;
    EXPECT_FALSE(find_problem(made.weights)) << scheme.name;
    EXPECT_EQ(made.weights.pattern, scheme.weight_pattern);
  }
}

TEST(Operands, OfFloatSchemesAreSmallIntegers) {
  const Operands made = operands("w16a16-bf16", kShape);
  EXPECT_EQ(made.activations.format, Format::Int8);
  int64_t others = 0;
  for (const int8_t value : dense_int8(made.activations, made.activations.k)) {
    EXPECT_LE(std::abs(value), 2);
    others += value != 0 ? 1 : 0;
  }
  EXPECT_GT(others, 33 * 129 / 3);
}

TEST(Operands, OfFloatSchemesThatAreTimedFillTheirSignificands) {
  const Operands made = make_timed_operands(kShape, parse_scheme("w16a16-fp16"), kSeed, 1);
  const std::vector<uint8_t> codes = library_codes(made.activations);
  ASSERT_EQ(codes.size(), 33 * 129 * 2);
  int64_t odd = 0;
  for (size_t i = 0; i < codes.size(); i += 2) odd += codes[i] & 1;
  EXPECT_NEAR(static_cast<double>(odd) / (33 * 129), 0.5, 0.05);
}

TEST(LibraryCodes, AreRowMajorCodesOfTheFormatWithTheZerosOfTwoFour) {
  const Operands made = operands("w16a16-fp16-2:4", kShape);
  const std::vector<int8_t> values = dense_int8(made.weights, 129);
  const std::vector<uint8_t> codes = library_codes(made.weights, Format::Fp16);
  ASSERT_EQ(codes.size(), 2 * values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    uint16_t code = 0;
    std::memcpy(&code, codes.data() + 2 * i, sizeof code);
    EXPECT_EQ(float_from_fp16(code), static_cast<float>(values[i]));
  }
  const std::vector<uint8_t> bytes = library_codes(made.weights, Format::Int8);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), values.begin(), values.end(),
                         [](uint8_t a, int8_t b) { return static_cast<int8_t>(a) == b; }));
}

TEST(Expectation, OfSmallShapesIsThatOfTheModels) {
  const Operands made = operands("w4a8-ovp", kShape);
  Expectation expectation;
  const ReferenceGemm never = [](const PackedMatrix&, const PackedMatrix&) {
    ADD_FAILURE() << "not for this size";
    return std::vector<int32_t>{};
  };
  ASSERT_TRUE(make_expectation(made, never, 2, expectation));
  EXPECT_EQ(expectation.sums, gemm_golden(made.activations, made.weights).c);
  EXPECT_EQ(expectation.source, "models/numerics");
}

// Just beyond kFullCheckMacs.
const NamedShape kLarge{"", 520, 1100, 480};

TEST(Expectation, OfLargeShapesIsTheReferenceOfWhichSamplesAreChecked) {
  ASSERT_GT(kLarge.m * kLarge.n * kLarge.k, kFullCheckMacs);
  for (const char* scheme : {"w8a8-int8", "w4a4-ovp-2:4"}) {
    const Operands made = operands(scheme, kLarge);
    Expectation expectation;
    ASSERT_TRUE(make_expectation(made, right_reference(), 2, expectation));
    EXPECT_EQ(expectation.sums, gemm_functional(made.activations, made.weights).c);
    EXPECT_THAT(expectation.source, HasSubstr("reference kernel, of it 8 rows and 8 columns"));
  }
}

TEST(Expectation, RefusesAReferenceThatIsWrongInASampledLineBad) {
  const Operands made = operands("w8a8-int8", kLarge);
  const auto refused_with = [&](size_t wrong) {
    const ReferenceGemm reference = [&](const PackedMatrix& a, const PackedMatrix& b) {
      std::vector<int32_t> sums = right_reference()(a, b);
      sums[wrong] += 1;
      return sums;
    };
    Expectation expectation;
    return make_expectation(made, reference, 2, expectation).reason();
  };
  // The first and the last row and column are always sampled.
  EXPECT_THAT(refused_with(0), HasSubstr("reference kernel: c[0][0] = "));
  EXPECT_THAT(refused_with(static_cast<size_t>(kLarge.m * kLarge.n - 1)),
              HasSubstr("c[519][1099] = "));
  EXPECT_THAT(refused_with(static_cast<size_t>(100 * kLarge.n)), HasSubstr("c[100][0] = "));
}

TEST(Expectation, FollowsTheFormulasOfOtherOutputs) {
  const Operands made = operands("w8a8-int8", kShape);
  Expectation expectation;
  ASSERT_TRUE(make_expectation(made, right_reference(), 1, expectation));
  const std::vector<uint8_t> int8 = expected_output(expectation, OutputForm::Int8);
  const std::vector<uint8_t> half = expected_output(expectation, OutputForm::Fp16);
  ASSERT_EQ(int8.size(), 33 * 65);
  ASSERT_EQ(half.size(), 33 * 65 * 2);
  int64_t saturated = 0;
  int64_t ties = 0;
  int64_t zeros = 0;
  for (size_t i = 0; i < int8.size(); ++i) {
    const float real = static_cast<float>(expectation.sums[i]) *
                       (expectation.activation_scale * expectation.weight_scales[i % 65]);
    const float quotient = std::abs(real) / expectation.output_scale;
    auto rounded = static_cast<int>(quotient);
    if (quotient - static_cast<float>(rounded) >= 0.5F) ++rounded;  // ties away from zero
    rounded = std::min(rounded, 127);
    EXPECT_EQ(static_cast<int8_t>(int8[i]), real < 0 ? -rounded : rounded);
    saturated += rounded == 127 ? 1 : 0;
    zeros += rounded == 0 ? 1 : 0;
    ties += quotient - std::floor(quotient) == 0.5F ? 1 : 0;
    uint16_t code = 0;
    std::memcpy(&code, half.data() + 2 * i, sizeof code);
    EXPECT_EQ(code, fp16_from_float(real));
  }
  // Scales make every branch of the epilogue happen.
  EXPECT_GT(saturated, 0);
  EXPECT_LT(saturated, 33 * 65 / 4);
  EXPECT_GT(ties, 0);
  EXPECT_GT(zeros, 0);
}

TEST(Expectation, OfLibrariesIsOneRoundingAway) {
  const Operands made = operands("w16a16-fp16", kShape);
  Expectation expectation;
  ASSERT_TRUE(make_expectation(made, right_reference(), 1, expectation));
  const std::vector<uint8_t> half = expected_output(expectation, BaselineScheme::Fp16);
  const std::vector<uint8_t> brain = expected_output(expectation, BaselineScheme::Fp8ToBf16);
  for (size_t i = 0; i < expectation.sums.size(); ++i) {
    const auto sum = static_cast<float>(expectation.sums[i]);
    uint16_t code = 0;
    std::memcpy(&code, half.data() + 2 * i, sizeof code);
    EXPECT_EQ(float_from_fp16(code), sum);  // below 2,048: exact in half
    std::memcpy(&code, brain.data() + 2 * i, sizeof code);
    EXPECT_EQ(code, bf16_from_float(sum));
  }
  EXPECT_EQ(expected_output(expectation, BaselineScheme::Int8ToInt32).size(), 33 * 65 * 4);
}

TEST(Expectation, OfNoKIsZero) {
  const Operands made = operands("w4a4-ovp", {"", 5, 7, 0});
  Expectation expectation;
  ASSERT_TRUE(make_expectation(made, right_reference(), 1, expectation));
  EXPECT_EQ(expectation.sums, std::vector<int32_t>(35, 0));
  EXPECT_EQ(expected_output(expectation, OutputForm::Int8), std::vector<uint8_t>(35, 0));
}

}  // namespace
}  // namespace olivine::measure
