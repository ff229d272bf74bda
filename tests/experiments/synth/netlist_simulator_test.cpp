// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The netlist model against Icarus Verilog on the same netlist with the library's own cell models:
// outputs in every cycle, and the toggles of every cell output.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "experiments/synth/synthesis.h"
#include "models/base/rng.h"
#include "models/base/yaml_file.h"
#include "sim/cosim/netlist_model.h"
#include "sim/cosim/tool.h"

namespace olivine::synth {
namespace {

constexpr int kCycles = 300;

// Values of a port at every cycle as Verilog hexadecimal text.
std::string hex(const RtlSignal& signal) {
  std::string text;
  for (uint32_t low = 0; low < signal.bits; low += 4) {
    text = fmt::format("{:x}", signal.get(low, std::min(4U, signal.bits - low))) + text;
  }
  return text;
}

// A bench that applies `stimulus` (one assignment list a cycle), prints `outputs` before each
// rising edge and dumps every pin of every cell.
std::string bench(const Netlist& netlist, const std::vector<std::string>& stimulus,
                  const std::string& dump) {
  std::string text = "`timescale 1ns/10ps\nmodule bench;\n";
  std::string ports, outputs, formats;
  for (const Netlist::Port& port : netlist.ports) {
    text += fmt::format("  {} [{}:0] {};\n", port.is_input ? "reg" : "wire", port.nets.size() - 1,
                        port.name);
    ports += fmt::format("{}.{}({})", ports.empty() ? "" : ", ", port.name, port.name);
    if (port.is_input) continue;
    outputs += ", " + port.name;
    formats += "%h ";
  }
  text += fmt::format("  {} dut({});\n  initial begin\n", netlist.name, ports);
  for (size_t cycle = 0; cycle < stimulus.size(); ++cycle) {
    text += fmt::format("    clk_i = 0; {} #5\n", stimulus[cycle]);
    if (cycle == 0) text += fmt::format("    $dumpfile(\"{}\"); $dumpvars;\n", dump);
    text += fmt::format("    $display(\"{}\"{}); clk_i = 1; #5\n", formats, outputs);
  }
  return text + "    $finish;\n  end\nendmodule\n";
}

// Toggles of cell outputs between samples right before rising edges (at 15, 25 ... ns).
std::vector<uint32_t> dump_toggles(const std::string& path) {
  std::ifstream file{path};
  std::map<std::string, char> values, sampled;
  std::vector<std::string> outputs;  // identifiers, one a cell output
  std::map<std::string, uint32_t> toggles;
  bool is_sampled = false;
  const auto sample = [&] {
    for (const auto& [id, value] : values) {
      if (is_sampled && sampled[id] != value) ++toggles[id];
    }
    sampled = values;
    is_sampled = true;
  };
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words{line};
    std::string word, type, width, id, name;
    words >> word;
    if (word == "$var" && words >> type >> width >> id >> name && width == "1") {
      if (name == "Y" || name == "Q" || name == "YC" || name == "YS") outputs.push_back(id);
    } else if (word.starts_with('#')) {
      // In 10 ps. Values before time 10 n + 5 ns are settled; the edge comes with that time's
      // changes. The model's count starts before the edge of cycle 1, at 15 ns.
      const int64_t time = std::stoll(word.substr(1));
      if (time % 1000 == 500 && time >= 1500) sample();
    } else if (word.size() > 1 && (word[0] == '0' || word[0] == '1' || word[0] == 'x')) {
      values[word.substr(1)] = word[0];
    }
  }
  std::vector<uint32_t> counts;
  for (const std::string& id : outputs) counts.push_back(toggles[id]);
  std::ranges::sort(counts);
  return counts;
}

std::vector<uint32_t> model_toggles(const NetlistModel& model) {
  std::vector<uint32_t> counts;
  for (const Netlist::Cell& cell : model.netlist().cells) {
    for (size_t i = 0; i < cell.nets.size(); ++i) {
      const bool is_output = cell.kind->pins[i].direction == LibertyPin::Direction::Output;
      if (is_output) counts.push_back(model.toggles()[cell.nets[i]]);
    }
  }
  std::ranges::sort(counts);
  return counts;
}

TEST(NetlistSimulator, AgreesWithIcarusOnOutputsAndToggles) {
  SynthesisConfig config;
  config.rtl = OLV_SOURCE_DIR "/rtl";
  config.work = ::testing::TempDir() + "olivine_netlist_simulator";
  const std::string cells = std::filesystem::path{config.liberty}.replace_extension(".v").string();
  if (!missing_tool(config).empty() || !has_tool("iverilog")) GTEST_SKIP() << "SKIPPED (no tools)";
  const LibertyLibrary library = load_liberty(config.liberty);
  const SynthesizedBlock block = synthesize(config, library, "pe", {{"OutputStationary", 1}});

  NetlistModel model{block.netlist};
  const uint64_t seed = 9;
  Rng rng{seed};
  std::vector<std::string> stimulus, expected;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    std::string line;
    for (const RtlSignal& signal : model.signals()) {
      if (signal.direction != RtlSignal::Direction::Input || signal.name == "clk_i") continue;
      // Cycle 0 fills every register: in Icarus they start undefined.
      uint64_t value = rng.next() & ((uint64_t{1} << signal.bits) - 1);
      if (signal.name == "rst_ni") value = cycle == 0 ? 0 : rng.chance(0.95);
      if (cycle == 0 && (signal.name == "first_i" || signal.name == "last_i")) value = 1;
      signal.set(value);
      line += fmt::format("{} = {}'h{:x}; ", signal.name, signal.bits, value);
    }
    stimulus.push_back(line);
    model.settle();
    if (cycle == 1) model.count_toggles();
    std::string outputs;
    for (const Netlist::Port& port : block.netlist.ports) {
      if (!port.is_input) outputs += hex(model.signal(port.name)) + " ";
    }
    expected.push_back(outputs);
    model.edge();
  }

  const std::string folder = config.work;
  std::ofstream{folder + "/bench.v"} << bench(block.netlist, stimulus, folder + "/pe.vcd");
  const ToolResult built =
      run_tool({"iverilog", "-g2012", "-s", "bench", "-o", folder + "/pe.vvp", folder + "/bench.v",
                folder + "/pe_OutputStationary1.v", cells});
  ASSERT_EQ(built.status, 0) << built.output;
  const ToolResult ran = run_tool({"vvp", folder + "/pe.vvp"});
  ASSERT_EQ(ran.status, 0) << ran.output;
  std::istringstream lines{ran.output};
  std::string line;
  int cycle = 0;
  while (std::getline(lines, line)) {
    if (line.find("VCD") != std::string::npos) continue;
    if (cycle > 0) {
      ASSERT_EQ(line, expected[static_cast<size_t>(cycle)]) << "cycle " << cycle;
    }
    ++cycle;
  }
  EXPECT_EQ(cycle, kCycles);
  EXPECT_EQ(dump_toggles(folder + "/pe.vcd"), model_toggles(model));
}

}  // namespace
}  // namespace olivine::synth
