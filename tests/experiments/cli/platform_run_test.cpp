// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/experiments/cli/platform_cli.h"

namespace olivine::support {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class PlatformRun : public testing::Test {
 protected:
  void SetUp() override { skip_without_systemc(); }
};

uint64_t number(const json& value) { return value.get<uint64_t>(); }

// Every cycle of every accelerator is accounted for once, every byte of the bus belongs to a layer.
void check_laws(const json& result) {
  const uint64_t cycles = number(result["total"]["cycles"]);
  std::map<std::string, uint64_t> bytes_of;  // by memory
  std::map<std::string, uint64_t> macs_of;   // by accelerator
  uint64_t macs = 0;
  for (const json& layer : result["layers"]) {
    for (const json& slice : layer["accelerators"]) {
      macs_of[slice["accelerator"].get<std::string>()] += number(slice["macs"]);
    }
    const uint64_t inputs = number(result["total"]["inputs"]);
    if (layer["kind"] != "vector") {
      macs += inputs * number(layer["m"]) * number(layer["n"]) * number(layer["k"]) *
              number(layer["batch"]);
    }
  }
  EXPECT_EQ(number(result["total"]["macs"]), macs);
  double pj = 0;
  for (const json& accelerator : result["accelerators"]) {
    SCOPED_TRACE(accelerator["name"]);
    EXPECT_EQ(number(accelerator["array_cycles"]) + number(accelerator["vector_cycles"]) +
                  number(accelerator["stall_cycles"]["total"]) +
                  number(accelerator["host_cycles"]) + number(accelerator["idle_cycles"]),
              cycles);
    const json& bus = accelerator["bus"];
    EXPECT_EQ(number(bus["read_bytes"]) + number(bus["write_bytes"]),
              number(accelerator["dram_bytes"]["total"]));
    bytes_of[accelerator["memory"].get<std::string>()] +=
        number(bus["read_bytes"]) + number(bus["write_bytes"]);
    EXPECT_EQ(number(accelerator["macs"]), macs_of[accelerator["name"].get<std::string>()]);
    pj += accelerator["energy_pj"]["total"].get<double>();
  }
  EXPECT_NEAR(result["total"]["energy_pj"]["total"].get<double>(), pj, 1e-9 * pj);
  for (const json& memory : result["memories"]) {
    EXPECT_EQ(number(memory["read_bytes"]) + number(memory["write_bytes"]),
              bytes_of[memory["name"].get<std::string>()]);
    EXPECT_LE(number(memory["busy_cycles"]), cycles);
  }
}

// A bus as wide as the memory and without latency adds nothing.
TEST_F(PlatformRun, OfOneAcceleratorIsTheMachineAlone) {
  for (const char* what :
       {"-w bert_base --set workload.batch=1 -s w4a4-ovp",
        "-w bert_base --set workload.batch=2 -s w8a8-int8", "-w resnet50 -s w4a4-ovp-2:4",
        "-w resnet50 -s w4a8-ovp", "-g 257x131x65 -s w8a8-ovp", "-g 1x2x1x3 -s w4a4-int4"}) {
    SCOPED_TRACE(what);
    const CliResult platform = run_cli(std::string{"run -p single_olive_64x64 --json "} + what);
    ASSERT_EQ(platform.status, 0) << platform.err;
    const json result = platform.json();
    const json machine = run_cli(std::string{"run -m olive_64x64 --json "} + what).json();
    const json& accelerator = result["accelerators"][0];
    for (const char* key : {"macs", "cycles", "array_cycles", "vector_cycles", "folds", "tiles",
                            "stall_cycles", "dram_bytes"}) {
      EXPECT_EQ(accelerator[key], machine["total"][key]) << key;
    }
    EXPECT_EQ(accelerator["host_cycles"], 0);
    EXPECT_EQ(accelerator["idle_cycles"], 0);
    EXPECT_EQ(result["total"]["cycles"], machine["total"]["cycles"]);
    const double pj = machine["total"]["energy_pj"]["total"].get<double>();
    EXPECT_NEAR(result["total"]["energy_pj"]["total"].get<double>(), pj, 1e-9 * pj);
    ASSERT_EQ(result["layers"].size(), machine["layers"].size());
    for (size_t i = 0; i < result["layers"].size(); ++i) {
      EXPECT_EQ(result["layers"][i]["cycles"], machine["layers"][i]["cycles"]);
    }
    check_laws(result);
  }
}

TEST_F(PlatformRun, AccountsForEveryCycleUnderEveryPartition) {
  for (const char* partition : {"data", "output", "layer"}) {
    const CliResult run = run_cli(fmt::format(
        "run -p quad_olive_32x32 -w bert_base --set workload.batch=4 -s w4a4-ovp --layers "
        "attention,vector --inputs 3 --partition {} --json",
        partition));
    SCOPED_TRACE(partition);
    ASSERT_EQ(run.status, 0) << run.err;
    const json result = run.json();
    EXPECT_EQ(result["config"]["partition"], partition);
    EXPECT_EQ(result["total"]["inputs"], 3);
    EXPECT_EQ(result["accelerators"].size(), 4u);
    check_laws(result);
  }
}

TEST_F(PlatformRun, SharesOneMemoryAmongBankedChannels) {
  const CliResult run = run_cli("run -p quad_olive_ddr4 -g 256x512x768 -s w8a8-int8 --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const json result = run.json();
  check_laws(result);
  const json& memory = result["memories"][0];
  EXPECT_GT(number(memory["row_hits"]), number(memory["row_conflicts"]));
  // The slices of one array alone take longer when three others use the memory.
  EXPECT_GT(number(result["accelerators"][0]["bus"]["wait_bus_cycles"]), 0u);
}

TEST_F(PlatformRun, HasTheKeysOfItsSchema) {
  const json result =
      run_cli("run -p quad_olive_32x32 -g 64x64x64 -s w8a8-int8 --seed 5 --json").json();
  EXPECT_EQ(result["schema"], "olivine.platform/1");
  EXPECT_EQ(result["platform"], "quad_olive_32x32");
  EXPECT_EQ(result["workload"], "gemm_64x64x64");
  EXPECT_EQ(result["scheme"], "w8a8-int8");
  EXPECT_EQ(result["config"]["seed"], 5);
  EXPECT_EQ(result["config"]["bus.packet"], 256);
  EXPECT_EQ(result["config"]["memories"][0]["dram.model"], "bandwidth");
  EXPECT_EQ(result["config"]["accelerators"][3]["name"], "acc3");
  EXPECT_EQ(result["config"]["accelerators"][3]["set"]["array.rows"], 32);
  EXPECT_TRUE(result["provenance"]["git_revision"].is_string());
  for (const char* key :
       {"inputs", "cycles", "time_s", "inputs_per_s", "utilization", "macs", "array_cycles",
        "vector_cycles", "folds", "tiles", "stall_cycles", "dram_bytes", "energy_pj"}) {
    EXPECT_TRUE(result["total"].contains(key)) << key;
  }
  for (const char* key :
       {"name", "machine", "model", "memory", "cycles", "array_cycles", "stall_cycles",
        "host_cycles", "idle_cycles", "utilization", "energy_pj", "bus"}) {
    EXPECT_TRUE(result["accelerators"][0].contains(key)) << key;
  }
  for (const char* key : {"name", "operand_bytes", "read_bytes", "write_bytes", "busy_cycles",
                          "utilization", "row_hits", "row_hit_ratio", "refreshes"}) {
    EXPECT_TRUE(result["memories"][0].contains(key)) << key;
  }
  const json& layer = result["layers"][0];
  EXPECT_EQ(layer["accelerators"].size(), 4u);
  EXPECT_EQ(layer["accelerators"][0]["n"], 64 / 4);
  EXPECT_TRUE(layer["accelerators"][0]["tiling"]["order"].is_string());
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields{""};
  for (const char c : line) {
    if (c == ',') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

TEST_F(PlatformRun, CsvHasARowALayerAndAcceleratorAndTheFiguresOfTheJson) {
  const std::string line =
      "run -p quad_olive_32x32 -w bert_base --set workload.batch=4 -s w4a4-ovp --layers attention ";
  const CliResult csv = run_cli(line + "--csv");
  ASSERT_EQ(csv.status, 0) << csv.err;
  const json result = run_cli(line + "--json").json();
  const std::vector<std::string> lines = lines_of(csv.out);
  // 24 attention layers on 4 accelerators, the accelerators, the total, the header.
  ASSERT_EQ(lines.size(), 24u * 4 + 4 + 1 + 1);
  const std::vector<std::string> names = fields_of(lines[0]);
  std::map<std::string, uint64_t> cycles_of_layer;
  for (size_t row = 1; row < lines.size(); ++row) {
    const std::vector<std::string> values = fields_of(lines[row]);
    ASSERT_EQ(values.size(), names.size()) << lines[row];
    std::map<std::string, std::string> fields;
    for (size_t i = 0; i < names.size(); ++i) fields[names[i]] = values[i];
    if (fields["row"] == "layer") {
      const json& slice = result["layers"][(row - 1) / 4]["accelerators"][(row - 1) % 4];
      EXPECT_EQ(fields["accelerator"], slice["accelerator"]);
      EXPECT_EQ(fields["cycles"], slice["cycles"].dump());
      EXPECT_EQ(fields["n"], slice["n"].dump());
    } else if (fields["row"] == "accelerator") {
      const json& accelerator = result["accelerators"][row - 1 - 24 * 4];
      EXPECT_EQ(fields["accelerator"], accelerator["name"]);
      EXPECT_EQ(fields["idle_cycles"], accelerator["idle_cycles"].dump());
      EXPECT_EQ(fields["packets"], accelerator["bus"]["packets"].dump());
    } else {
      EXPECT_EQ(fields["row"], "total");
      EXPECT_EQ(fields["cycles"], result["total"]["cycles"].dump());
      EXPECT_EQ(fields["dram_bytes"], result["total"]["dram_bytes"]["total"].dump());
    }
  }
}

TEST_F(PlatformRun, PrintsATableForPeople) {
  const CliResult run = run_cli(
      "run -p quad_olive_32x32 -w bert_base --set workload.batch=4 -s w4a4-ovp "
      "--layers attention");
  ASSERT_EQ(run.status, 0) << run.err;
  for (const char* part : {"bert_base on quad_olive_32x32, w4a4-ovp, partition output",
                           "encoder.*.qk x12", "cycles of", "packets of", "simulated", "acc3"}) {
    EXPECT_THAT(run.out, HasSubstr(part));
  }
  EXPECT_EQ(run.err, "");  // events carry no values
  for (const std::string& line : lines_of(run.out)) {
    if (!line.starts_with("encoder")) continue;
    EXPECT_LE(line.size(), 130u) << line;
  }
}

// Events and every register: the same cycles, whatever the arrays wait for.
TEST_F(PlatformRun, TheSteppedModelTakesTheCyclesOfTheEvents) {
  const ScratchFolder folder;
  const std::string stepped = folder.write("cycle.yaml", small_platform("cycle", 3));
  const std::string events = folder.write("event.yaml", small_platform("event", 3));
  for (const char* what : {"-g 13x17x29 -s w4a4-ovp", "-g 8x24x32x5 -s w8a8-int8",
                           "-g 9x12x40 -s w4a8-ovp-2:4 --partition data"}) {
    SCOPED_TRACE(what);
    const CliResult a = run_cli(fmt::format("run -p {} {} --seed 3 --json", stepped, what));
    const CliResult b = run_cli(fmt::format("run -p {} {} --seed 3 --json", events, what));
    ASSERT_EQ(a.status, 0) << a.err;
    ASSERT_EQ(b.status, 0) << b.err;
    EXPECT_EQ(a.json()["total"], b.json()["total"]);
    EXPECT_EQ(a.json()["layers"], b.json()["layers"]);
    EXPECT_EQ(a.err, "outputs of 3 slices, and their bytes in memory, equal the functional GEMM\n");
    check_laws(a.json());
  }
}

// The RTL itself and its C++ twin: the same cycles, and both give the functional GEMM's outputs.
TEST_F(PlatformRun, TheRtlTakesTheCyclesOfItsStreamModel) {
  if (std::system("verilator --version > /dev/null 2>&1") != 0) {  // NOLINT
    GTEST_SKIP() << "SKIPPED (no verilator)";
  }
  const ScratchFolder folder;
  const std::string stream = folder.write("stream.yaml", small_platform("stream", 2));
  const std::string rtl = folder.write("rtl.yaml", small_platform("rtl", 2));
  for (const char* what : {"-g 7x10x21 -s w4a4-ovp", "-g 5x8x16 -s w8a8-int8"}) {
    SCOPED_TRACE(what);
    const CliResult a = run_cli(fmt::format("run -p {} {} --json", stream, what));
    const CliResult b = run_cli(fmt::format("run -p {} {} --json", rtl, what));
    ASSERT_EQ(a.status, 0) << a.err;
    ASSERT_EQ(b.status, 0) << b.err;
    EXPECT_EQ(a.json()["total"], b.json()["total"]);
    EXPECT_EQ(a.json()["layers"], b.json()["layers"]);
    EXPECT_THAT(b.err, HasSubstr("outputs of 2 slices"));
    check_laws(b.json());
  }
}

TEST_F(PlatformRun, SaysWhichAcceleratorIsSlowest) {
  const ScratchFolder folder;
  const std::string file = folder.write("small.yaml", small_platform("event", 3));
  // 26 outputs are 13 pairs: 10, 8 and 8.
  const json layer =
      run_cli(fmt::format("run -p {} -g 64x26x64 -s w4a4-ovp --json", file)).json()["layers"][0];
  uint64_t outputs = 0;
  for (const json& slice : layer["accelerators"]) outputs += number(slice["n"]);
  EXPECT_EQ(outputs, 26u);
  for (const json& slice : layer["accelerators"]) {
    EXPECT_LE(number(slice["cycles"]), number(layer["cycles"]));
  }
}

TEST_F(PlatformRun, WritesAVcdFile) {
  const ScratchFolder folder;
  const std::string vcd = folder.path("out.vcd");
  const CliResult run =
      run_cli("run -p quad_olive_32x32 -g 64x64x64 -s w4a4-ovp --json --vcd " + vcd);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(folder.names(), testing::ElementsAre("out.vcd"));
  EXPECT_THAT(read_text(vcd), HasSubstr("$enddefinitions"));
}

TEST(PlatformDump, LoadsBackToTheSamePlatform) {
  const ScratchFolder folder;
  const std::string file = folder.path("dumped.yaml");
  const std::string own = folder.write("small.yaml", small_platform("stream", 2));
  for (const std::string& name :
       {std::string{"quad_olive_32x32"}, std::string{"quad_olive_ddr4"}, own}) {
    const std::string line = fmt::format(
        "run -p {} --set bus.latency_cycles=9 --set memories.dram.size=4GiB --dump-config", name);
    const CliResult dumped = run_cli(line + " -o " + file);
    ASSERT_EQ(dumped.status, 0) << dumped.err;
    const CliResult again = run_cli("run --dump-config -p " + file);
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(again.out, read_text(file));
    EXPECT_THAT(again.out, HasSubstr("  latency_cycles: 9\n"));
    if (!has_systemc_cli()) continue;
    const std::string rest = " -g 8x8x8 -s w4a4-ovp --json";
    const json original = run_cli(line.substr(0, line.find(" --dump")) + rest).json();
    const json copy = run_cli("run -p " + file + rest).json();
    EXPECT_EQ(copy["total"], original["total"]);
    EXPECT_EQ(copy["config"]["bus.latency_cycles"], original["config"]["bus.latency_cycles"]);
    for (const char* key : {"memories", "accelerators"}) {
      EXPECT_EQ(copy["config"][key], original["config"][key]);
    }
  }
}

// DRAM by banks, one machine.
TEST(BankedRun, IsTimedByEventsUnlessToldOtherwise) {
  for (const char* what : {"-g 64x48x100 -s w4a4-ovp", "-g 33x17x29x2 -s w8a8-int8-2:4"}) {
    const std::string line = std::string{"run -m edge_16x16 --dram banked --json "} + what;
    SCOPED_TRACE(line);
    const CliResult run = run_cli(line);
    ASSERT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(run.err, "");
    const json result = run.json();
    EXPECT_EQ(result["config"]["engine"], "event");
    const json& total = result["total"];
    EXPECT_EQ(number(total["cycles"]), number(total["array_cycles"]) +
                                           number(total["vector_cycles"]) +
                                           number(total["stall_cycles"]["total"]));
    EXPECT_EQ(number(total["dram"]["read_bytes"]) + number(total["dram"]["write_bytes"]),
              number(total["dram_bytes"]["total"]));
    const CliResult stepped = run_cli(line + " --engine cycle");
    ASSERT_EQ(stepped.status, 0) << stepped.err;
    EXPECT_EQ(stepped.json()["total"], total);
    EXPECT_EQ(stepped.err,
              "outputs of 1 layer equal the functional GEMM, cycles equal the event engine's\n");
  }
}

TEST(BankedRun, ShowsRowsInTheTable) {
  const CliResult run = run_cli("run -m edge_16x16 --dram banked -g 64x48x100 -s w4a4-ovp");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("\nrows "));
  EXPECT_THAT(run_cli("run -m edge_16x16 -g 64x48x100 -s w4a4-ovp").out,
              testing::Not(HasSubstr("\nrows ")));
}

TEST(BankedRun, IsExplainedByEvents) {
  const json run =
      run_cli("run -m edge_16x16 --dram banked -g 64x48x100 -s w4a4-ovp --json").json();
  const CliResult explain =
      run_cli("explain -m edge_16x16 --dram banked -g 64x48x100 -s w4a4-ovp --json");
  ASSERT_EQ(explain.status, 0) << explain.err;
  EXPECT_EQ(explain.json()["figures"]["cycles"], run["total"]["cycles"]);
}

TEST(EventEngine, EqualsTheClosedForm) {
  for (const char* what :
       {"-w bert_base --set workload.batch=1 -s w4a4-ovp", "-w resnet50 -s w4a8-ovp-2:4",
        "-g 33x17x29 -s w8a8-int8 --dataflow ws", "-g 64x48x100 -s w8a8-ovp --dram ideal"}) {
    const std::string line = std::string{"run -m edge_16x16 --json "} + what;
    SCOPED_TRACE(line);
    const CliResult events = run_cli(line + " --engine event");
    ASSERT_EQ(events.status, 0) << events.err;
    EXPECT_EQ(events.json()["total"], run_cli(line).json()["total"]);
    EXPECT_THAT(events.err, HasSubstr("equal the closed form\n"));
  }
}

}  // namespace
}  // namespace olivine::support
