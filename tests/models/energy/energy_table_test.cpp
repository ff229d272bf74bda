// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/energy_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The smallest complete table, one item a line so that a case can replace a line.
constexpr const char* kMinimal =
    "name: tiny\n"
    "description: for tests\n"
    "sources: {lab: Measured in a test}\n"
    "entries:\n"
    "  - {name: pe.a.energy, value: 1, unit: pJ, source: lab, boundary: device}\n"
    "  - {name: pe.a.leakage, value: 1, unit: uW, source: lab, boundary: device}\n"
    "  - {name: pe.a.area, value: 1, unit: um2, source: lab, boundary: device}\n"
    "  - {name: decoder.4bit.energy, value: 1, unit: pJ, source: lab, boundary: device}\n"
    "  - {name: decoder.4bit.leakage, value: 1, unit: uW, source: lab, boundary: device}\n"
    "  - {name: decoder.4bit.area, value: 1, unit: um2, source: lab, boundary: device}\n"
    "  - {name: decoder.8bit.energy, value: 1, unit: pJ, source: lab, boundary: device}\n"
    "  - {name: decoder.8bit.leakage, value: 1, unit: uW, source: lab, boundary: device}\n"
    "  - {name: decoder.8bit.area, value: 1, unit: um2, source: lab, boundary: device}\n"
    "  - {name: vector.op.energy, value: 1, unit: pJ, source: lab, boundary: device}\n"
    "  - {name: dram.d.read, value: 1, unit: pJ/bit, source: lab, boundary: board}\n"
    "  - {name: dram.d.write, value: 1, unit: pJ/bit, source: lab, boundary: board}\n"
    "sram:\n"
    "  - {cell: c, width_bits: 64, source: lab, boundary: device, points: [\n"
    "     {capacity: 1KiB, read_pj: 1, write_pj: 1, leakage_mw: 1, area_mm2: 1},\n"
    "     {capacity: 4KiB, read_pj: 2, write_pj: 2, leakage_mw: 4, area_mm2: 4}]}\n";

