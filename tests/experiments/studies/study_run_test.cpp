// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/study_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/studies/expected_rows.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/energy_model.h"
#include "models/energy/energy_table.h"
#include "models/machines/machine.h"

namespace olivine {
namespace {

using sweep::SpecAxis;
using sweep::SweepSpec;

const std::string kStudies = std::string{OLV_SOURCE_DIR} + "/experiments/studies/";

int run(std::vector<std::string> arguments, StudyOptions* seen = nullptr) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return run_study(pointers, [&](const StudyOptions& options) {
    if (seen != nullptr) *seen = options;
    return 1;
  });
}

TEST(StudyRun, ReadsItsCommandLine) {
  StudyOptions options;
  EXPECT_EQ(run({"study", "sweep.yaml"}, &options), 1);
  EXPECT_EQ(options.spec, "sweep.yaml");
  EXPECT_EQ(options.expected, "");
  EXPECT_FALSE(options.is_quick);
  EXPECT_EQ(run({"study", "--quick", "sweep.yaml", "expected.md"}, &options), 1);
  EXPECT_EQ(options.spec, "sweep.yaml");
  EXPECT_EQ(options.expected, "expected.md");
  EXPECT_TRUE(options.is_quick);
}

TEST(StudyRunBad, PathsMissingOrTooMany) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run({"study"}), 2);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "error: usage: study SWEEP.YAML [--quick] [EXPECTED.MD]\n");
  EXPECT_EQ(run({"study", "--quick"}), 2);
  EXPECT_EQ(run({"study", "a", "b", "c"}), 2);
}

TEST(StudyCases, AreEveryCostNetworkAndBatch) {
  for (const std::string study : {"fixed_area", "sparse_codesign"}) {
    StudyOptions options{.spec = kStudies + study + "/sweep.yaml", .expected = ""};
    const std::vector<StudyCase> all = study_cases(options);
    ASSERT_EQ(all.size(), 2 * 3 * 3);
    EXPECT_EQ(all.front().name, "| published | bert_base | 1 |");
    EXPECT_EQ(all.back().name, "| rtl | opt_6_7b_decode | 64 |");
    options.is_quick = true;
    EXPECT_EQ(study_cases(options).size(), 2);
  }
}

TEST(StudyTables, PrintRowsTableByTable) {
  StudyTables tables;
  tables.declare("a", "First.", {"x", "y"});
  tables.declare("b", "Second.", {"z"});
  tables.add("b", "| r | n | 1 | 3 |");
  tables.add("a", "| r | n | 1 | 1 | 2 |");
  tables.add("a", "| r | n | 8 | 1 | 2 |");
  ExpectedRows rows{""};
  testing::internal::CaptureStdout();
  tables.print("study", rows);
  const std::string text = testing::internal::GetCapturedStdout();
  EXPECT_THAT(text, testing::EndsWith("\nFirst.\n\n"
                                      "| costs | network | batch | x | y |\n"
                                      "|---|---|---|---|---|\n"
                                      "| r | n | 1 | 1 | 2 |\n"
                                      "| r | n | 8 | 1 | 2 |\n"
                                      "\nSecond.\n\n"
                                      "| costs | network | batch | z |\n"
                                      "|---|---|---|---|\n"
                                      "| r | n | 1 | 3 |\n"));
  EXPECT_THAT(text, testing::HasSubstr("build/ci/experiments/studies/study"));
}

TEST(StudyTablesBad, RowsOfNoTable) {
  StudyTables tables;
  EXPECT_DEATH(tables.add("a", "| 1 |"), "no table a");
}

// Formulas do not see energy tables: the areas of a spec are written in it a second time.
class StudyAreas : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    // Paths in specs are relative to the repository's root.
    std::filesystem::current_path(OLV_SOURCE_DIR);
    spec_ = sweep::load_spec(kStudies + GetParam() + "/sweep.yaml");
  }
  // Rows of an axis with the texts of these keys.
  [[nodiscard]] std::vector<std::vector<std::string>> rows(
      const std::string& name, const std::vector<std::string>& keys) const {
    const auto axis = std::ranges::find(spec_.axes, name, &SpecAxis::name);
    std::vector<std::vector<std::string>> rows;
    for (const std::vector<std::string>& values : axis->values) {
      std::vector<std::string>& row = rows.emplace_back();
      for (const std::string& key : keys) {
        const auto at = std::ranges::find(axis->keys, key) - axis->keys.begin();
        row.push_back(values.at(static_cast<size_t>(at)));
      }
    }
    return rows;
  }

  SweepSpec spec_;
};

TEST_P(StudyAreas, OfPesAndDecodersAreThoseOfTheTables) {
  for (const auto& costs : rows("costs", {"energy.table", "free.costs", "free.decoder_4bit_um2",
                                          "free.decoder_8bit_um2"})) {
    const EnergyTable table = load_energy_table(costs[0]);
    EXPECT_EQ(std::stod(costs[2]), table.value("decoder.4bit.area"));
    EXPECT_EQ(std::stod(costs[3]), table.value("decoder.8bit.area"));
    for (const auto& design : rows("design", {"array.pe", "free." + costs[1] + "_pe_um2"})) {
      if (design[1] == "0") continue;  // excluded there
      EXPECT_EQ(std::stod(design[1]), table.value("pe." + design[0] + ".area")) << design[0];
    }
  }
}

TEST_P(StudyAreas, OfScratchpadsAreThoseOfTheTables) {
  for (const std::string operand : {"activation", "weight", "output"}) {
    for (const auto& pad :
         rows(operand, {"memory." + operand + "_buffer", "free." + operand + "_um2"})) {
      MachineConfig machine = load_machine("olive_64x64");
      machine.memory.activation_buffer = parse_bytes(pad[0]).value();
      EXPECT_NEAR(std::stod(pad[1]), EnergyModel{machine}.area().activation_buffer_um2, 0.5);
    }
  }
}

// The area of olive_64x64, rounded up to a hundredth of a square millimetre.
TEST_P(StudyAreas, OfTheBudgetAreThoseOfOlive) {
  for (const auto& costs : rows("costs", {"energy.table", "free.budget_um2"})) {
    MachineConfig machine = load_machine("olive_64x64");
    machine.energy_table = costs[0];
    constexpr double kHundredth = 1e4;
    const double area_um2 = EnergyModel{machine}.area().total_um2();
    EXPECT_EQ(std::stod(costs[1]), std::ceil(area_um2 / kHundredth) * kHundredth);
  }
}

INSTANTIATE_TEST_SUITE_P(Studies, StudyAreas, testing::Values("fixed_area", "sparse_codesign"));

}  // namespace
}  // namespace olivine
