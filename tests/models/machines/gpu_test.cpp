// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/machines/machine.h"

namespace olivine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> problems_of(const std::string& text) {
  try {
    const GpuMachine machine = parse_gpu(text, "g.yaml");
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

template <class Load>
std::string message_of(Load load) {
  try {
    load();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string yaml_of(const GpuMachine& machine) {
  std::string text = "kind: gpu\n";
  for (const auto& [key, value] : gpu_table().dump(machine)) {
    text += fmt::format("{}: \"{}\"\n", key, value);
  }
  return text;
}

double peak_ops(const GpuMachine& machine, int64_t macs_per_clk, double clock_hz) {
  return 2.0 * static_cast<double>(machine.sm.count * macs_per_clk) * clock_hz;
}

TEST(ShippedGpus, LoadUnderTheirOwnNameAndStateTheirSource) {
  EXPECT_THAT(shipped_gpus(), ElementsAre("a100_sxm", "h100_sxm", "h100_sxm_mmaovp", "h200_sxm",
                                          "rtx2080ti", "rtx2080ti_mmaovp"));
  for (const std::string& name : shipped_gpus()) {
    SCOPED_TRACE(name);
    const GpuMachine machine = load_gpu(name);
    EXPECT_EQ(machine.name, name);
    EXPECT_FALSE(machine.description.empty());
    EXPECT_FALSE(machine.source.empty());
    EXPECT_NO_THROW(validate(machine));
    EXPECT_TRUE(is_gpu(name));
  }
}

// Data sheets state dense peaks at a clock: 312 and 624 at 1410 MHz, 989.4 and 1979 at 1830 MHz,
// 107.6, 215.2 and 430.3 at 1545 MHz, in 1e12 operations a second.
TEST(ShippedGpus, RatesGiveThePeaksOfTheDataSheets) {
  const GpuMachine a100 = load_gpu("a100_sxm");
  EXPECT_NEAR(peak_ops(a100, a100.tensor.fp16_macs_per_clk, 1410e6), 312e12, 0.5e12);
  EXPECT_NEAR(peak_ops(a100, a100.tensor.int8_macs_per_clk, 1410e6), 624e12, 0.5e12);
  EXPECT_NEAR(peak_ops(a100, a100.tensor.int4_macs_per_clk, 1410e6), 1248e12, 1e12);
  for (const char* name : {"h100_sxm", "h200_sxm"}) {
    const GpuMachine hopper = load_gpu(name);
    EXPECT_NEAR(peak_ops(hopper, hopper.tensor.fp16_macs_per_clk, 1830e6), 989.4e12, 0.5e12);
    EXPECT_NEAR(peak_ops(hopper, hopper.tensor.fp8_macs_per_clk, 1830e6), 1979e12, 0.5e12);
    EXPECT_NEAR(peak_ops(hopper, hopper.tensor.int8_macs_per_clk, 1830e6), 1979e12, 0.5e12);
  }
  const GpuMachine turing = load_gpu("rtx2080ti");
  EXPECT_NEAR(peak_ops(turing, turing.tensor.fp16_macs_per_clk, 1545e6), 107.6e12, 0.1e12);
  EXPECT_NEAR(peak_ops(turing, turing.tensor.int8_macs_per_clk, 1545e6), 215.2e12, 0.2e12);
  EXPECT_NEAR(peak_ops(turing, turing.tensor.int4_macs_per_clk, 1545e6), 430.3e12, 0.3e12);
}

// OliVe (ISCA 2023), Table 5 and section 4.1: multipliers of the whole chip.
TEST(ShippedGpus, Rtx2080tiHasTheMultipliersOfThePaper) {
  const GpuMachine machine = load_gpu("rtx2080ti");
  EXPECT_EQ(machine.sm.count * machine.tensor.fp16_macs_per_clk, 34816);
  EXPECT_EQ(machine.sm.count * machine.tensor.int8_macs_per_clk, 69632);
  EXPECT_EQ(machine.sm.count * machine.tensor.int4_macs_per_clk, 139264);
}

TEST(ShippedGpus, HypotheticalOnesDifferFromTheirBaseInTheDecodersOnly) {
  for (const char* base : {"h100_sxm", "rtx2080ti"}) {
    const GpuMachine real = load_gpu(base);
    GpuMachine machine = load_gpu(std::string{base} + "_mmaovp");
    EXPECT_FALSE(real.tensor.has_ovp);
    EXPECT_TRUE(machine.tensor.has_ovp);
    machine.tensor.has_ovp = false;
    machine.name = real.name;
    machine.description = real.description;
    machine.source = real.source;
    EXPECT_EQ(gpu_table().dump(machine), gpu_table().dump(real));
  }
}

std::vector<std::string> changed_keys(const GpuMachine& now, const GpuMachine& before) {
  const auto old = gpu_table().dump(before);
  std::vector<std::string> keys;
  for (const auto& entry : gpu_table().dump(now)) {
    if (std::find(old.begin(), old.end(), entry) == old.end()) keys.push_back(entry.first);
  }
  return keys;
}

// Every key gets a legal value that differs from its default; the text of the machine read back
// gives the same text. That every member has a key is seen by the sizes below: a new member changes
// one of them, and its row belongs into the table.
TEST(GpuTable, EveryKeySurvivesDumpAndParse) {
  const GpuMachine defaults;
  GpuMachine machine;
  machine.name = "round_trip";
  for (const FieldDoc& doc : gpu_table().docs(defaults)) {
    if (doc.key == "name") continue;
    SCOPED_TRACE(doc.key);
    const GpuMachine before = machine;
    std::vector<std::string> candidates = {"true", "false", "changed"};
    if (const auto number = parse_number(doc.default_value)) {
      candidates = {fmt::format("{:.17g}", *number / 2),
                    fmt::format("{}", std::llround(*number) + 4), fmt::format("{}", 4)};
    } else if (doc.unit == "bytes") {
      candidates = {format_bytes(*parse_bytes(doc.default_value) / 2)};
    } else if (doc.unit == "Hz") {
      candidates = {format_frequency(*parse_frequency(doc.default_value) / 2)};
    }
    const auto is_taken = [&](const std::string& text) {
      return text != doc.default_value && !gpu_table().set(machine, doc.key, text);
    };
    EXPECT_TRUE(std::any_of(candidates.begin(), candidates.end(), is_taken));
    EXPECT_EQ(changed_keys(machine, before), std::vector{doc.key});
  }
  machine.sm.shared_memory_per_cta = machine.sm.shared_memory - 1024;
  machine.sm.sub_cores = 2;
  machine.power.idle_w = 30;
  const auto dump = gpu_table().dump(machine);
  for (size_t i = 0; i < dump.size(); ++i) {
    EXPECT_NE(dump[i], gpu_table().dump(defaults)[i]);
  }
  EXPECT_EQ(gpu_table().dump(parse_gpu(yaml_of(machine), "dump.yaml")), dump);
}

struct Members {
  size_t bytes = 0;
  size_t rows = 0;
};

// Rows of a section, and what its struct holds: eight bytes a number, one a flag (padded).
TEST(GpuTable, EveryMemberHasARow) {
  std::map<std::string, Members> sections;
  GpuMachine defaults;
  for (const FieldDoc& doc : gpu_table().docs(defaults)) {
    Members& section = sections[doc.key.substr(0, doc.key.find('.'))];
    ++section.rows;
    section.bytes += doc.legal == "true|false" ? 1 : doc.legal == "text" ? sizeof(std::string) : 8;
  }
  const auto padded = [&](const char* section) { return (sections[section].bytes + 7) / 8 * 8; };
  EXPECT_EQ(padded("sm"), sizeof(SmConfig));
  EXPECT_EQ(padded("tensor"), sizeof(TensorConfig));
  EXPECT_EQ(padded("cache"), sizeof(CacheConfig));
  EXPECT_EQ(padded("hbm"), sizeof(HbmConfig));
  EXPECT_EQ(padded("power"), sizeof(PowerConfig));
  // The rest of the machine: name, description, source, energy.table, calibration, launch.seconds.
  EXPECT_EQ(sizeof(GpuMachine), sizeof(SmConfig) + sizeof(TensorConfig) + sizeof(CacheConfig) +
                                    sizeof(HbmConfig) + sizeof(PowerConfig) +
                                    5 * sizeof(std::string) + sizeof(double) +
                                    sizeof(decltype(GpuMachine::places)));
}

TEST(ParseGpu, AbsentKeysKeepTheirDefaultsOrThoseOfTheBase) {
  GpuMachine expected;
  expected.name = "mine";
  EXPECT_EQ(gpu_table().dump(parse_gpu("kind: gpu\nname: mine", "g.yaml")),
            gpu_table().dump(expected));

  const GpuMachine a100 = load_gpu("a100_sxm");
  const GpuMachine machine =
      parse_gpu("kind: gpu\nbase: a100_sxm\nname: mine\nsm:\n  count: 7\n", "g.yaml");
  EXPECT_EQ(machine.sm.count, 7);
  EXPECT_EQ(machine.cache.bytes, a100.cache.bytes);
  EXPECT_EQ(machine.energy_table, a100.energy_table);
  EXPECT_EQ(machine.description, "");  // that of the base speaks of another machine
  EXPECT_THAT(machine.source, HasSubstr("a100_sxm; NVIDIA"));
  EXPECT_EQ(machine.places.at("sm.count"), "g.yaml:5");
  EXPECT_THAT(machine.places.at("sm.registers"), HasSubstr("a100_sxm.yaml:"));
}

TEST(ParseGpu, EveryProblemBadIsReportedAtItsLine) {
  EXPECT_THAT(problems_of("kind: gpu\n"
                          "base: a100\n"
                          "name: mine\n"
                          "sm:\n"
                          "  count: 0\n"
                          "  cuont: 1\n"
                          "power.idle_w: 800\n"),
              ElementsAre(HasSubstr("g.yaml:2: base = a100: must be a100_sxm|"),
                          "g.yaml:5: sm.count = 0: must be 1..1024",
                          "g.yaml:6: sm.cuont = 1: unknown key; did you mean 'sm.count'?",
                          "g.yaml:7: power.idle_w = 800: must be below power.limit_w = 700"));
}

TEST(ParseGpu, RulesBetweenKeysBadNameBothKeys) {
  const std::string head = "kind: gpu\nname: mine\n";
  EXPECT_THAT(problems_of("kind: gpu\n"), ElementsAre("g.yaml: name: must not be empty"));
  EXPECT_THAT(problems_of(head + "sm.shared_memory: 64KiB"),
              ElementsAre("g.yaml: sm.shared_memory_per_cta = 227KiB: must be at most "
                          "sm.shared_memory = 64KiB"));
  EXPECT_THAT(problems_of(head + "sm.max_warps: 3"),
              ElementsAre("g.yaml:3: sm.max_warps = 3: must be at least sm.sub_cores = 4"));
  EXPECT_THAT(problems_of(head + "tensor.int8_macs_per_clk: 4097"),
              ElementsAre("g.yaml:3: tensor.int8_macs_per_clk = 4097: must be a multiple of "
                          "sm.sub_cores = 4"));
  EXPECT_THAT(problems_of(head + "tensor.int8_macs_per_clk: 0\ntensor.ovp_decoders: true"),
              ElementsAre(HasSubstr("g.yaml:4: tensor.ovp_decoders = true: must be false")));
  EXPECT_THAT(problems_of(head + "tensor.fp16_macs_per_clk: 0"),
              ElementsAre(HasSubstr("g.yaml: tensor.bf16 = true: must be false")));
  EXPECT_THAT(problems_of(head + "power.min_clock: 2GHz"),
              ElementsAre("g.yaml:3: power.min_clock = 2GHz: must be at most power.max_clock = "
                          "1.98GHz"));
  EXPECT_THAT(problems_of(head + "energy.table: \"\""),
              ElementsAre("g.yaml:3: energy.table: must not be empty"));
}

TEST(Validate, RulesHoldAfterKeysWereSetOneByOne) {
  GpuMachine machine = load_gpu("h100_sxm");
  EXPECT_EQ(gpu_table().set(machine, "power.limit_w", "50"), std::nullopt);
  EXPECT_THAT(message_of([&] { validate(machine); }),
              "machine h100_sxm: power.idle_w = 70: must be below power.limit_w = 50");
}

TEST(MachineKind, AFileOfTheOtherKindBadIsReportedOnce) {
  EXPECT_THAT(problems_of("name: mine\narray:\n  rows: 8\n"),
              ElementsAre(HasSubstr("g.yaml:1: kind = systolic: must be gpu")));
  EXPECT_THAT(problems_of("kind: gpo\nname: mine\n"),
              ElementsAre("g.yaml:1: kind = gpo: must be gpu|systolic; did you mean 'gpu'?"));
  EXPECT_THAT(message_of([] { (void)parse_machine("name: a\nkind: gpu\nsm.count: 3\n", "m"); }),
              HasSubstr("m:2: kind = gpu: must be systolic"));
  EXPECT_EQ(parse_machine("kind: systolic\nname: a\n", "m").name, "a");
}

TEST(MachineKind, ANameOfTheOtherKindBadSaysWhatItIs) {
  EXPECT_THAT(message_of([] { (void)load_machine("h100_sxm"); }),
              HasSubstr("machine = h100_sxm: is a gpu machine"));
  EXPECT_THAT(message_of([] { (void)load_gpu("olive_64x64"); }),
              HasSubstr("machine = olive_64x64: is a systolic machine"));
  EXPECT_THAT(message_of([] { (void)load_gpu("h100"); }),
              AllOf(HasSubstr("did you mean 'h100_sxm'?"), HasSubstr("olive_64x64")));
  EXPECT_THAT(message_of([] { (void)load_machine("a100_smx"); }),
              HasSubstr("did you mean 'a100_sxm'?"));
}

TEST(MachineKind, IsSeenInNamesAndFiles) {
  EXPECT_FALSE(is_gpu("olive_64x64"));
  EXPECT_FALSE(is_gpu("h100"));
  EXPECT_FALSE(is_gpu("no/such/file.yaml"));
  const auto path = std::filesystem::path{::testing::TempDir()} / "olv_gpu_test.yaml";
  std::ofstream{path} << "kind: gpu\nname: mine\nenergy:\n  table: t.yaml\ncalibration: c.yaml\n";
  EXPECT_TRUE(is_gpu(path.string()));
  const GpuMachine machine = load_gpu(path.string());
  EXPECT_EQ(machine.energy_table, (path.parent_path() / "t.yaml").string());
  EXPECT_EQ(machine.calibration, (path.parent_path() / "c.yaml").string());
  std::ofstream{path} << "name: mine\n";
  EXPECT_FALSE(is_gpu(path.string()));
  std::ofstream{path} << "kind: [gpu\n";
  EXPECT_FALSE(is_gpu(path.string()));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace olivine
