// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/calibration.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/shipped_calibrations.h"

namespace olivine {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Inside the range of row i of n, different for every row, with as many digits as are written.
template <class Constants>
double value_of(const ConstantRow<Constants>& row, size_t i, size_t n) {
  const double share = (static_cast<double>(i) + 1) / (static_cast<double>(n) + 2);
  return std::stod(fmt::format("{:.5g}", row.low + (row.high - row.low) * share));
}

LibraryCalibration every_constant_set() {
  LibraryCalibration calibration;
  calibration.machine = "a100_sxm";
  calibration.library = "cublas";
  calibration.fit = {"0123456789abcdef", 9007199254740993, 1234, 5.25};
  const auto kernel_rows = kernel_constant_rows();
  for (size_t i = 0; i < kernel_rows.size(); ++i) {
    calibration.constants.*(kernel_rows[i].member) =
        value_of(kernel_rows[i], i, kernel_rows.size());
  }
  for (const char* source : {"AIC:lab/1.0", R"(a "quoted" \ one: #2)"}) {
    Harness& harness = calibration.harnesses[source];
    for (size_t i = 0; i < harness_rows().size(); ++i) {
      harness.*(harness_rows()[i].member) = value_of(harness_rows()[i], i, harness_rows().size());
    }
  }
  return calibration;
}

std::vector<std::string> problems_of(const std::string& text) {
  try {
    (void)parse_calibration(text, "c.yaml");
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

const std::string kHead = "machine: a100_sxm\nlibrary: cublas\n";  // lines 1 and 2

TEST(Calibration, EveryConstantHasARowOfItsOwn) {
  // A constant without a row would be neither fitted nor written.
  EXPECT_EQ(kernel_constant_rows().size() * sizeof(double), sizeof(KernelConstants));
  EXPECT_EQ(harness_rows().size() * sizeof(double), sizeof(Harness));
  std::set<std::string_view> keys;
  for (const auto& row : kernel_constant_rows()) {
    KernelConstants constants;
    constants.*(row.member) = -1;
    EXPECT_NE(constants, KernelConstants{}) << row.key;
    for (const auto& other : kernel_constant_rows()) {
      if (other.key != row.key) {
        EXPECT_NE(constants.*(other.member), -1) << row.key;
      }
    }
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_LT(row.low, row.high) << row.key;
    EXPECT_FALSE(row.help.empty()) << row.key;
  }
}

TEST(Calibration, DefaultsAreInRange) {
  for (const auto& row : kernel_constant_rows()) {
    EXPECT_GE(KernelConstants{}.*(row.member), row.low) << row.key;
    EXPECT_LE(KernelConstants{}.*(row.member), row.high) << row.key;
  }
  for (const auto& row : harness_rows()) {
    EXPECT_GE(Harness{}.*(row.member), row.low) << row.key;
    EXPECT_LE(Harness{}.*(row.member), row.high) << row.key;
  }
}

TEST(Calibration, EveryConstantSurvivesWritingAndReading) {
  const LibraryCalibration calibration = every_constant_set();
  EXPECT_EQ(parse_calibration(calibration_yaml(calibration), "c.yaml"), calibration);
}

TEST(Calibration, AnEmptyOneSurvivesToo) {
  LibraryCalibration calibration;
  calibration.machine = "mine";
  calibration.library = "mine";
  calibration.fit.checksum = "0";
  EXPECT_EQ(parse_calibration(calibration_yaml(calibration), "c.yaml"), calibration);
}

TEST(Calibration, WhatAFileDoesNotSayKeepsItsDefault) {
  const LibraryCalibration calibration =
      parse_calibration(kHead + "constants:\n  launch_us: 7\n", "c.yaml");
  KernelConstants expected;
  expected.launch_us = 7;
  EXPECT_EQ(calibration.constants, expected);
  EXPECT_EQ(calibration.harnesses.size(), 0u);
}

TEST(Calibration, UnknownKeysAreRefusedWithTheNearest) {
  EXPECT_THAT(problems_of(kHead + "constants:\n  lunch_us: 3\n"),
              ElementsAre(AllOf(HasSubstr("c.yaml:4: lunch_us: unknown key"),
                                HasSubstr("did you mean 'launch_us'?"))));
  EXPECT_THAT(problems_of(kHead + "constant:\n  launch_us: 3\n"),
              ElementsAre(AllOf(HasSubstr(": constant: unknown key"),
                                HasSubstr("did you mean 'constants'?"))));
  EXPECT_THAT(problems_of(kHead + "harnesses:\n  lab:\n    weight_set: 3\n"),
              ElementsAre(AllOf(HasSubstr("c.yaml:5: weight_set: unknown key"),
                                HasSubstr("did you mean 'weight_sets'?"))));
  EXPECT_THAT(
      problems_of(kHead + "fit:\n  checksum: 1\n  seed: 1\n  shape: 2\n  shapes: 2\n"
                          "  mape_pct: 1\n"),
      ElementsAre(AllOf(HasSubstr("c.yaml:6: fit.shape: unknown key"), HasSubstr("'shapes'"))));
}

TEST(Calibration, EveryRangeIsHeldAtBothEnds) {
  const auto text_of = [](std::string_view key, double value) {
    return kHead + fmt::format("constants:\n  {}: {:.17g}\n", key, value);
  };
  for (const auto& row : kernel_constant_rows()) {
    EXPECT_THAT(problems_of(text_of(row.key, row.low)), ElementsAre()) << row.key;
    EXPECT_THAT(problems_of(text_of(row.key, row.high)), ElementsAre()) << row.key;
    for (const double value : {row.low - 1e-6, row.high + 1e-6}) {
      EXPECT_THAT(
          problems_of(text_of(row.key, value)),
          ElementsAre(AllOf(HasSubstr(fmt::format("c.yaml:4: {} = ", row.key)),
                            HasSubstr(fmt::format("must be {:g}..{:g}", row.low, row.high)))));
    }
  }
}

TEST(Calibration, EveryProblemIsSaidAtOnce) {
  const std::vector<std::string> problems = problems_of(
      "library: cublas\nconstants:\n  launch_us: fast\n  overlap: nan\n  hbm_reached: 2\n"
      "fit:\n  checksum: 1\n  seed: -1\n  shapes: 1e300\nharnesses: none\n");
  EXPECT_THAT(problems, Contains(HasSubstr("c.yaml:1: machine: must be given")));
  EXPECT_THAT(problems, Contains(HasSubstr("c.yaml:3: launch_us = fast: must be 0.5..20")));
  EXPECT_THAT(problems, Contains(HasSubstr("c.yaml:4: overlap = nan: must be 1..32")));
  EXPECT_THAT(problems, Contains(HasSubstr("c.yaml:5: hbm_reached = 2: must be 0.3..1")));
  EXPECT_THAT(problems, Contains(HasSubstr("c.yaml:8: fit.seed = -1: must be a number")));
  EXPECT_THAT(problems, Contains(HasSubstr("c.yaml:9: fit.shapes = 1e300: must be a number")));
  EXPECT_THAT(problems, Contains(HasSubstr("fit.mape_pct: must be given")));
  EXPECT_THAT(problems, Contains(HasSubstr("c.yaml:10: harnesses: must be a map")));
  EXPECT_EQ(problems.size(), 8u);
}

TEST(Calibration, PartsThatAreNoMapsAreRefused) {
  for (const char* part : {"constants", "harnesses", "fit"}) {
    for (const char* value : {"3", "[1, 2]", ""}) {
      EXPECT_THAT(problems_of(fmt::format("{}{}: {}\n", kHead, part, value)),
                  Contains(HasSubstr(fmt::format(": {}: must be a map", part))));
    }
  }
}

TEST(ShippedCalibrations, AreWhatTheCommandWrites) {
  const std::vector<std::string> machines = shipped_gpus();
  EXPECT_FALSE(shipped_calibration_files().empty());
  for (const EmbeddedFile& file : shipped_calibration_files()) {
    SCOPED_TRACE(file.name);
    const LibraryCalibration calibration =
        parse_calibration(file.text, std::string{file.name} + ".yaml");
    EXPECT_EQ(calibration_yaml(calibration), file.text);
    EXPECT_THAT(machines, Contains(calibration.machine));
    EXPECT_EQ(fmt::format("{}_{}", calibration.machine, calibration.library), file.name);
    EXPECT_GT(calibration.fit.shapes, 100);
    EXPECT_FALSE(calibration.harnesses.empty());
  }
}

TEST(ShippedCalibrations, AreThoseTheMachineNames) {
  EXPECT_EQ(load_calibration(load_gpu("h100_sxm")).libraries,
            shipped_calibration("h100_sxm").libraries);
  for (const char* name : {"a100_sxm", "h100_sxm", "h200_sxm"}) {
    const Calibration calibration = load_calibration(load_gpu(name));
    ASSERT_NE(calibration.find("cublas"), nullptr) << name;
    EXPECT_EQ(calibration.find("cublas")->machine, name);
    EXPECT_EQ(calibration.find("no such"), nullptr);
  }
}

TEST(ShippedCalibrations, AHypotheticalChipBorrowsThoseOfTheRealOne) {
  EXPECT_EQ(load_gpu("h100_sxm_mmaovp").calibration, "h100_sxm");
  EXPECT_EQ(load_calibration(load_gpu("h100_sxm_mmaovp")).libraries,
            shipped_calibration("h100_sxm").libraries);
}

TEST(ShippedCalibrations, NothingIsBorrowedForTuring) {
  for (const char* name : {"rtx2080ti", "rtx2080ti_mmaovp"}) {
    EXPECT_TRUE(load_calibration(load_gpu(name)).libraries.empty()) << name;
  }
}

TEST(LoadCalibration, AFileIsReadAndOneThatIsMissingRefused) {
  const auto path = std::filesystem::path{::testing::TempDir()} / "olv_calibration_test.yaml";
  std::ofstream{path} << calibration_yaml(every_constant_set());
  GpuMachine machine = load_gpu("a100_sxm");
  machine.calibration = path.string();
  const Calibration calibration = load_calibration(machine);
  ASSERT_EQ(calibration.libraries.size(), 1u);
  EXPECT_EQ(calibration.libraries.at("cublas"), every_constant_set());
  std::filesystem::remove(path);
  EXPECT_THROW((void)load_calibration(machine), ConfigError);
}

TEST(LoadCalibration, AnUnknownNameIsRefusedWithThePlaceAndTheNearest) {
  const GpuMachine machine =
      parse_gpu("kind: gpu\nbase: a100_sxm\nname: mine\ncalibration: a100_smx\n", "mine.yaml");
  try {
    (void)load_calibration(machine);
    FAIL() << "not refused";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("mine.yaml:4: calibration = a100_smx: must be a100_sxm|h100_sxm|"),
                      HasSubstr("did you mean 'a100_sxm'?")));
  }
}

}  // namespace
}  // namespace olivine