std::string replaced(std::string_view from, std::string_view to) {
  std::string text = kMinimal;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::vector<std::string> problems_of(const std::string& text) {
  try {
    const EnergyTable table = parse_energy_table(text, "t.yaml");
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(EnergyTable, MinimalTableLoads) {
  const EnergyTable table = parse_energy_table(kMinimal, "t.yaml");
  EXPECT_EQ(table.entries.size(), 12u);
  EXPECT_THAT(table.kinds("pe"), ElementsAre("a"));
  EXPECT_THAT(table.kinds("dram"), ElementsAre("d"));
  EXPECT_THAT(table.sram_cells(), ElementsAre("c"));
  EXPECT_EQ(table.find("dram.d.read")->boundary, EnergyBoundary::Board);
  EXPECT_EQ(table.find("dram.d.background"), nullptr);
}

TEST(EnergyTable, OneDefectIsOneProblemAtItsLineBad) {
  struct Case {
    std::string_view from;
    std::string_view to;
    std::string problem;
  };
  const std::vector<Case> cases = {
      {"value: 1, unit: pJ, source: lab", "value: 1, unit: pJ",
       "t.yaml:5: pe.a.energy: has no source"},
      {"source: lab", "source: lap",
       "t.yaml:5: pe.a.energy: source 'lap' is not under sources; did you mean 'lab'?"},
      {"source: lab", "source: ''", "t.yaml:5: pe.a.energy: has no source"},
      {"unit: pJ", "unit: eV", "t.yaml:5: unit = eV: must be pJ|pJ/bit|uW|mW|um2"},
      {"unit: uW", "unit: mW", "t.yaml:6: pe.a.leakage: unit = mW: must be uW"},
      {"boundary: device", "boundary: chip", "t.yaml:5: boundary = chip: must be device|board"},
      {"value: 1", "value: -1", "t.yaml:5: value = -1: must be 0..1e+09"},
      {"value: 1", "value: nan", "t.yaml:5: value = nan: must be 0..1e+09"},
      {"value: 1", "valeu: 1, value: 1", "t.yaml:5: valeu = 1: unknown key; did you mean 'value'?"},
      {"pe.a.area, value: 1", "pe.a.area", "t.yaml:7: pe.a.area: has no value"},
      {"sram:", "srams: {}\nsram:", "t.yaml:17: srams: unknown key; did you mean 'sram'?"},
      {"capacity: 4KiB", "capacity: 1KiB",
       "t.yaml:20: sram c: capacity = 1KiB: must be above the one before"},
      {"read_pj: 2, ", "", "t.yaml:20: sram c: has no read_pj"},
      {"read_pj: 2", "read_pj: 0", "t.yaml:20: read_pj = 0: must be 1e-09..1e+09"},
      {"name: tiny\n", "", "t.yaml: name: must be a text"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.problem);
    EXPECT_THAT(problems_of(replaced(c.from, c.to)), ElementsAre(c.problem));
  }
}

TEST(EnergyTable, BaseGivesWhatTheFileDoesNotReplace) {
  const EnergyTable base = load_energy_table("systolic_22nm");
  const EnergyTable table = parse_energy_table(
      "name: mine\n"
      "description: for tests\n"
      "base: systolic_22nm\n"
      "sources: {lab: Measured in a test}\n"
      "entries:\n"
      "  - {name: pe.ovp4.energy, value: 7, unit: pJ, source: lab, boundary: device}\n"
      "  - {name: dram.mine.read, value: 1, unit: pJ/bit, source: cacti, boundary: device}\n"
      "  - {name: dram.mine.write, value: 2, unit: pJ/bit, source: lab, boundary: device}\n",
      "t.yaml");
  EXPECT_EQ(table.name, "mine");
  EXPECT_DOUBLE_EQ(table.value("pe.ovp4.energy"), 7);
  EXPECT_DOUBLE_EQ(table.value("pe.ovp4.area"), base.value("pe.ovp4.area"));
  EXPECT_DOUBLE_EQ(table.value("dram.mine.write"), 2);
  EXPECT_EQ(table.entries.size(), base.entries.size() + 2);
  EXPECT_EQ(table.sram_cells(), base.sram_cells());
  EXPECT_EQ(table.sources.size(), base.sources.size() + 1);
}

TEST(EnergyTable, BaseFamilyIsReplacedAsAWhole) {
  const EnergyTable table = parse_energy_table(
      "name: mine\n"
      "description: for tests\n"
      "base: systolic_22nm\n"
      "sram:\n"
      "  - {cell: itrs-hp, width_bits: 64, source: cacti, boundary: device, points: [\n"
      "     {capacity: 1KiB, read_pj: 1, write_pj: 1, leakage_mw: 1, area_mm2: 1},\n"
      "     {capacity: 4KiB, read_pj: 2, write_pj: 2, leakage_mw: 4, area_mm2: 4}]}\n",
      "t.yaml");
  EXPECT_EQ(table.sram[0].cell, "itrs-hp");
  EXPECT_EQ(table.sram[0].width_bits, 64);
  EXPECT_EQ(table.sram[0].points.size(), 2u);
  EXPECT_EQ(table.sram.size(), load_energy_table("systolic_22nm").sram.size());
}

TEST(EnergyTable, BaseBad) {
  const std::string head = "name: mine\ndescription: for tests\n";
  EXPECT_THAT(problems_of(head + "base: systolic_22nn\n"),
              Contains(HasSubstr("t.yaml:3: base = systolic_22nn: must be systolic_22nm")));
  EXPECT_THAT(problems_of(head + "base: ../secret.yaml\n"), Contains(HasSubstr("t.yaml:3: base")));
  EXPECT_THAT(problems_of(head + "base: [systolic_22nm]\n"),
              Contains("t.yaml:3: base: must be a text"));
  EXPECT_THAT(problems_of(head + "base: systolic_22nm\nsources: {cacti: x}\n"),
              ElementsAre("t.yaml:4: sources.cacti: the base has it already"));
  const std::string entry =
      "  - {name: pe.ovp4.energy, value: 7, unit: pJ, source: cacti, boundary: device}\n";
  EXPECT_THAT(problems_of(head + "base: systolic_22nm\nentries:\n" + entry + entry),
              ElementsAre("t.yaml:6: pe.ovp4.energy: appears twice"));
}

TEST(EnergyTable, DuplicateEntryBad) {
  EXPECT_THAT(
      problems_of(replaced("pe.a.leakage, value: 1, unit: uW", "pe.a.energy, value: 1, unit: pJ")),
      ElementsAre("t.yaml:6: pe.a.energy: appears twice",
                  "t.yaml: entries: pe.a.leakage is missing"));
}

TEST(EnergyTable, UnknownNameBadListsTheLegalForms) {
  const auto problems = problems_of(replaced("vector.op.energy", "vector.op.enery"));
  EXPECT_THAT(problems, Contains(HasSubstr("vector.op.enery: unknown name: must be one of")));
  EXPECT_THAT(problems, Contains("t.yaml: entries: vector.op.energy is missing"));
}

TEST(EnergyTable, ReportsAllProblemsAtOnceBad) {
  const auto problems = problems_of("name: t\nentries: 3\n");
  EXPECT_THAT(
      problems,
      ElementsAre("t.yaml: description: must be a text", "t.yaml:2: entries: must be a list",
                  "t.yaml: sram: must be a list", "t.yaml: entries: has no pe",
                  "t.yaml: entries: has no dram", "t.yaml: entries: decoder.4bit.energy is missing",
                  "t.yaml: entries: decoder.4bit.leakage is missing",
                  "t.yaml: entries: decoder.4bit.area is missing",
                  "t.yaml: entries: decoder.8bit.energy is missing",
                  "t.yaml: entries: decoder.8bit.leakage is missing",
                  "t.yaml: entries: decoder.8bit.area is missing",
                  "t.yaml: entries: vector.op.energy is missing"));
}

TEST(EnergyTable, DamagedTextIsRefusedOrLoads) {
  const uint64_t seed = 11;
  Rng rng{seed};
  int refused = 0;
  for (int trial = 0; trial < 500; ++trial) {
    SCOPED_TRACE(fmt::format("seed {} trial {}", seed, trial));
    std::string text = kMinimal;
    const auto at = static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(text.size()) - 1));
    text[at] = static_cast<char>(rng.uniform(1, 255));
    if (rng.chance(0.1)) text.resize(at);
    if (!problems_of(text).empty()) ++refused;
  }
  EXPECT_GT(refused, 0);
}

TEST(EnergyTable, UnknownTableBadListsTheShippedOnes) {
  try {
    const EnergyTable table = load_energy_table("systolic_22");
    FAIL() << table.name;
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'systolic_22nm'?"));
  }
  EXPECT_THROW((void)load_energy_table("missing/table.yaml"), ConfigError);
}

TEST(EnergyTable, LoadsByPath) {
  const auto path = std::filesystem::path{::testing::TempDir()} / "olv_energy_table_test.yaml";
  std::ofstream{path} << kMinimal;
  EXPECT_EQ(load_energy_table(path.string()).name, "tiny");
  std::filesystem::remove(path);
}

constexpr std::string_view kMinimalGpu =
    "kind: gpu\nname: tiny\ndescription: d\nsources: {us: guess}\nentries:\n"
    "- {name: matrix.fp16.energy, value: 1, unit: pJ, source: us, boundary: board}\n"
    "- {name: alu.instruction.energy, value: 2, unit: pJ, source: us, boundary: board}\n"
    "- {name: traffic.shared.energy, value: 3, unit: pJ/bit, source: us, boundary: board}\n"
    "- {name: traffic.l2.energy, value: 4, unit: pJ/bit, source: us, boundary: board}\n";

TEST(GpuTable, NeedsNoArraysAndNoSram) {
  const EnergyTable table = parse_energy_table(kMinimalGpu, "t.yaml");
  EXPECT_EQ(table.kind, EnergyTableKind::Gpu);
  EXPECT_EQ(table.value("traffic.l2.energy"), 4);
  EXPECT_TRUE(table.sram.empty());
}

TEST(GpuTable, NamesOfArraysBadAreUnknownInIt) {
  const std::string text{kMinimalGpu};
  const auto problems_with = [&](const std::string& more) {
    try {
      (void)parse_energy_table(text + more, "t.yaml");
    } catch (const ConfigError& error) {
      return error.problems();
    }
    return std::vector<std::string>{};
  };
  EXPECT_THAT(
      problems_with("- {name: vector.op.energy, value: 1, unit: pJ, source: us, boundary: board}"),
      ElementsAre("t.yaml:10: vector.op.energy: unknown name: must be one of "
                  "matrix.<kind>.energy, ovp_decoder.<kind>.energy, alu.<kind>.energy, "
                  "traffic.<kind>.energy"));
  EXPECT_THAT(problems_with("sram: []"), ElementsAre(HasSubstr("sram: unknown key")));
  EXPECT_THAT(problems_with("base: systolic_22nm"),
              ElementsAre(HasSubstr("base = systolic_22nm: must be gpu_12nm|gpu_4nm|gpu_7nm")));
}

TEST(GpuTable, MissingEntriesBadAreListed) {
  try {
    (void)parse_energy_table(
        "kind: gpu\nname: t\ndescription: d\nsources: {us: guess}\nentries: []", "t.yaml");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre("t.yaml: entries: has no matrix", "t.yaml: entries: has no traffic",
                            "t.yaml: entries: alu.instruction.energy is missing",
                            "t.yaml: entries: traffic.l2.energy is missing",
                            "t.yaml: entries: traffic.shared.energy is missing"));
  }
}

