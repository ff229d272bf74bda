// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/platform_config.h"

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
using ::testing::IsEmpty;

// The problems of a text, or nothing when it loads.
std::vector<std::string> problems_of(const std::string& text) {
  try {
    const PlatformConfig platform = parse_platform(text, "p.yaml");
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

std::vector<std::string> problems_of(const PlatformConfig& platform) {
  try {
    validate(platform);
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

const std::string kName = "name: p\n";                      // line 1
const std::string kMemory = "memories:\n  - name: dram\n";  // 2, 3
const std::string kAccelerator = "accelerators:\n  - name: acc\n    machine: olive_64x64\n";  // 4..

TEST(ShippedPlatforms, LoadUnderTheirOwnNameAndStateTheirSource) {
  EXPECT_THAT(shipped_platforms(), ElementsAre("dual_olive_qos", "quad_olive_32x32",
                                               "quad_olive_ddr4", "single_olive_64x64"));
  for (const std::string& name : shipped_platforms()) {
    SCOPED_TRACE(name);
    const PlatformConfig platform = load_platform(name);
    EXPECT_EQ(platform.name, name);
    EXPECT_FALSE(platform.description.empty());
    EXPECT_FALSE(platform.source.empty());
    EXPECT_NO_THROW(validate(platform));
  }
}

TEST(ShippedPlatforms, SingleOliveHasTheMemoryOfItsMachine) {
  const PlatformConfig platform = load_platform("single_olive_64x64");
  const MachineConfig machine = load_machine("olive_64x64");
  ASSERT_EQ(platform.accelerators.size(), 1U);
  const DramConfig dram = mapper_dram(platform, platform.accelerators[0]);
  EXPECT_EQ(dram.model, machine.dram.model);
  EXPECT_EQ(dram.bytes_per_cycle, machine.dram.bytes_per_cycle);
  EXPECT_EQ(dram.latency_cycles, machine.dram.latency_cycles);
  EXPECT_EQ(dram.device, machine.dram.device);
  EXPECT_EQ(platform.clock_hz, machine.clock_hz);
  EXPECT_GE(platform.bus.bytes_per_cycle, machine.dram.bytes_per_cycle);
  EXPECT_EQ(platform.bus.latency_cycles, 0);
  EXPECT_EQ(platform.host.submit_cycles, 0);
}

TEST(ShippedPlatforms, QuadOliveIsOneOliveCutInFour) {
  const MachineConfig whole = load_machine("olive_64x64");
  for (const char* name : {"quad_olive_32x32", "quad_olive_ddr4"}) {
    SCOPED_TRACE(name);
    const PlatformConfig platform = load_platform(name);
    ASSERT_EQ(platform.accelerators.size(), 4U);
    for (const PlatformAccelerator& accelerator : platform.accelerators) {
      const MachineConfig& part = accelerator.machine;
      EXPECT_EQ(4 * part.array.rows * part.array.cols, whole.array.rows * whole.array.cols);
      EXPECT_EQ(4 * part.memory.activation_buffer, whole.memory.activation_buffer);
      EXPECT_EQ(4 * part.memory.weight_buffer, whole.memory.weight_buffer);
      EXPECT_EQ(4 * part.memory.output_buffer, whole.memory.output_buffer);
      EXPECT_EQ(4 * part.vector.ops_per_cycle, whole.vector.ops_per_cycle);
    }
  }
}

TEST(LoadPlatform, UnknownNameBadSuggestsTheNearestAndListsAll) {
  try {
    const PlatformConfig platform = load_platform("quad_olive_dr4");
    FAIL() << platform.name;
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'quad_olive_ddr4'?"));
    EXPECT_THAT(error.what(), HasSubstr("single_olive_64x64"));
  }
}

TEST(LoadPlatform, PathsAreMeantFromThePlatformsFile) {
  const auto folder = std::filesystem::path{::testing::TempDir()} / "olv_platform_test";
  std::filesystem::create_directories(folder / "tree");
  std::ofstream{folder / "m.yaml"} << "name: m\narray:\n  rows: 7\nenergy:\n  table: t.yaml\n";
  std::ofstream{folder / "p.yaml"} << kName << kMemory
                                   << "accelerators:\n  - name: a\n    machine: m.yaml\n"
                                      "    model: rtl\n    rtl: tree\n";
  const PlatformConfig platform = load_platform((folder / "p.yaml").string());
  EXPECT_EQ(platform.accelerators[0].machine.array.rows, 7);
  EXPECT_EQ(platform.accelerators[0].machine.energy_table, (folder / "t.yaml").string());
  EXPECT_EQ(platform.accelerators[0].rtl, (folder / "tree").string());

  // A problem of the machine's file is reported there.
  std::ofstream{folder / "m.yaml"} << "name: m\narray:\n  rows: 0\n";
  std::filesystem::remove(folder / "tree");
  try {
    const PlatformConfig broken = load_platform((folder / "p.yaml").string());
    FAIL() << broken.name;
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre((folder / "m.yaml").string() + ":3: array.rows = 0: must be 1..1024"));
  }
  std::filesystem::remove(folder / "m.yaml");
  try {
    const PlatformConfig broken = load_platform((folder / "p.yaml").string());
    FAIL() << broken.name;
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(), ElementsAre((folder / "p.yaml").string() + ":6: " +
                                              (folder / "m.yaml").string() + ": no such file"));
  }
  std::filesystem::remove_all(folder);
  EXPECT_THROW((void)load_platform((folder / "p.yaml").string()), ConfigError);
}

TEST(ParsePlatform, AbsentKeysKeepTheirDefaults) {
  const PlatformConfig platform = parse_platform(kName + kMemory + kAccelerator, "p.yaml");
  PlatformConfig expected;
  expected.name = "p";
  EXPECT_EQ(platform_table().dump(platform), platform_table().dump(expected));
  PlatformMemory memory;
  memory.name = "dram";
  ASSERT_EQ(platform.memories.size(), 1U);
  EXPECT_EQ(platform_memory_table().dump(platform.memories[0]),
            platform_memory_table().dump(memory));
  PlatformAccelerator accelerator;
  accelerator.name = "acc";
  accelerator.machine_name = "olive_64x64";
  accelerator.memory = "dram";  // the only one
  ASSERT_EQ(platform.accelerators.size(), 1U);
  EXPECT_EQ(platform_accelerator_table().dump(platform.accelerators[0]),
            platform_accelerator_table().dump(accelerator));
  EXPECT_EQ(machine_table().dump(platform.accelerators[0].machine),
            machine_table().dump(load_machine("olive_64x64")));
}

TEST(ParsePlatform, EntriesWithACountAreNumbered) {
  for (const int count : {1, 2, 63, 64}) {
    SCOPED_TRACE(count);
    const PlatformConfig platform = parse_platform(
        kName + kMemory + kAccelerator + fmt::format("    count: {}\n", count), "p.yaml");
    ASSERT_EQ(platform.accelerators.size(), static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(platform.accelerators[static_cast<size_t>(i)].name,
                count == 1 ? "acc" : fmt::format("acc{}", i));
    }
  }
  EXPECT_THAT(problems_of(kName + kMemory + kAccelerator + "    count: 65\n"),
              ElementsAre("p.yaml:7: count = 65: must be 1..64"));
  EXPECT_THAT(problems_of(kName + kMemory + kAccelerator +
                          "    count: 64\n  - name: more\n    machine: olive_64x64\n"),
              ElementsAre("p.yaml:8: count = 1: 64 accelerators so far: must be 1..64 in all"));
}

TEST(ParsePlatform, AddressesAreHexOrDecimalAndSizesHaveUnits) {
  const PlatformConfig platform = parse_platform(kName +
                                                     "memories:\n"
                                                     "  - {name: a, base: 0x1000, size: 4KiB}\n"
                                                     "  - {name: b, base: 8192, size: 64}\n"
                                                     "  - {name: c, base: 1GiB, size: 1MiB}\n" +
                                                     kAccelerator + "    memory: b\n",
                                                 "p.yaml");
  EXPECT_EQ(platform.memories[0].base, 4096);
  EXPECT_EQ(platform.memories[0].size_bytes, 4096);
  EXPECT_EQ(platform.memories[1].base, 8192);  // begins where a ends
  EXPECT_EQ(platform.memories[1].size_bytes, 64);
  EXPECT_EQ(platform.memories[2].base, int64_t{1} << 30);
  EXPECT_EQ(memory_of(platform, platform.accelerators[0]).name, "b");
}

TEST(ParsePlatform, MachineKeysAreSetNestedOrFlat) {
  const PlatformConfig platform = parse_platform(
      kName + kMemory + kAccelerator +
          "    set:\n      array: {rows: 32, cols: 16}\n      vector.ops_per_cycle: 8\n",
      "p.yaml");
  const MachineConfig& machine = platform.accelerators[0].machine;
  EXPECT_EQ(machine.array.rows, 32);
  EXPECT_EQ(machine.array.cols, 16);
  EXPECT_EQ(machine.vector.ops_per_cycle, 8);
  EXPECT_EQ(machine.places.at("array.rows"), "p.yaml:8");
}

TEST(ParsePlatform, ReportsEveryProblemAtItsLineBad) {
  EXPECT_THAT(problems_of("name: a b\n"
                          "clok: 1GHz\n"
                          "partition: rows\n"
                          "bus:\n"
                          "  packet: 200\n"
                          "  arbitration: fair\n"
                          "memories:\n"
                          "  - name: dram\n"
                          "    base: 0xg\n"
                          "    dram: {modl: banked}\n"
                          "  - size: 100\n"
                          "    name: second.one\n"
                          "accelerators:\n"
                          "  - name: acc\n"
                          "    machine: olive64x64\n"
                          "    memory: drm\n"
                          "  - machine: olive_64x64\n"
                          "    memory: dram\n"
                          "    set: {array: {row: 3}}\n"
                          "  - name: third\n"
                          "    machine: olive_64x64\n"
                          "    memory: dran\n"
                          "    set:\n"
                          "      dram.latency_cycles: 3\n"),
              ElementsAre("p.yaml:2: clok: unknown key; did you mean 'clock'?",
                          "p.yaml:3: partition = rows: must be data|output|layer",
                          "p.yaml:6: bus.arbitration = fair: must be round_robin|priority|qos",
                          "p.yaml:1: name = a b: must be 1..64 letters, digits, '_', '-' or '.'",
                          "p.yaml:9: base = 0xg: must be 0x0..0x3fffffffffffffc0",
                          "p.yaml:10: dram.modl = banked: unknown key; did you mean 'dram.model'?",
                          "p.yaml:12: name = second.one: must be 1..48 letters, digits, '_' or '-'",
                          HasSubstr("p.yaml:15: machine = olive64x64: unknown machine; did you "
                                    "mean 'olive_64x64'?"),
                          "p.yaml:17: name = : must be 1..48 letters, digits, '_' or '-'",
                          "p.yaml:19: array.row = 3: unknown key; did you mean 'array.rows'?",
                          "p.yaml:24: dram.latency_cycles: is that of the platform's memory",
                          "p.yaml:5: bus.packet = 200B: must be a multiple of "
                          "bus.bytes_per_cycle = 128",
                          "p.yaml:16: memory = drm: must be dram|second.one; did you mean "
                          "'dram'?",
                          "p.yaml:22: memory = dran: must be dram|second.one; did you mean "
                          "'dram'?"));
}

struct Refusal {
  const char* what;
  std::string text;
  std::string problem;
};

TEST(ParsePlatform, RefusesWithTheReasonBad) {
  const std::string second = "  - name: b\n    base: 0x1000\n";
  const std::vector<Refusal> refusals = {
      {"no memory", kName + "accelerators:\n  - name: acc\n    machine: olive_64x64\n",
       "p.yaml: memories: none: must be 1..16"},
      {"no accelerator", kName + kMemory, "p.yaml: accelerators: none: must be 1..64"},
      {"empty list", kName + kMemory + "accelerators: []\n",
       "p.yaml:4: accelerators: none: must be 1..64"},
      {"no list", kName + "memories: 3\n" + kAccelerator, "p.yaml:2: memories: must be a list"},
      {"list of scalars", kName + "memories:\n  - dram\n" + kAccelerator,
       "p.yaml:3: memories: must be a list of maps"},
      {"no machine", kName + kMemory + "accelerators:\n  - name: acc\n",
       "p.yaml:5: machine: is missing"},
      {"key twice",
       kName + kMemory + "    dram.channels: 2\n    dram: {channels: 3}\n" + kAccelerator,
       "p.yaml:5: dram.channels: appears twice"},
      {"ideal memory", kName + kMemory + "    dram: {model: ideal}\n" + kAccelerator,
       "p.yaml:4: dram.model = ideal: must be bandwidth|banked: accelerators of a platform wait "
       "for its memory"},
      {"more than a device holds",
       kName + kMemory + "    size: 16GiB\n    dram: {model: banked, channels: 1}\n" + kAccelerator,
       "p.yaml:4: size = 16GiB: must be at most 8GiB, the capacity of dram.preset = ddr4_2400 with "
       "1 channel of 1 rank"},
      {"base below alignment", kName + kMemory + "    base: 0x20\n" + kAccelerator,
       "p.yaml:4: base = 0x20: must be a multiple of 64"},
      {"size below alignment", kName + kMemory + "    size: 65\n" + kAccelerator,
       "p.yaml:4: size = 65B: must be a multiple of 64"},
      {"size 0", kName + kMemory + "    size: 0\n" + kAccelerator,
       "p.yaml:4: size = 0: must be 64B..1048576GiB"},
      {"address beyond 2^62",
       kName + kMemory + "    base: 0x3fffffffffffff80\n    size: 192\n" + kAccelerator,
       "p.yaml:5: size = 192B: must be at most 128B from base = 0x3fffffffffffff80: addresses are "
       "below 0x4000000000000000"},
      {"overlap by one line",
       kName + kMemory + "    base: 0x1fc0\n    size: 64\n" + second + "    size: 4KiB\n" +
           kAccelerator + "    memory: b\n",
       "p.yaml:7: memory b (0x1000..0x1fff) overlaps memory dram (0x1fc0..0x1fff, p.yaml:3)"},
      {"no memory named", kName + kMemory + "    size: 64\n" + second + kAccelerator,
       "p.yaml:8: memory: is missing: must be dram|b"},
      {"equal memory names",
       kName + kMemory + "    size: 64\n  - name: dram\n    base: 64\n" + kAccelerator +
           "    memory: dram\n",
       "p.yaml:5: name = dram: another memory has this name (p.yaml:3)"},
      {"equal accelerator names",
       kName + kMemory + kAccelerator + "    count: 2\n  - name: acc1\n    machine: edge_16x16\n",
       "p.yaml:8: name = acc1: another accelerator has this name (p.yaml:5)"},
      {"another clock, of four equal accelerators",
       kName + kMemory + kAccelerator + "    count: 4\n    set: {clock: 1GHz}\n",
       "p.yaml:6: machine olive_64x64: clock = 1GHz: must be the platform's, 500MHz"},
      {"machine rule", kName + kMemory + kAccelerator + "    set: {array.pe_operand_bits: 5}\n",
       "p.yaml:7: machine olive_64x64: array.pe_operand_bits = 5: must be 4 or 8"},
      {"rtl of another model", kName + kMemory + kAccelerator + "    rtl: tree\n",
       "p.yaml:7: rtl = tree: is used by model rtl only, not event"},
      {"rtl that is not there",
       kName + kMemory + kAccelerator + "    model: rtl\n    rtl: no/such/tree\n",
       "p.yaml:8: rtl = no/such/tree: no such folder"},
      {"array too large for rtl",
       kName + kMemory + kAccelerator +
           "    model: stream\n    buffer_depth: 100\n    set: {array: {rows: 65, dataflow: ws}}\n",
       "p.yaml:6: model stream: machine olive_64x64: array.rows = 65: must be 1..64"},
      {"8-bit PEs",
       kName + kMemory + kAccelerator + "    model: rtl\n    set: {array: {pe_operand_bits: 8}}\n",
       "p.yaml:6: model rtl: machine olive_64x64: array.pe_operand_bits = 8: must be 4"},
      {"shallow operands",
       kName + kMemory + kAccelerator + "    model: stream\n    buffer_depth: 32\n",
       "p.yaml:8: model stream: buffer_depth = 32: must be at least 33: both halves hold more "
       "than array.rows = 64 words"},
      {"shallow outputs", kName + kMemory + kAccelerator + "    model: rtl\n    output_depth: 63\n",
       "p.yaml:8: model rtl: output_depth = 63: must be at least array.rows = 64 in dataflow os"},
      {"depth out of range", kName + kMemory + kAccelerator + "    buffer_depth: 1025\n",
       "p.yaml:7: buffer_depth = 1025: must be 2..1024"}};
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.what);
    EXPECT_THAT(problems_of(refusal.text), ElementsAre(refusal.problem));
  }
}

