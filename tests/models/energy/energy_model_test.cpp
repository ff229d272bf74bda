// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/energy_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/energy/energy_table.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Every number different, all of them powers of two: sums are exact in double.
EnergyTable simple_table() {
  EnergyTable table;
  table.name = "simple";
  const auto add = [&](const char* name, double value) {
    EnergyEntry entry;
    entry.name = name;
    entry.value = value;
    table.entries.push_back(entry);
  };
  add("pe.p.energy", 0.5);
  add("pe.p.leakage", 16);
  add("pe.p.area", 64);
  add("decoder.4bit.energy", 0.25);
  add("decoder.4bit.leakage", 4);
  add("decoder.4bit.area", 32);
  add("decoder.8bit.energy", 0.125);
  add("decoder.8bit.leakage", 8);
  add("decoder.8bit.area", 128);
  add("vector.op.energy", 2);
  add("dram.d.read", 4);
  add("dram.d.write", 8);
  add("dram.d.background", 32);
  SramFamily family;
  family.cell = "c";
  family.width_bits = 256;
  family.points = {{1024, 32, 64, 0.25, 0.5}, {2048, 64, 128, 0.5, 1}, {4096, 256, 512, 1, 2}};
  table.sram.push_back(family);
  return table;
}

MachineConfig simple_machine() {
  MachineConfig machine;
  machine.clock_hz = 1e6;  // 1 uW is 1 pJ a cycle, 1 mW is 1000 pJ a cycle
  machine.array.rows = 8;
  machine.array.cols = 4;
  machine.array.pe = "p";
  machine.memory = {
      .activation_buffer = 2048, .weight_buffer = 4096, .output_buffer = 8192, .sram = "c"};
  machine.dram.device = "d";
  return machine;
}

ActionCounts random_counts(Rng& rng) {
  const auto draw = [&] { return static_cast<uint64_t>(rng.uniform(0, 1 << 30)); };
  return {draw(), draw(), draw(), draw(), draw(), draw(),
          draw(), draw(), draw(), draw(), draw(), draw()};
}

double sum_of(const EnergyBreakdown& energy) {
  double sum = 0;
  for (const auto& [name, pj] : energy.components()) sum += pj;
  return sum;
}

TEST(EnergyModel, HandComputedCase) {
  const EnergyModel model{simple_machine(), simple_table()};
  const ActionCounts counts = {.pe_ops = 100,
                               .decoded_elems = 40,
                               .decoded_8bit_elems = 80,
                               .activation_buffer_read_bytes = 3,
                               .activation_buffer_write_bytes = 5,
                               .weight_buffer_read_bytes = 7,
                               .weight_buffer_write_bytes = 11,
                               .output_buffer_read_bytes = 13,
                               .output_buffer_write_bytes = 17,
                               .dram_read_bytes = 19,
                               .dram_write_bytes = 23,
                               .vector_ops = 29};
  const EnergyBreakdown energy = model.energy(counts, Cycles{10});
  EXPECT_DOUBLE_EQ(energy.pe_pj, 100 * 0.5);
  EXPECT_DOUBLE_EQ(energy.decoder_pj, 40 * 0.25 + 80 * 0.125);
  // Halves of 1, 2 and 4 KiB; a byte is 1/32 of a 256-bit word.
  EXPECT_DOUBLE_EQ(energy.activation_buffer_pj, 3 * 32.0 / 32 + 5 * 64.0 / 32);
  EXPECT_DOUBLE_EQ(energy.weight_buffer_pj, 7 * 64.0 / 32 + 11 * 128.0 / 32);
  EXPECT_DOUBLE_EQ(energy.output_buffer_pj, 13 * 256.0 / 32 + 17 * 512.0 / 32);
  EXPECT_DOUBLE_EQ(energy.dram_pj, 8 * (19 * 4.0 + 23 * 8.0));
  EXPECT_DOUBLE_EQ(energy.vector_pj, 29 * 2.0);
  // 32 PEs, 8 + 4 4-bit decoders, half as many 8-bit ones; two macros a scratchpad.
  const double leakage_uw = 32 * 16 + 12 * 4 + 6 * 8 + 1000 * 2 * (0.25 + 0.5 + 1);
  EXPECT_NEAR(energy.leakage_pj, 10 * leakage_uw, 1e-9 * leakage_uw);
  EXPECT_NEAR(energy.dram_background_pj, 10 * 32e3, 1e-3);
  EXPECT_DOUBLE_EQ(energy.total_pj(), sum_of(energy));
}