TEST(GpuTable, UnknownKindAndTheWrongOneBadAreReported) {
  try {
    (void)parse_energy_table("kind: gqu\nname: t\ndescription: d\nentries: []\nsram: []", "t.yaml");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(),
                ::testing::Contains("t.yaml:1: kind = gqu: must be systolic|gpu"));
  }
  EXPECT_THROW(require_kind(load_energy_table("gpu_4nm"), EnergyTableKind::Systolic), ConfigError);
  EXPECT_NO_THROW(require_kind(load_energy_table("gpu_4nm"), EnergyTableKind::Gpu));
}

TEST(ShippedTables, LoadUnderTheirOwnNameAndUseEverySource) {
  for (const std::string& name : shipped_energy_tables()) {
    SCOPED_TRACE(name);
    const EnergyTable table = load_energy_table(name);
    EXPECT_EQ(table.name, name);
    for (const auto& [key, citation] : table.sources) {
      const bool is_cited = std::any_of(table.entries.begin(), table.entries.end(),
                                        [&](const EnergyEntry& e) { return e.source == key; }) ||
                            std::any_of(table.sram.begin(), table.sram.end(),
                                        [&](const SramFamily& f) { return f.source == key; });
      EXPECT_TRUE(is_cited) << key;
    }
  }
}