TEST(ParsePlatform, LimitsHoldOnTheirLegalSide) {
  EXPECT_THAT(
      problems_of(kName + kMemory + "    base: 0x3fffffffffffff80\n    size: 128\n" + kAccelerator),
      IsEmpty());
  EXPECT_THAT(problems_of(kName + kMemory + "    size: 64\n  - name: b\n    base: 64\n" +
                          kAccelerator + "    memory: b\n"),
              IsEmpty());
  EXPECT_THAT(problems_of(kName + kMemory + kAccelerator +
                          "    model: stream\n    buffer_depth: 33\n    output_depth: 64\n"),
              IsEmpty());
  // ws drains row by row: its results need not fit.
  EXPECT_THAT(problems_of(kName + kMemory + kAccelerator +
                          "    model: rtl\n    output_depth: 2\n    set: {array.dataflow: ws}\n"),
              IsEmpty());
  std::string memories = "memories:\n";
  for (int i = 0; i < 16; ++i) {
    memories += fmt::format("  - {{name: m{}, base: {}, size: 64}}\n", i, 64 * i);
  }
  EXPECT_THAT(problems_of(kName + memories + kAccelerator + "    memory: m15\n"), IsEmpty());
  memories += "  - {name: m16, base: 1024, size: 64}\n";
  EXPECT_THAT(problems_of(kName + memories + kAccelerator + "    memory: m15\n"),
              ElementsAre("p.yaml:3: memories: 17 of them: must be 1..16"));
}

