// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What 2:4 selection adds to a PE in the tables of the study sparse_codesign, from the RTL again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "experiments/synth/block_costs.h"
#include "experiments/synth/cost_table.h"
#include "experiments/synth/synthesis.h"
#include "models/energy/energy_table.h"

namespace olivine::synth {
namespace {

const std::string kFolder = std::string{OLV_SOURCE_DIR} + "/experiments/studies/sparse_codesign/";
constexpr const char* kYosys = "Yosys 0.23";  // netlists of another one differ

EnergyTable published() { return load_energy_table(kFolder + "published_selection.yaml"); }
EnergyTable ours() { return load_energy_table(kFolder + "rtl_selection.yaml"); }

// Tables hold five digits.
void expect_written(const EnergyTable& table, const std::string& name, double value) {
  EXPECT_EQ(fmt::format("{:.5g}", table.value(name)), fmt::format("{:.5g}", value)) << name;
}

struct PeCost {
  double area_um2 = 0;
  double energy_pj = 0;
  double leakage_nw = 0;
};

// What is compared: PEs at 180 nm, and how they come to 22 nm.
struct Pes {
  PeCost ovp4, ovp4_select, int8, int8_select;
  double area_divisor = olivine::area_divisor(kLibraryNode.node_nm, kArrayNode.node_nm);
  double energy_divisor = olivine::energy_divisor(kLibraryNode, kArrayNode);
  double published_leakage_uw = published().value("pe.ovp4.leakage");

  // Leakage does not scale with the nodes: the published PE's, times the ratio of the cells'.
  [[nodiscard]] double leakage_uw(double nanowatts) const {
    return published_leakage_uw * nanowatts / ovp4.leakage_nw;
  }
};

// Every output of the netlists is compared with the cycle-stepped model on the way.
Pes measure(const SynthesisConfig& config) {
  const LibertyLibrary library = load_liberty(config.liberty);
  const auto cost = [&](const std::string& top, const Parameters& parameters,
                        const std::string& source, const char* scheme) -> PeCost {
    const SynthesizedBlock block = synthesize(config, library, top, parameters, source);
    const Netlist& netlist = block.netlist;
    const ArrayWorkload workload{.scheme = parse_scheme(scheme),
                                 .pe_operand_bits = top == "pe" ? 4 : 8};
    return {netlist.area_um2(), pe_energy(netlist, workload).total_pj(), netlist.leakage_nw()};
  };
  const Parameters bits = {{"Bits", 8}};
  return {.ovp4 = cost("pe", {{"OutputStationary", 1}}, "", "w4a4-ovp"),
          .ovp4_select = cost("pe", {{"OutputStationary", 1}, {"Sparse", 1}}, "", "w4a4-ovp-2:4"),
          .int8 = cost("integer_pe", bits, "synth/integer_pe.sv", "w8a8-int8"),
          .int8_select =
              cost("sparse_integer_pe", bits, "synth/sparse_integer_pe.sv", "w8a8-int8-2:4")};
}

void expect_ours(const Pes& pes, const std::string& name, const PeCost& pe) {
  expect_written(ours(), name + ".area", pe.area_um2 / pes.area_divisor);
  expect_written(ours(), name + ".energy", pe.energy_pj / pes.energy_divisor);
  expect_written(ours(), name + ".leakage", pes.leakage_uw(pe.leakage_nw));
}

void expect_published(const Pes& pes, const std::string& name, const PeCost& with,
                      const PeCost& without) {
  const EnergyTable table = published();
  const auto old = [&](const char* quantity) { return table.value(name + quantity); };
  expect_written(table, name + "_select.area",
                 old(".area") + (with.area_um2 - without.area_um2) / pes.area_divisor);
  expect_written(table, name + "_select.energy",
                 old(".energy") + (with.energy_pj - without.energy_pj) / pes.energy_divisor);
  expect_written(table, name + "_select.leakage",
                 old(".leakage") + pes.leakage_uw(with.leakage_nw - without.leakage_nw));
  const std::string ratio = name + "_select_ratio";
  expect_written(table, ratio + ".area", old(".area") * with.area_um2 / without.area_um2);
  expect_written(table, ratio + ".energy", old(".energy") * with.energy_pj / without.energy_pj);
  expect_written(table, ratio + ".leakage", old(".leakage") * with.leakage_nw / without.leakage_nw);
}

TEST(SelectionTables, AreWhatTheRtlSays) {
  SynthesisConfig config;
  config.rtl = std::string{OLV_SOURCE_DIR} + "/rtl";
  config.work = testing::TempDir() + "selection_costs";
  const std::string missing = missing_tool(config);
  if (!missing.empty()) GTEST_SKIP() << "SKIPPED (no " << missing << ")";
  if (yosys_version() != kYosys) GTEST_SKIP() << "SKIPPED (" << yosys_version() << ")";
  const Pes pes = measure(config);
  for (const std::string kind : {"_select", "_select_ratio"}) {
    expect_ours(pes, "pe.ovp4" + kind, pes.ovp4_select);
    expect_ours(pes, "pe.int8" + kind, pes.int8_select);
  }
  expect_published(pes, "pe.ovp4", pes.ovp4_select, pes.ovp4);
  expect_published(pes, "pe.int8", pes.int8_select, pes.int8);
}

// A table starts from one without a base of its own, so rtl_selection repeats what it takes.
TEST(SelectionTables, RepeatOurTable) {
  const EnergyTable table = ours();
  const EnergyTable shipped = load_energy_table("rtl_22nm");
  for (const EnergyEntry& entry : shipped.entries) {
    if (entry.name.starts_with("pe.float8") || entry.name.starts_with("pe.int4")) continue;
    EXPECT_EQ(table.value(entry.name), entry.value) << entry.name;
  }
}

}  // namespace
}  // namespace olivine::synth
