// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// The published code's behaviour, pinned by its own outputs (olive.md section 6).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/numerics/gemm.h"
#include "models/numerics/scale_search.h"
#include "tests/models/numerics/golden_file.h"

namespace olivine {
namespace {

using testing::golden_cases;
using testing::GoldenCase;

class OvpGolden : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = testing::load_ovp_golden();
    if (!file_) GTEST_SKIP() << "no ../shared/data/ovp_golden.json";
  }

  std::optional<nlohmann::json> file_;
};

Quantized quantize_as_artifact(const GoldenCase& golden) {
  const EncodeRules rules = golden.artifact_rules();
  return quantize(golden.view(), rules, golden.scales(rules));
}

TEST_F(OvpGolden, ArtifactIntegersGridAndFlagsAreExact) {
  size_t compared = 0;
  for (const GoldenCase& golden : golden_cases(*file_)) {
    SCOPED_TRACE(golden.id);
    const Quantized quantized = quantize_as_artifact(golden);
    const auto& integers = golden.expected[golden.is_unsigned ? "units" : "int"];
    for (size_t i = 0; i < golden.input.size(); ++i) {
      const auto index = static_cast<int64_t>(i);
      const int32_t integer = quantized.integer(index);
      ASSERT_EQ(integer, integers[i].get<double>()) << "element " << i;
      ASSERT_EQ(integer * quantized.rules.grid.unit, golden.expected["grid"][i].get<double>());
      ASSERT_EQ(quantized.is_outlier(index), golden.expected["outlier"][i] == 1) << i;
      ASSERT_EQ(quantized.is_victim(index), golden.expected["victim"][i] == 1) << i;
      const auto& dequantized = golden.expected["dequant_exact"][i];
      if (dequantized.is_null()) continue;  // the artifact's 0/0 on a row of zeros
      const float real = static_cast<float>(integer) * quantized.scale(index / golden.k);
      ASSERT_EQ(real, dequantized.get<float>()) << i;
      ++compared;
    }
  }
  EXPECT_GT(compared, 3000u);
}

TEST_F(OvpGolden, ArtifactCodesAndBytesAreExact) {
  int packed_cases = 0;
  for (const GoldenCase& golden : golden_cases(*file_)) {
    if (!golden.expected.contains("packed_hex")) continue;
    SCOPED_TRACE(golden.id);
    Quantized quantized = quantize_as_artifact(golden);
    // The file pairs the flattened tensor: one row holds the same bytes.
    quantized.k *= quantized.rows;
    quantized.rows = 1;
    quantized.scales = {1.0F};
    const PackedMatrix packed = pack(quantized);
    std::string hex;
    for (const uint8_t byte : packed.codes) hex += fmt::format("{:02x}", byte);
    EXPECT_EQ(hex, golden.expected["packed_hex"].get<std::string>());
    for (size_t i = 0; i < golden.input.size(); ++i) {
      const int nibble = packed.codes[i / 2] >> (4 * (i % 2)) & 15;
      ASSERT_EQ(nibble, golden.expected["code4"][i].get<int>()) << i;
    }
    EXPECT_FALSE(find_problem(packed).has_value());
    const DecodedMatrix decoded = decode(packed);
    for (size_t i = 0; i < golden.input.size(); ++i) {
      ASSERT_EQ(decoded.data[i].value(), golden.expected["int"][i].get<int>()) << i;
    }
    ++packed_cases;
  }
  EXPECT_GT(packed_cases, 20);
}

TEST_F(OvpGolden, LargerOutlierSurvivesUnderThePapersRule) {
  int cases = 0;
  for (const GoldenCase& golden : golden_cases(*file_)) {
    if (!golden.expected.contains("paper_oo_int")) continue;
    SCOPED_TRACE(golden.id);
    // The file changes only this one rule of the artifact.
    EncodeRules rules = golden.artifact_rules();
    rules.survivor = EncodeRules::Survivor::Larger;
    const Quantized quantized = quantize(golden.view(), rules, golden.scales(rules));
    for (size_t i = 0; i < golden.input.size(); ++i) {
      ASSERT_EQ(quantized.integer(static_cast<int64_t>(i)),
                golden.expected["paper_oo_int"][i].get<int>())
          << i;
    }
    ++cases;
  }
  EXPECT_GE(cases, 4);
}