TEST(PlatformYaml, LoadsBackToAnEqualPlatform) {
  for (const std::string& name : shipped_platforms()) {
    SCOPED_TRACE(name);
    PlatformConfig platform = load_platform(name);
    platform.description += " \"quoted\", with a \\ and a\ttab: #1";
    const std::string text = to_yaml(platform);
    const PlatformConfig again = parse_platform(text, "again.yaml");
    EXPECT_EQ(again.description, platform.description);
    EXPECT_EQ(to_yaml(again), text);
    ASSERT_EQ(again.accelerators.size(), platform.accelerators.size());
    for (size_t i = 0; i < again.accelerators.size(); ++i) {
      EXPECT_EQ(again.accelerators[i].name, platform.accelerators[i].name);
      EXPECT_EQ(machine_table().dump(again.accelerators[i].machine),
                machine_table().dump(platform.accelerators[i].machine));
    }
  }
}

TEST(SetPlatformKey, SetsKeysOfThePlatformAndItsEntries) {
  PlatformConfig platform = load_platform("quad_olive_32x32");
  EXPECT_EQ(set_platform_key(platform, "bus.latency_cycles", "7"), std::nullopt);
  EXPECT_EQ(set_platform_key(platform, "memories.dram.dram.bytes_per_cycle", "64"), std::nullopt);
  EXPECT_EQ(set_platform_key(platform, "accelerators.acc2.priority", "3"), std::nullopt);
  EXPECT_EQ(platform.bus.latency_cycles, 7);
  EXPECT_EQ(platform.memories[0].dram.bytes_per_cycle, 64);
  EXPECT_EQ(platform.accelerators[2].priority, 3);
  EXPECT_EQ(platform.accelerators[1].priority, 0);
  EXPECT_THAT(problems_of(platform), IsEmpty());
}