// Derived entries repeat their note's arithmetic, to the five digits of the table.
TEST(Systolic22nm, DerivedEntriesFollowFromTheirSources) {
  const EnergyTable table = load_energy_table("systolic_22nm");
  const double ovp4_pj = 279.960e-6 / 500e6 / 4 * 1e12;  // artifact: W / Hz / PEs
  const double ovp4_uw = 64.314 / 4;
  const double ovp4_um2 = 50.01;                       // OliVe Table 11
  const double no_shifter = (18051.0 - 3703) / 18051;  // osu018 areas, toolchain.md 4
  const double decoder_byte_pj = 0.83 / 25.1 * ovp4_pj;
  const double decoder_uw = 850.0 / 18051 * ovp4_uw;
  const double eight_bit = 49.50 / 37.22;  // Table 11
  const std::vector<std::pair<std::string, double>> expected = {
      {"pe.ovp4.energy", ovp4_pj},
      {"pe.ovp4.leakage", ovp4_uw},
      {"pe.ovp4.area", ovp4_um2},
      {"pe.int4.energy", ovp4_pj * no_shifter},
      {"pe.int4.leakage", ovp4_uw * no_shifter},
      {"pe.int4.area", ovp4_um2 * no_shifter},
      {"pe.int8.energy", ovp4_pj * 38.7 / 25.1},
      {"pe.int8.leakage", ovp4_uw * 52 / 35},
      {"pe.int8.area", ovp4_um2 * 24394 / 18051},
      {"pe.float8.energy", 4 * ovp4_pj},
      {"pe.float8.leakage", 4 * ovp4_uw},
      {"pe.float8.area", 4096 * ovp4_um2 / 896},
      {"decoder.4bit.energy", decoder_byte_pj / 2},
      {"decoder.4bit.leakage", decoder_uw},
      {"decoder.8bit.energy", decoder_byte_pj * eight_bit},
      {"decoder.8bit.leakage", decoder_uw * eight_bit},
      {"vector.op.energy", 3.7 * 37.7 / 111},
      {"dram.ddr4.read", 1300.0 / 64}};
  for (const auto& [name, value] : expected) {
    const double digits = name == "dram.ddr4.read" ? 1e-3 : 5e-5;
    EXPECT_NEAR(table.value(name) / value, 1, digits) << name;
  }
}

// The band the table's head states: synthesis scaled from 180 nm by 111 (toolchain.md 4).
TEST(Systolic22nm, PeEnergyIsWithinTheFactorTwoBandOfSynthesis) {
  const EnergyTable table = load_energy_table("systolic_22nm");
  for (const auto& [name, pj_180nm] :
       {std::pair{"pe.ovp4.energy", 25.1}, std::pair{"pe.int8.energy", 38.7}}) {
    const double ratio = (pj_180nm / 111) / table.value(name);
    EXPECT_GT(ratio, 0.5) << name;
    EXPECT_LT(ratio, 2.0) << name;
  }
}

}  // namespace
}  // namespace olivine
