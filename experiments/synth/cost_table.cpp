// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/synth/cost_table.h"

#include <fmt/format.h>

#include "models/base/text.h"
#include "models/energy/energy_table.h"
#include "sim/cosim/tool.h"

namespace olivine::synth {
namespace {

constexpr const char* kStream = "w4a4-ovp";
constexpr double kFloatPes = 896;  // AdaptivFloat PEs in the area of OliVe's 4096
constexpr double kOvpPes = 4096;

constexpr const char* kHead = R"(# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Written by `rtl_costs --write models/energy/tables/rtl_22nm.yaml`; a test writes it again and
# compares. Array figures of our own RTL, all of one origin: synthesized on osu018 cells (180 nm,
# 1.8 V), toggled with bell-shaped operands (outliers in 1 % of the OVP pairs), scaled to 22 nm at
# 0.9 V. Zero-delay simulation: no glitches (with them 1.6 times the energy of a PE on random
# operands), no wires, no clock tree, no clock gating. SRAM, DRAM and vector entries are the base's.
# Leakage does not scale with these factors: the base's PE leakage is kept, other blocks stand to it
# as their cells leak at 180 nm.
name: rtl_22nm
description: Systolic arrays at 22 nm, array figures from our own RTL, the rest as systolic_22nm
base: systolic_22nm
)";

// One entry of the file.
struct Line {
  std::string name;
  double value;
  std::string unit;
  std::string source;
  std::string note;
};

std::string text(const Line& line) {
  return fmt::format(
      "  - name: {}\n    value: {:.5g}\n    unit: {}\n    source: {}\n    boundary: device\n"
      "    note: {}\n",
      line.name, line.value, line.unit, line.source, line.note);
}

double energy_at_22nm(double pj) { return pj / energy_divisor(kLibraryNode, kArrayNode); }

// Energy, leakage and area of a block; the energy is for one of `ops` operations a cycle.
std::string block_lines(const std::string& entry, const BlockCost& block, const std::string& stream,
                        double ops, const BlockCost& anchor, double anchor_leakage_uw) {
  const double pj = block.energy(stream).total_pj();
  std::string lines = text({entry + ".energy", energy_at_22nm(pj / ops), "pJ", "rtl",
                            fmt::format("{}, {}, {:.2f} pJ{} at 180 nm", block.name, stream, pj,
                                        ops == 1 ? "" : fmt::format(" for {} elements", ops))});
  if (&block != &anchor) {
    lines +=
        text({entry + ".leakage", anchor_leakage_uw * block.leakage_nw / anchor.leakage_nw, "uW",
              "rtl_leakage",
              fmt::format("{:.2f} nW against {:.2f} nW", block.leakage_nw, anchor.leakage_nw)});
  }
  return lines +
         text({entry + ".area", block.area_at(kArrayNode.node_nm), "um2", "rtl",
               fmt::format("{:.0f} um2 at 180 nm, {} cells", block.area_um2, block.cell_count)});
}

}  // namespace

TableBlocks measure_table_blocks(const CostMeter& meter) {
  return {.pe = meter.pe(Dataflow::OutputStationary, false),
          .int4_pe = meter.integer_pe(4),
          .int8_pe = meter.integer_pe(8),
          .decoder_4bit = meter.decoder(4),
          .decoder_8bit = meter.decoder(8)};
}

std::string cost_table_yaml(const TableBlocks& blocks, const std::string& yosys) {
  const double leakage_uw = load_energy_table("systolic_22nm").value("pe.ovp4.leakage");
  const auto lines = [&](const std::string& entry, const BlockCost& block,
                         const std::string& stream, double ops) {
    return block_lines(entry, block, stream, ops, blocks.pe, leakage_uw);
  };
  std::string yaml = kHead;
  yaml += fmt::format(
      "sources:\n"
      "  rtl: >-\n"
      "    rtl/ with {} and osu018 cells; energy / {:.2f}, area / {:.2f} (Stillmaker and Baas,\n"
      "    Integration 58, 2017; 22 nm interpolated between 32 and 20 nm)\n"
      "  rtl_leakage: Leakage of pe.ovp4 in the base, times the ratio of the cells' leakage\n"
      "  rtl_float: >-\n"
      "    The artifact's AdaptivFloat PE is four 4-bit PEs; its area follows from 896 of them in\n"
      "    the area of 4096\n"
      "entries:\n",
      yosys, energy_divisor(kLibraryNode, kArrayNode),
      area_divisor(kLibraryNode.node_nm, kArrayNode.node_nm));
  yaml += lines("pe.ovp4", blocks.pe, kStream, 1);
  yaml += lines("pe.int4", blocks.int4_pe, "w4a4-int4", 1);
  yaml += lines("pe.int8", blocks.int8_pe, "w8a8-int8", 1);
  const double pe_pj = energy_at_22nm(blocks.pe.energy(kStream).total_pj());
  yaml += text({"pe.float8.energy", 4 * pe_pj, "pJ", "rtl_float", "4 times pe.ovp4"});
  yaml += text({"pe.float8.area", blocks.pe.area_at(kArrayNode.node_nm) * kOvpPes / kFloatPes,
                "um2", "rtl_float", "4096 / 896 times pe.ovp4"});
  yaml += lines("decoder.4bit", blocks.decoder_4bit, "ovp4", 2);
  yaml += lines("decoder.8bit", blocks.decoder_8bit, "ovp8", 2);
  return yaml;
}

std::string yosys_version() {
  const std::vector<std::string> words = split(run_tool({"yosys", "-V"}).output, ' ');
  return words.size() < 2 ? "Yosys" : words[0] + " " + words[1];
}

}  // namespace olivine::synth