TEST(SetPlatformKey, ReturnsTheProblemBad) {
  PlatformConfig platform = load_platform("quad_olive_32x32");
  const std::string before = to_yaml(platform);
  EXPECT_EQ(set_platform_key(platform, "bus.latency", "7"),
            "bus.latency = 7: unknown key; did you mean 'bus.latency_cycles'?");
  EXPECT_EQ(set_platform_key(platform, "inputs", "0"), "inputs = 0: must be 1..1000000");
  EXPECT_EQ(set_platform_key(platform, "memories.dran.size", "64"),
            "memories.dran.size = 64: no entry of memories has the name 'dran'; did you mean "
            "'dram'?");
  EXPECT_EQ(set_platform_key(platform, "memories.dram.sise", "64"),
            "memories.dram.sise = 64: unknown key; did you mean 'size'?");
  EXPECT_EQ(set_platform_key(platform, "accelerators.acc0.share", "0"),
            "accelerators.acc0.share = 0: must be 1..1000");
  EXPECT_EQ(set_platform_key(platform, "accelerators.acc0.machine", "edge_16x16"),
            "accelerators.acc0.machine = edge_16x16: is set in the platform file only");
  for (const char* key : {"", ".", "memories", "memories.", "memories.dram", "memories.dram.",
                          "accelerators..share"}) {
    SCOPED_TRACE(key);
    EXPECT_TRUE(set_platform_key(platform, key, "1").has_value());
  }
  EXPECT_EQ(to_yaml(platform), before);
}

