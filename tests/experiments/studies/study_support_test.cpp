// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "experiments/studies/constant_draws.h"
#include "experiments/studies/expected_rows.h"
#include "experiments/studies/linear_layers.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

TEST(LinearLayers, HoldEveryLinearLayerOnce) {
  const Workload workload = load_workload("bert_base", {{"batch", "16"}, {"seq", "128"}});
  std::set<int64_t> positions;
  uint64_t macs = 0;
  for (const LinearLayers& layers : linear_layers(workload)) {
    for (const int64_t position : layers.positions) EXPECT_TRUE(positions.insert(position).second);
    macs += layers.shape.macs().count() * layers.positions.size();
  }
  // 12 encoders of query, key, value, output, up and down; pooler and classifier.
  const int64_t count = 12 * 6 + 2;
  ASSERT_EQ(std::ssize(positions), count);
  EXPECT_EQ(*positions.begin(), 0);
  EXPECT_EQ(*positions.rbegin(), count - 1);
  const uint64_t tokens = 16 * 128;
  EXPECT_EQ(macs, 12 * tokens * 768 * (4 * 768 + 2 * 3072) + 16 * 768 * (768 + 2));
}

TEST(LinearLayers, NameTheRolesOfOneShape) {
  const auto groups = linear_layers(load_workload("bert_base"));
  EXPECT_EQ(groups.front().roles, "query, key, value, attention_output");
}

TEST(LinearLayers, AreNoneWhereAWorkloadHasNone) { EXPECT_TRUE(linear_layers({}).empty()); }

TEST(LinearTotal, AddsTimesEnergiesAndParts) {
  GemmTiming timing;
  timing.time_s = 2;
  timing.hbm_bytes = 5;
  timing.parts_s[static_cast<size_t>(TimePart::Tensor)] = 0.42;
  timing.parts_s[static_cast<size_t>(TimePart::Hbm)] = 1.5;
  timing.parts_s[static_cast<size_t>(TimePart::Tail)] = 0.08;  // 4 %: not named
  timing.energy.hbm_pj = 7;
  LinearTotal total;
  total.add(timing, 1);
  total.add(timing, 2);
  EXPECT_DOUBLE_EQ(total.time_s, 2 * 3);
  EXPECT_DOUBLE_EQ(total.hbm_bytes, 5 * 3);
  EXPECT_DOUBLE_EQ(total.energy.total_pj(), 7 * 3);
  EXPECT_EQ(total.parts_text(), "tensor 21 %, hbm 75 %");
}

TEST(ConstantDraws, StayWithinTheSpreadAndTheLegalRange) {
  constexpr double kSpread = 1.5;
  Rng rng{3};
  const KernelConstants constants;
  for (int draw = 0; draw < 50; ++draw) {
    const KernelConstants drawn = draw_constants(constants, kSpread, rng);
    EXPECT_NE(drawn, constants);
    for (const auto& row : kernel_constant_rows()) {
      SCOPED_TRACE(row.key);
      EXPECT_GE(drawn.*row.member, std::max(row.low, constants.*row.member / kSpread));
      EXPECT_LE(drawn.*row.member, std::min(row.high, constants.*row.member * kSpread));
    }
  }
}

TEST(ConstantDraws, AreTheConstantsWithoutSpread) {
  Rng rng{3};
  EXPECT_EQ(draw_constants({}, 1, rng), KernelConstants{});
}

TEST(ValueRange, IsFromTheLeastToTheLargest) {
  ValueRange range;
  range.add(2);
  EXPECT_EQ(range.text(), "2.00 to 2.00");
  range.add(-1);
  range.add(1);
  EXPECT_EQ(range.text(), "-1.00 to 2.00");
}

class ExpectedRowsTest : public testing::Test {
 protected:
  void SetUp() override { std::ofstream{path} << "# Rows\n\n| a | 1 |\n| b | 2 |\n"; }
  void TearDown() override { std::filesystem::remove(path); }

  std::string path = testing::TempDir() + "olivine_expected_rows_test.md";
};

TEST_F(ExpectedRowsTest, PassWhereEveryRowIsStated) {
  ExpectedRows rows{path};
  rows.row("| b | 2 |");
  rows.row("| a | 1 |");
  EXPECT_EQ(rows.report(), 0);
}

TEST_F(ExpectedRowsTest, MayBeWithinATolerance) {
  const auto status = [&](const char* row, double tolerance, size_t cells) {
    ExpectedRows rows{path};
    rows.row_within(row, tolerance, cells);
    return rows.report();
  };
  EXPECT_EQ(status("| b | 2.25 |", 0.25, 2), 0);
  EXPECT_EQ(status("| b | 2.25 |", 0.125, 2), 1);
  EXPECT_EQ(status("| b | 2.25 |", 0.25, 1), 1) << "the second cell has to be equal";
  EXPECT_EQ(status("| c | 2.25 |", 0.25, 2), 1) << "of another label";
  EXPECT_EQ(status("| b | - |", 0.25, 2), 1);
  EXPECT_EQ(status("| b |", 0.25, 2), 1);
}

TEST_F(ExpectedRowsTest, FailOnARowThatIsNotStated) {
  ExpectedRows rows{path};
  rows.row("| b | 3 |");
  EXPECT_EQ(rows.report(), 1);
}

TEST_F(ExpectedRowsTest, FailOnARelationThatDoesNotHold) {
  ExpectedRows rows{path};
  rows.expect(true, "holds");
  EXPECT_EQ(rows.report(), 0);
  rows.expect(false, "does not");
  EXPECT_EQ(rows.report(), 1);
}

TEST_F(ExpectedRowsTest, CompareNothingWithoutAFile) {
  ExpectedRows rows{""};
  rows.row("| b | 3 |");
  EXPECT_EQ(rows.report(), 0);
}

TEST_F(ExpectedRowsTest, RefuseAFileThatCannotBeRead) {
  EXPECT_THROW(ExpectedRows{path + ".absent"}, ConfigError);
}

}  // namespace
}  // namespace olivine
