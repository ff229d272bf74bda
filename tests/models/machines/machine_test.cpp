// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The problems of a text, or nothing when it loads.
std::vector<std::string> problems_of(const std::string& text) {
  try {
    const MachineConfig machine = parse_machine(text, "m.yaml");
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

std::string yaml_of(const MachineConfig& machine) {
  std::string text;
  for (const auto& [key, value] : machine_table().dump(machine)) {
    text += fmt::format("{}: \"{}\"\n", key, value);
  }
  return text;
}

TEST(ShippedMachines, LoadUnderTheirOwnNameAndStateTheirSource) {
  const std::vector<std::string> expected = {"adafloat_32x28", "ant_64x64",   "edge_16x16",
                                             "olaccel_16x18",  "olive_64x64", "tpu_like_128x128"};
  EXPECT_EQ(shipped_machines(), expected);
  for (const std::string& name : shipped_machines()) {
    SCOPED_TRACE(name);
    const MachineConfig machine = load_machine(name);
    EXPECT_EQ(machine.name, name);
    EXPECT_FALSE(machine.description.empty());
    EXPECT_FALSE(machine.source.empty());
    EXPECT_NO_THROW(validate(machine));
  }
}

TEST(ShippedMachines, OliveIsTheArrayOfThePaper) {
  const MachineConfig machine = load_machine("olive_64x64");
  EXPECT_EQ(machine.array.rows * machine.array.cols, 4096);  // Table 11: 4-bit PEs
  EXPECT_EQ(machine.array.rows / lane_count(machine.array, Format::Int8), 32);  // 32x32 at 8 bits
  EXPECT_EQ(machine.array.dataflow, Dataflow::OutputStationary);
  const double bytes_per_second =
      static_cast<double>(machine.dram.bytes_per_cycle) * machine.clock_hz;
  EXPECT_EQ(bytes_per_second, 64e9);  // 1024 bit/cycle at 500 MHz
  EXPECT_EQ(machine.memory.activation_buffer + machine.memory.weight_buffer +
                machine.memory.output_buffer,
            512 * 1024);
}

TEST(ShippedMachines, BaselinesDifferFromOliveInTheArrayOnly) {
  const MachineConfig olive = load_machine("olive_64x64");
  for (const char* name : {"adafloat_32x28", "olaccel_16x18", "ant_64x64"}) {
    SCOPED_TRACE(name);
    MachineConfig machine = load_machine(name);
    machine.name = olive.name;
    machine.description = olive.description;
    machine.source = olive.source;
    machine.array = olive.array;
    EXPECT_EQ(machine_table().dump(machine), machine_table().dump(olive));
  }
  // olive.md 3.2: 896 and 288 8-bit PEs; one 8-bit PE of OLAccel and ANT is four 4-bit ones.
  const ArrayConfig adafloat = load_machine("adafloat_32x28").array;
  const ArrayConfig olaccel = load_machine("olaccel_16x18").array;
  const ArrayConfig ant = load_machine("ant_64x64").array;
  EXPECT_EQ(adafloat.rows * adafloat.cols, 896);
  EXPECT_EQ(adafloat.pe_operand_bits, 8);
  EXPECT_EQ(olaccel.rows * olaccel.cols, 4 * 288);
  EXPECT_EQ(ant.rows * ant.cols, 4 * 1024);
}

TEST(LoadMachine, UnknownNameBadSuggestsTheNearestAndListsAll) {
  try {
    const MachineConfig machine = load_machine("olive64x64");
    FAIL() << machine.name;
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'olive_64x64'?"));
    EXPECT_THAT(error.what(), HasSubstr("tpu_like_128x128"));
  }
}

TEST(LoadMachine, ReadsAFileByPath) {
  const auto path = std::filesystem::path{::testing::TempDir()} / "olv_machine_test.yaml";
  std::ofstream{path} << "name: mine\narray:\n  rows: 7\n";
  EXPECT_EQ(load_machine(path.string()).array.rows, 7);
  std::ofstream{path} << "name: mine\narray:\n  rows: 0\n";
  try {
    const MachineConfig machine = load_machine(path.string());
    FAIL() << machine.array.rows;
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(), path.string() + ":3: array.rows = 0: must be 1..1024");
  }
  std::ofstream{path} << "name: mine\nenergy:\n  table: mine_table.yaml\n";
  EXPECT_EQ(load_machine(path.string()).energy_table,
            (path.parent_path() / "mine_table.yaml").string());
  std::filesystem::remove(path);
  EXPECT_THROW((void)load_machine(path.string()), ConfigError);
}

TEST(ParseMachine, AbsentKeysKeepTheirDefaults) {
  const MachineConfig machine = parse_machine("name: small", "m.yaml");
  MachineConfig expected;
  expected.name = "small";
  EXPECT_EQ(machine_table().dump(machine), machine_table().dump(expected));
}

TEST(ParseMachine, ReportsEveryProblemAtItsLineBad) {
  EXPECT_THAT(
      problems_of("array:\n"
                  "  rows: 0\n"
                  "  colums: 8\n"
                  "  dataflow: rs\n"
                  "  pe_operand_bits: 6\n"
                  "memory:\n"
                  "  sram: ''\n"
                  "clock: fast\n"),
      ElementsAre("m.yaml:2: array.rows = 0: must be 1..1024",
                  "m.yaml:3: array.colums = 8: unknown key; did you mean 'array.cols'?",
                  "m.yaml:4: array.dataflow = rs: must be ws|os|is",
                  "m.yaml:8: clock = fast: must be 1MHz..10GHz", "m.yaml: name: must not be empty",
                  "m.yaml:7: memory.sram: must not be empty",
                  "m.yaml:5: array.pe_operand_bits = 6: must be 4 or 8"));
}

TEST(ParseMachine, RangesHoldOnBothSides) {
  struct Case {
    const char* key;
    const char* legal;
    const char* illegal;
  };
  const std::vector<Case> cases = {{"array.rows", "1", "0"},
                                   {"array.rows", "1024", "1025"},
                                   {"array.cols", "1", "-1"},
                                   {"array.decoder_latency_cycles", "0", "-1"},
                                   {"array.output_latency_cycles", "64", "65"},
                                   {"memory.weight_buffer", "2KiB", "2047"},
                                   {"memory.weight_buffer", "64MiB", "65MiB"},
                                   {"dram.bytes_per_cycle", "1", "0"},
                                   {"dram.latency_cycles", "0", "-1"},
                                   {"vector.ops_per_cycle", "1", "0"},
                                   {"clock", "1MHz", "999kHz"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(fmt::format("{} {} {}", c.key, c.legal, c.illegal));
    EXPECT_THAT(problems_of(fmt::format("name: m\n{}: {}\n", c.key, c.legal)), ElementsAre());
    EXPECT_THAT(problems_of(fmt::format("name: m\n{}: {}\n", c.key, c.illegal)),
                ElementsAre(HasSubstr("m.yaml:2: " + std::string{c.key})));
  }
}

TEST(ParseMachine, FloatPesTakeWholeEightBitOperandsAndNoDecoders) {
  const std::string head = "name: m\narray:\n  arithmetic: float\n";
  EXPECT_THAT(problems_of(head + "  pe_operand_bits: 8\n  ovp_decoders: false\n"), ElementsAre());
  EXPECT_THAT(problems_of(head),
              ElementsAre(HasSubstr("m.yaml: array.pe_operand_bits = 4: must be 8"),
                          HasSubstr("m.yaml: array.ovp_decoders = true: must be false")));
}

// Half of a buffer holds one operand of every lane, or one 32-bit output of every column.
TEST(ParseMachine, BuffersFeedOneWaveOfTheArray) {
  const auto machine = [](const char* dataflow, const char* key, int64_t bytes) {
    return fmt::format(
        "name: m\narray: {{rows: 1024, cols: 512, pe_operand_bits: 8, dataflow: {}}}\n"
        "memory:\n  {}: {}\n",
        dataflow, key, bytes);
  };
  const int64_t outputs = 2 * 512 * 4;
  EXPECT_THAT(problems_of(machine("os", "output_buffer", outputs)), ElementsAre());
  EXPECT_THAT(problems_of(machine("os", "output_buffer", outputs - 1)),
              ElementsAre(HasSubstr("m.yaml:4: memory.output_buffer = 4095B: must be at least "
                                    "4KiB")));
  // 1024 rows of 1 byte need 2 KiB, which is the smallest legal buffer; the rule can only bite
  // where a caller sets the struct without the table.
  MachineConfig direct = parse_machine(machine("os", "activation_buffer", 2048), "m.yaml");
  direct.memory.activation_buffer = 2047;
  EXPECT_THROW(validate(direct), ConfigError);
  direct.array.dataflow = Dataflow::InputStationary;  // activations now enter 512 columns
  EXPECT_NO_THROW(validate(direct));
  direct.memory.activation_buffer = 2 * 512 - 1;
  EXPECT_THROW(validate(direct), ConfigError);
}

TEST(ParseMachine, DumpLoadsBackToTheSameMachine) {
  const uint64_t seed = 20260101;
  Rng rng{seed};
  for (int trial = 0; trial < 200; ++trial) {
    SCOPED_TRACE(fmt::format("seed {} trial {}", seed, trial));
    MachineConfig machine;
    machine.name = fmt::format("m{}", trial);
    machine.clock_hz = static_cast<double>(rng.uniform(1, 9999)) * 1e6;
    machine.array.rows = rng.uniform(1, 1024);
    machine.array.cols = rng.uniform(1, 1024);
    machine.array.pe_operand_bits = rng.chance(0.5) ? 4 : 8;
    machine.array.has_ovp_decoders = rng.chance(0.5);
    machine.array.has_sparse_select = rng.chance(0.5);
    machine.array.dataflow = kDataflowNames.at(static_cast<size_t>(rng.uniform(0, 2))).value;
    machine.array.pipelining = kPipeliningNames.at(static_cast<size_t>(rng.uniform(0, 1))).value;
    machine.memory.weight_buffer = rng.uniform(1 << 13, 1 << 26);
    machine.dram.bytes_per_cycle = rng.uniform(1, 65536);
    machine.dram.latency_cycles = rng.uniform(0, 100000);
    const MachineConfig loaded = parse_machine(yaml_of(machine), "dump.yaml");
    EXPECT_EQ(machine_table().dump(loaded), machine_table().dump(machine));
    EXPECT_EQ(loaded.memory.weight_buffer, machine.memory.weight_buffer);
    EXPECT_EQ(loaded.clock_hz, machine.clock_hz);
  }
}

// Damaged files end in ConfigError or in a machine that passes its own rules, nothing else.
TEST(ParseMachine, DamagedTextIsRefusedOrValid) {
  const uint64_t seed = 7;
  Rng rng{seed};
  const std::string good = yaml_of(load_machine("edge_16x16"));
  int refused = 0;
  for (int trial = 0; trial < 500; ++trial) {
    SCOPED_TRACE(fmt::format("seed {} trial {}", seed, trial));
    std::string text = good;
    for (int edit = 0; edit < 3; ++edit) {
      const auto at = static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(text.size()) - 1));
      text[at] = static_cast<char>(rng.uniform(1, 255));
    }
    try {
      validate(parse_machine(text, "damaged.yaml"));
    } catch (const ConfigError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(LaneCount, IsTheCeilingOfOperandBits) {
  ArrayConfig array;
  array.pe_operand_bits = 4;
  EXPECT_EQ(lane_count(array, Format::Int4), 1);   // 4 / 4
  EXPECT_EQ(lane_count(array, Format::Ovp4f), 1);  // 4 / 4
  EXPECT_EQ(lane_count(array, Format::Int8), 2);   // 8 / 4
  EXPECT_EQ(lane_count(array, Format::Ovp8), 2);   // 8 / 4
  array.pe_operand_bits = 8;
  EXPECT_EQ(lane_count(array, Format::Int4), 1);  // ceil(4 / 8)
  EXPECT_EQ(lane_count(array, Format::Int8), 1);  // 8 / 8
}

TEST(ArrayOperands, WeightsEnterFromTheTopUnlessInputsAreStationary) {
  const Scheme& scheme = parse_scheme("w4a8-ovp");
  for (const Dataflow dataflow : {Dataflow::WeightStationary, Dataflow::OutputStationary}) {
    EXPECT_EQ(array_operands(dataflow, scheme).left, Format::Ovp8);
    EXPECT_EQ(array_operands(dataflow, scheme).top, Format::Ovp4);
  }
  EXPECT_EQ(array_operands(Dataflow::InputStationary, scheme).left, Format::Ovp4);
  EXPECT_EQ(array_operands(Dataflow::InputStationary, scheme).top, Format::Ovp8);
}

}  // namespace
}  // namespace olivine