TEST(SetPlatformKey, RulesBetweenKeysAreCheckedAfterwardsBad) {
  PlatformConfig platform = parse_platform(
      kName + kMemory + "    size: 64\n" + kAccelerator + "bus: {packet: 256}\n", "p.yaml");
  EXPECT_EQ(set_platform_key(platform, "bus.packet", "200"), std::nullopt);
  EXPECT_EQ(set_platform_key(platform, "memories.dram.size", "100"), std::nullopt);
  EXPECT_THAT(problems_of(platform),
              ElementsAre("p.yaml: bus.packet = 200B: must be a multiple of "
                          "bus.bytes_per_cycle = 128",
                          "p.yaml:3: size = 100B: must be a multiple of 64"));
}

TEST(MapperDram, IsAnEqualShareOfWhatComesThroughTheBus) {
  PlatformConfig platform = load_platform("quad_olive_32x32");
  platform.memories.push_back(platform.memories[0]);
  platform.memories[1].name = "other";
  platform.memories[1].base = platform.memories[0].size_bytes;
  platform.memories[0].dram.bytes_per_cycle = 100;
  platform.bus.bytes_per_cycle = 64;
  platform.accelerators[3].memory = "other";
  const DramConfig shared = mapper_dram(platform, platform.accelerators[0]);
  EXPECT_EQ(shared.bytes_per_cycle, 64 / 3);
  EXPECT_EQ(shared.latency_cycles, 100 + 2 * 4);
  EXPECT_EQ(mapper_dram(platform, platform.accelerators[3]).bytes_per_cycle, 64);
  platform.bus.bytes_per_cycle = 2;
  EXPECT_EQ(mapper_dram(platform, platform.accelerators[0]).bytes_per_cycle, 1);
}