TEST(EnergyModel, NothingCostsNothing) {
  const EnergyModel model{simple_machine(), simple_table()};
  EXPECT_EQ(model.energy({}, Cycles{0}).total_pj(), 0);
}

TEST(EnergyModel, EnergyIsAdditiveAndScalesWithCounts) {
  const uint64_t seed = 99;
  Rng rng{seed};
  const EnergyModel model{load_machine("olive_64x64")};
  for (int trial = 0; trial < 100; ++trial) {
    SCOPED_TRACE(fmt::format("seed {} trial {}", seed, trial));
    const ActionCounts a = random_counts(rng);
    const ActionCounts b = random_counts(rng);
    const Cycles time_a{static_cast<uint64_t>(rng.uniform(0, 1 << 30))};
    const Cycles time_b{static_cast<uint64_t>(rng.uniform(0, 1 << 30))};
    ActionCounts both = a;
    both += b;
    EnergyBreakdown parts = model.energy(a, time_a);
    parts += model.energy(b, time_b);
    const EnergyBreakdown whole = model.energy(both, time_a + time_b);
    for (size_t i = 0; i < whole.components().size(); ++i) {
      const double expected = parts.components().at(i).second;
      EXPECT_NEAR(whole.components().at(i).second, expected, 1e-12 * expected)
          << whole.components().at(i).first;
    }
    EXPECT_NEAR(whole.total_pj(), sum_of(whole), 1e-12 * whole.total_pj());
  }
}

// Each count moves exactly one component.
TEST(EnergyModel, EachCountHasItsComponent) {
  const EnergyModel model{simple_machine(), simple_table()};
  struct Case {
    uint64_t ActionCounts::*count;
    std::string_view component;
  };
  const std::vector<Case> cases = {
      {&ActionCounts::pe_ops, "pe"},
      {&ActionCounts::decoded_elems, "decoder"},
      {&ActionCounts::decoded_8bit_elems, "decoder"},
      {&ActionCounts::activation_buffer_read_bytes, "activation_buffer"},
      {&ActionCounts::activation_buffer_write_bytes, "activation_buffer"},
      {&ActionCounts::weight_buffer_read_bytes, "weight_buffer"},
      {&ActionCounts::weight_buffer_write_bytes, "weight_buffer"},
      {&ActionCounts::output_buffer_read_bytes, "output_buffer"},
      {&ActionCounts::output_buffer_write_bytes, "output_buffer"},
      {&ActionCounts::dram_read_bytes, "dram"},
      {&ActionCounts::dram_write_bytes, "dram"},
      {&ActionCounts::vector_ops, "vector"}};
  for (const Case& c : cases) {
    ActionCounts counts;
    counts.*c.count = 1;
    for (const auto& [name, pj] : model.energy(counts, Cycles{0}).components()) {
      EXPECT_EQ(pj > 0, name == c.component) << name << " for " << c.component;
    }
  }
}

TEST(EnergyModel, LeakageIsPowerTimesTimeAtAnyClock) {
  MachineConfig machine = load_machine("olive_64x64");
  const EnergyModel slow{machine};
  machine.clock_hz *= 2;
  const EnergyModel fast{machine};
  const double slow_pj = slow.energy({}, Cycles{1000}).leakage_pj;
  EXPECT_GT(slow_pj, 0);
  EXPECT_NEAR(fast.energy({}, Cycles{2000}).leakage_pj, slow_pj, 1e-12 * slow_pj);
}

