// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/sram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/base/text.h"
#include "models/base/units.h"
#include "models/energy/energy_table.h"

namespace olivine {
namespace {

constexpr const char* kCactiFile = OLV_SOURCE_DIR "/../shared/data/cacti_22nm.csv";

// The 256-bit rows of the CACTI run, by cell; empty when the file is absent.
std::map<std::string, std::vector<SramMacro>> cacti_rows() {
  std::map<std::string, std::vector<SramMacro>> rows;
  std::ifstream file{kCactiFile};
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> header = split(line, ',');
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = split(line, ',');
    const auto field = [&](std::string_view name) -> const std::string& {
      for (size_t i = 0; i < header.size(); ++i) {
        if (trim(header[i]) == name) return cells.at(i);
      }
      throw std::runtime_error{fmt::format("{}: no column {}", kCactiFile, name)};
    };
    if (field("width_bits") != "256") continue;
    const auto number = [&](std::string_view name) { return parse_number(field(name)).value(); };
    rows[field("cell")].push_back({.capacity_bytes = parse_int(field("size_bytes")).value(),
                                   .read_pj = number("read_pJ"),
                                   .write_pj = number("write_pJ"),
                                   .leakage_mw = number("leak_mW") + number("gate_leak_mW"),
                                   .area_mm2 = number("area_mm2")});
  }
  return rows;
}

struct Column {
  const char* name;
  double SramMacro::*member;
};
constexpr std::array kColumns = {
    Column{"read_pj", &SramMacro::read_pj}, Column{"write_pj", &SramMacro::write_pj},
    Column{"leakage_mw", &SramMacro::leakage_mw}, Column{"area_mm2", &SramMacro::area_mm2}};

std::vector<SramFamily> shipped_families() { return load_energy_table("systolic_22nm").sram; }

TEST(Sram, ShippedPointsAreTheCactiRows) {
  const auto rows = cacti_rows();
  if (rows.empty()) GTEST_SKIP() << "absent: " << kCactiFile;
  const std::vector<SramFamily> families = shipped_families();
  ASSERT_EQ(families.size(), rows.size());
  for (const SramFamily& family : families) {
    SCOPED_TRACE(family.cell);
    const std::vector<SramMacro>& expected = rows.at(family.cell);
    ASSERT_EQ(family.points.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(family.points[i].capacity_bytes, expected[i].capacity_bytes);
      for (const Column& column : kColumns) {  // five digits are committed
        EXPECT_NEAR(family.points[i].*column.member / expected[i].*column.member, 1, 5e-5)
            << column.name << " at " << expected[i].capacity_bytes;
      }
    }
  }
}

// The table holds every size CACTI was run for, so the error between points is bounded by a harder
// case: each row predicted from its two neighbours, a factor of 4 apart instead of 2. The largest
// misses are where CACTI changes the organisation of the macro (8 to 64 KiB).
TEST(Sram, EachRowIsPredictedFromItsNeighboursWithin30Percent) {
  constexpr double kBound = 0.30;
  const auto rows = cacti_rows();
  if (rows.empty()) GTEST_SKIP() << "absent: " << kCactiFile;
  double worst = 0;
  for (const auto& [cell, points] : rows) {
    for (size_t i = 1; i + 1 < points.size(); ++i) {
      SramFamily family;
      family.cell = cell;
      family.points = {points[i - 1], points[i + 1]};
      const SramMacro predicted = macro_at(family, points[i].capacity_bytes);
      for (const Column& column : kColumns) {
        const double error = predicted.*column.member / points[i].*column.member - 1;
        EXPECT_LE(std::abs(error), kBound)
            << cell << ' ' << column.name << " at " << points[i].capacity_bytes;
        worst = std::max(worst, std::abs(error));
      }
    }
  }
  RecordProperty("worst_error_pct", fmt::format("{:.1f}", 100 * worst));
  EXPECT_GT(worst, 0.2);  // a bound far above the error would say nothing
}

TEST(Sram, CostGrowsWithCapacity) {
  const uint64_t seed = 3;
  Rng rng{seed};
  for (const SramFamily& family : shipped_families()) {
    for (int trial = 0; trial < 500; ++trial) {
      const int64_t a = rng.uniform(family.smallest_bytes(), family.largest_bytes() - 1);
      const int64_t b = rng.uniform(a + 1, family.largest_bytes());
      for (const Column& column : kColumns) {
        EXPECT_LE(macro_at(family, a).*column.member, macro_at(family, b).*column.member)
            << fmt::format("seed {} {} {} at {} and {}", seed, family.cell, column.name, a, b);
      }
    }
  }
}

TEST(Sram, InterpolationIsAPowerLawThroughBothPoints) {
  SramFamily family;
  family.points = {{1024, 1, 2, 3, 4}, {4096, 4, 32, 3, 8}};
  // Halfway in log capacity: the geometric mean of each column.
  const SramMacro middle = macro_at(family, 2048);
  EXPECT_DOUBLE_EQ(middle.read_pj, std::sqrt(1.0 * 4));
  EXPECT_DOUBLE_EQ(middle.write_pj, std::sqrt(2.0 * 32));
  EXPECT_DOUBLE_EQ(middle.leakage_mw, 3);
  EXPECT_DOUBLE_EQ(middle.area_mm2, std::sqrt(4.0 * 8));
  EXPECT_EQ(macro_at(family, 1024).read_pj, 1);
  EXPECT_EQ(macro_at(family, 4096).read_pj, 4);
}

TEST(SramDeath, CapacityOutsideTheTableIsABug) {
  SramFamily family;
  family.points = {{1024, 1, 1, 1, 1}, {4096, 1, 1, 1, 1}};
  EXPECT_DEATH((void)macro_at(family, 1023), "outside");
  EXPECT_DEATH((void)macro_at(family, 4097), "outside");
}

TEST(Scratchpad, IsTwoHalvesOfAsFewEqualMacrosAsPossible) {
  SramFamily family;
  family.cell = "c";
  family.width_bits = 64;
  family.points = {{1024, 8, 16, 1, 0.5}, {4096, 8, 16, 1, 0.5}};
  struct Case {
    int64_t capacity;
    int64_t macros;
    int64_t macro_bytes;
  };
  // 2 * ceil(capacity / 2 / 4096) macros of half the capacity each share.
  for (const Case& c : {Case{2048, 2, 1024}, Case{8192, 2, 4096}, Case{8194, 4, 2048},
                        Case{16384, 4, 4096}, Case{24576, 6, 4096}}) {
    SCOPED_TRACE(c.capacity);
    const Scratchpad pad = make_scratchpad(family, "memory.x", c.capacity);
    EXPECT_EQ(pad.macro_count, c.macros);
    EXPECT_EQ(pad.macro.capacity_bytes, c.macro_bytes);
    EXPECT_DOUBLE_EQ(pad.read_pj_per_byte, 8.0 / (64 / 8));
    EXPECT_DOUBLE_EQ(pad.write_pj_per_byte, 16.0 / (64 / 8));
    EXPECT_DOUBLE_EQ(pad.leakage_mw(), static_cast<double>(c.macros) * 1);
    EXPECT_DOUBLE_EQ(pad.area_mm2(), static_cast<double>(c.macros) * 0.5);
  }
}

TEST(Scratchpad, HalfBelowTheSmallestMacroBad) {
  SramFamily family;
  family.cell = "c";
  family.width_bits = 64;
  family.points = {{1024, 1, 1, 1, 1}, {4096, 1, 1, 1, 1}};
  EXPECT_NO_THROW((void)make_scratchpad(family, "memory.x", 2048));
  try {
    (void)make_scratchpad(family, "memory.x", 2047);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("memory.x = 2047B: must be at least 2KiB"));
  }
}

}  // namespace
}  // namespace olivine