TEST_F(OvpGolden, SearchFindsThePublishedScales) {
  int rows = 0;
  for (const GoldenCase& golden : golden_cases(*file_)) {
    if (golden.source["source"] != "search") continue;
    SCOPED_TRACE(golden.id);
    const Granularity granularity =
        golden.granularity_is_row ? Granularity::PerRow : Granularity::PerTensor;
    const EncodeRules rules = golden.artifact_rules();
    const auto expected_x_max = golden.source["xmax_3sigma"].get<std::vector<float>>();
    const auto x_max = find_x_max(golden.view(), rules.grid, granularity);
    ASSERT_EQ(x_max.size(), expected_x_max.size());
    for (size_t i = 0; i < x_max.size(); ++i) {
      // The artifact's float32 deviation: a few roundings of 2^-24 each, bounded by 2e-6.
      EXPECT_NEAR(x_max[i], expected_x_max[i], 2e-6 * static_cast<double>(expected_x_max[i]));
    }
    const SearchRange range{golden.source["low"], golden.source["up"], golden.source["step"]};
    const ScaleChoice choice = search_scales(golden.view(), rules, expected_x_max, range);
    for (size_t i = 0; i < choice.alpha.size(); ++i) {
      EXPECT_EQ(choice.alpha[i], golden.alpha[i]) << "row " << i;
      const auto& percent = golden.source["best_percent"][i];
      EXPECT_EQ(choice.best_percent[i].has_value(), !percent.is_null()) << "row " << i;
      if (choice.best_percent[i]) {
        EXPECT_EQ(*choice.best_percent[i], percent.get<int>()) << "row " << i;
      }
      ++rows;
    }
    const auto& mse = golden.expected["mse"];
    if (mse.is_null()) continue;
    const double count = static_cast<double>(choice.mse.size());
    // Sums of k squares in float32 (artifact) and double: k * 2^-24 relative, k <= 512; the
    // artifact's own straight-through noise is of the same order.
    EXPECT_NEAR(choice.mse_sum() / count, mse.get<double>(), 512 * 0x1p-24 * mse.get<double>());
  }
  EXPECT_GT(rows, 20);
}

TEST_F(OvpGolden, TypeChoiceFollowsTheSmallerError) {
  int cases = 0;
  for (const GoldenCase& golden : golden_cases(*file_)) {
    if (golden.source.value("requested_mode", "") != "ant-int-flint") continue;
    SCOPED_TRACE(golden.id);
    const Granularity granularity =
        golden.granularity_is_row ? Granularity::PerRow : Granularity::PerTensor;
    const ScaleChoice choice =
        search_ovp4_type(golden.view(), EncoderPolicy::Artifact, granularity);
    EXPECT_EQ(choice.rules.grid.format, golden.format);
    const auto& sums = golden.source["mse_sum_by_type"];
    const double expected = sums[golden.format == Format::Ovp4f ? "flint" : "int"];
    EXPECT_NEAR(choice.mse_sum(), expected, 512 * 0x1p-24 * expected);
    ++cases;
  }
  EXPECT_GE(cases, 2);
}

TEST_F(OvpGolden, Int32ProductsAreExact) {
  int products = 0;
  for (const auto& product : (*file_)["int32_dot_products"]) {
    std::optional<PackedMatrix> a;
    std::optional<PackedMatrix> b;
    for (const GoldenCase& golden : golden_cases(*file_)) {
      if (golden.id == product["a"]) a = pack(quantize_as_artifact(golden));
      if (golden.id == product["b"]) b = pack(quantize_as_artifact(golden));
    }
    if (!a || !b) continue;  // the file holds fewer cases than products
    const IntegerGemm golden = gemm_golden(*a, *b);
    for (size_t i = 0; i < golden.c.size(); ++i) {
      const size_t n = static_cast<size_t>(golden.n);
      EXPECT_EQ(golden.c[i], product["C"][i / n][i % n].get<int>());
    }
    EXPECT_EQ(gemm_functional(*a, *b), golden);
    ++products;
  }
  EXPECT_GE(products, 1);
}

TEST_F(OvpGolden, DecoderTruthTablesAreExact) {
  for (const auto& [name, format] : {std::pair{"int4", Format::Ovp4}, {"flint4", Format::Ovp4f}}) {
    for (const auto& row : (*file_)["decoder_truth_tables"][name]["rows"]) {
      SCOPED_TRACE(fmt::format("{} byte {}", name, row[0].get<int>()));
      const DecodedByte byte = decode_byte(format, row[0].get<uint8_t>());
      EXPECT_EQ(byte.is_legal, row[1] == 1);
      EXPECT_EQ(byte.even.exponent, row[2].get<int>());
      EXPECT_EQ(byte.even.integer, row[3].get<int>());
      EXPECT_EQ(byte.odd.exponent, row[4].get<int>());
      EXPECT_EQ(byte.odd.integer, row[5].get<int>());
      EXPECT_EQ(byte.even.value(), row[6].get<int>());
      EXPECT_EQ(byte.odd.value(), row[7].get<int>());
    }
  }
}

}  // namespace
}  // namespace olivine