TEST(EnergyModel, BackgroundIsCountedOnlyWhereTheTableHasIt) {
  MachineConfig machine = load_machine("olive_64x64");
  EXPECT_EQ(EnergyModel{machine}.energy({}, Cycles{100}).dram_background_pj, 0);
  machine.dram.device = "ant_artifact";
  // olive.md 5.2: 484.6 mW at 500 MHz is 0.969 nJ a cycle.
  const double pj = EnergyModel{machine}.energy({}, Cycles{100}).dram_background_pj;
  EXPECT_NEAR(pj, 100 * 484.6e-3 / 500e6 * 1e12, 1e-6);
  EXPECT_NEAR(pj / 100, 969, 0.5);
}

TEST(EnergyModel, OliveAreasReproduceTable11) {
  const AreaBreakdown area = EnergyModel{load_machine("olive_64x64")}.area();
  EXPECT_DOUBLE_EQ(area.decoder_4bit_um2, 37.22 * 128);
  EXPECT_DOUBLE_EQ(area.decoder_8bit_um2, 49.50 * 64);
  EXPECT_DOUBLE_EQ(area.pe_um2, 50.01 * 4096);
  const double core = area.pe_um2 + area.decoder_4bit_um2 + area.decoder_8bit_um2;
  EXPECT_NEAR(core / 1e6, 0.2128, 5e-5);  // mm2, olive.md 4.4
  EXPECT_NEAR(area.decoder_4bit_um2 / core, 0.022, 5e-4);
  EXPECT_NEAR(area.pe_um2 / core, 0.963, 5e-4);
}

TEST(EnergyModel, AreaIsTheSumOfItsComponents) {
  for (const std::string& name : shipped_machines()) {
    const AreaBreakdown area = EnergyModel{load_machine(name)}.area();
    double sum = 0;
    for (const auto& [component, um2] : area.components()) sum += um2;
    EXPECT_DOUBLE_EQ(area.total_um2(), sum) << name;
    EXPECT_GT(area.total_um2(), 0) << name;
  }
}

TEST(DecoderCounts, OneARowAndColumnOfEachWidth) {
  struct Case {
    int64_t rows, cols, bits, four_bit, eight_bit;
  };
  // rows + cols, and floor(rows / lanes) + floor(cols / lanes) with 8 / bits lanes.
  for (const Case& c : {Case{64, 64, 4, 128, 64}, Case{1, 1, 4, 2, 0}, Case{7, 4, 4, 11, 5},
                        Case{7, 4, 8, 11, 11}}) {
    ArrayConfig array;
    array.rows = c.rows;
    array.cols = c.cols;
    array.pe_operand_bits = c.bits;
    EXPECT_EQ(decoder_counts(array).four_bit, c.four_bit);
    EXPECT_EQ(decoder_counts(array).eight_bit, c.eight_bit);
    array.has_ovp_decoders = false;
    EXPECT_EQ(decoder_counts(array).four_bit + decoder_counts(array).eight_bit, 0);
  }
}

TEST(EnergyModel, UnknownNamesBadAreListedTogether) {
  MachineConfig machine = load_machine("olive_64x64");
  machine.array.pe = "ovp5";
  machine.memory.sram = "itrs-hq";
  machine.dram.device = "zzz";
  try {
    const EnergyModel model{machine};
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre(HasSubstr("array.pe = ovp5: not in energy table systolic_22nm; did you "
                                      "mean 'ovp4'? (legal: float8, int4, int8, ovp4)"),
                            HasSubstr("memory.sram = itrs-hq: not in energy table systolic_22nm; "
                                      "did you mean 'itrs-hp'?"),
                            HasSubstr("dram.device = zzz: not in energy table systolic_22nm "
                                      "(legal: ant_artifact, ddr4, gddr5")));
  }
  machine.energy_table = "none";
  EXPECT_THROW(EnergyModel{machine}, ConfigError);
}

TEST(EnergyModel, UnknownNamesOfAFileBadHaveTheirLine) {
  const MachineConfig machine = parse_machine("name: m\narray:\n  pe: foo\n", "m.yaml");
  try {
    const EnergyModel model{machine};
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(), ElementsAre(HasSubstr("m.yaml:3: array.pe = foo: not in")));
  }
}

}  // namespace
}  // namespace olivine
