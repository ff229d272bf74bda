// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The shipped table of our own array figures: values follow from their notes, anchors are not
// mixed.
#include <gtest/gtest.h>

#include <optional>
#include <regex>

#include "models/base/text.h"
#include "models/energy/energy_table.h"
#include "models/energy/technology_scaling.h"

namespace olivine {
namespace {

constexpr double kRounding = 0.004;  // notes print 180 nm figures to two decimals

// The first number of the note before `unit`, nothing where there is none.
std::optional<double> note_number(const EnergyEntry& entry, const std::string& unit) {
  std::smatch match;
  const std::regex pattern{"([0-9.]+) " + unit + "\\b"};
  if (!std::regex_search(entry.note, match, pattern)) return std::nullopt;
  return parse_number(match[1].str());
}

TEST(RtlTable, EnergiesAndAreasAreTheNotesScaledTo22nm) {
  const EnergyTable table = load_energy_table("rtl_22nm");
  const double energy = energy_divisor({180, 1.8}, {22, 0.9});
  const double area = area_divisor(180, 22);
  int checked = 0;
  for (const EnergyEntry& entry : table.entries) {
    if (entry.source != "rtl") continue;
    const bool is_energy = entry.name.ends_with(".energy");
    const auto at_180nm = note_number(entry, is_energy ? "pJ" : "um2");
    ASSERT_TRUE(at_180nm.has_value()) << entry.name;
    const double elements = entry.note.find("for 2 elements") == std::string::npos ? 1 : 2;
    const double expected = *at_180nm / (is_energy ? energy * elements : area);
    EXPECT_NEAR(entry.value / expected, 1, kRounding) << entry.name;
    ++checked;
  }
  EXPECT_EQ(checked, 10);  // energy and area of three PEs and two decoders
}

TEST(RtlTable, LeakageStandsToThePublishedPeAsTheCellsDo) {
  const EnergyTable table = load_energy_table("rtl_22nm");
  const std::regex ratio{"([0-9.]+) nW against ([0-9.]+) nW"};
  for (const EnergyEntry& entry : table.entries) {
    if (entry.source != "rtl_leakage") continue;
    std::smatch match;
    ASSERT_TRUE(std::regex_search(entry.note, match, ratio)) << entry.name;
    const double expected = table.value("pe.ovp4.leakage") * *parse_number(match[1].str()) /
                            *parse_number(match[2].str());
    EXPECT_NEAR(entry.value / expected, 1, kRounding) << entry.name;
  }
}

TEST(RtlTable, NoArrayEnergyOrAreaIsThePublishedOne) {
  const EnergyTable table = load_energy_table("rtl_22nm");
  for (const EnergyEntry& entry : table.entries) {
    const bool is_array = entry.name.starts_with("pe.") || entry.name.starts_with("decoder.");
    if (!is_array || entry.name.ends_with(".leakage")) continue;
    EXPECT_TRUE(entry.source == "rtl" || entry.source == "rtl_float") << entry.name;
  }
  EXPECT_NEAR(table.value("pe.float8.energy") / table.value("pe.ovp4.energy"), 4, kRounding);
}

TEST(RtlTable, MemoryIsTheBases) {
  const EnergyTable table = load_energy_table("rtl_22nm");
  const EnergyTable base = load_energy_table("systolic_22nm");
  EXPECT_EQ(table.sram_cells(), base.sram_cells());
  for (const EnergyEntry& entry : base.entries) {
    if (!entry.name.starts_with("dram.")) continue;
    EXPECT_DOUBLE_EQ(table.value(entry.name), entry.value) << entry.name;
  }
}

}  // namespace
}  // namespace olivine