TEST(PlatformTables, DumpOfEveryKeyLoadsBack) {
  const PlatformConfig platform = load_platform("quad_olive_ddr4");
  PlatformMemory memory;
  for (const auto& [key, value] : platform_memory_table().dump(platform.memories[0])) {
    EXPECT_EQ(platform_memory_table().set(memory, key, value), std::nullopt) << key;
  }
  EXPECT_EQ(platform_memory_table().to_json(memory),
            platform_memory_table().to_json(platform.memories[0]));
  EXPECT_EQ(platform_memory_table().to_json(memory)["base"], 0x80000000);
}

size_t below(Rng& rng, size_t limit) { return static_cast<size_t>(rng.next() % limit); }

// A text with a few bytes changed, doubled, cut or added.
std::string mutated(std::string text, Rng& rng) {
  static const std::string kBytes = "0123456789abcx:-{}[] \n\t#'\"&*!.,|>\\\x01\x80\xff";
  for (size_t changes = 1 + below(rng, 6); changes > 0 && !text.empty(); --changes) {
    const auto at = below(rng, text.size());
    const auto length = std::min(below(rng, 40), text.size() - at);
    switch (below(rng, 4)) {
      case 0:
        text[at] = kBytes[below(rng, kBytes.size())];
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(below(rng, text.size()), length));
        break;
      default:
        text.insert(at, 1, kBytes[below(rng, kBytes.size())]);
        break;
    }
  }
  return text;
}

TEST(ParsePlatform, MutatedTextLoadsOrIsRefused) {
  std::vector<std::string> texts;
  for (const std::string& name : shipped_platforms()) texts.push_back(to_yaml(load_platform(name)));
  int refused = 0;
  constexpr uint64_t kSeeds = 2000;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{seed};
    const std::string text = mutated(texts[below(rng, texts.size())], rng);
    try {
      const PlatformConfig platform = parse_platform(text, "fuzz.yaml");
      EXPECT_NO_THROW(validate(platform)) << text;
    } catch (const ConfigError& error) {
      ++refused;
      EXPECT_FALSE(error.problems().empty());
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_LT(refused, static_cast<int>(kSeeds));
}

}  // namespace
}  // namespace olivine
