// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/netlist.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/base/yaml_file.h"
#include "sim/cosim/netlist_energy.h"
#include "sim/cosim/netlist_model.h"

namespace olivine {
namespace {

using ::testing::HasSubstr;

const std::string& mini_text() {
  static const std::string kText =
      read_text_file(OLV_SOURCE_DIR "/tests/sim/cosim/mini.lib", size_t{1} << 20);
  return kText;
}

const LibertyLibrary& mini() {
  static const LibertyLibrary kLibrary = parse_liberty(mini_text(), "m.lib");
  return kLibrary;
}

// Yosys's JSON from its three parts.
std::string module_json(const std::string& ports, const std::string& cells,
                        const std::string& names = "") {
  return fmt::format(R"({{"modules": {{"top": {{"ports": {{{}}}, "cells": {{{}}},
    "netnames": {{{}}}}}}}}})",
                     ports, cells, names);
}

std::string port(const std::string& name, const std::string& direction, const std::string& bits) {
  return fmt::format(R"("{}": {{"direction": "{}", "bits": [{}]}})", name, direction, bits);
}

std::string cell(const std::string& name, const std::string& type, const std::string& pins) {
  return fmt::format(R"("{}": {{"type": "{}", "connections": {{{}}}}})", name, type, pins);
}

Netlist parse(const std::string& json) { return parse_netlist(json, "n.json", mini()); }

std::string problem_of(const std::string& json) {
  try {
    const Netlist netlist = parse(json);
    const NetlistModel model{netlist};
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// Three inverters in a row: a (2) -> 3 -> 4 -> y (5).
const std::string kChain = module_json(port("a", "input", "2") + "," + port("y", "output", "5"),
                                       cell("i0", "INV", R"("A": [2], "Y": [3])") + "," +
                                           cell("i1", "INV", R"("A": [3], "Y": [4])") + "," +
                                           cell("i2", "INV", R"("A": [4], "Y": [5])"),
                                       R"("first": {"bits": [3]}, "second": {"bits": [4]})");

// A counter of `bits` bits out of half adders, on rst_ni = 0 cleared by DFFSR cells.
std::string counter(int bits) {
  std::string cells, outputs;
  for (int i = 0; i < bits; ++i) {
    // Q: 10 + i, carry into bit i: 30 + i (bit 0: constant 1), sum: 50 + i.
    const std::string carry = i == 0 ? "\"1\"" : std::to_string(30 + i);
    cells += cell(fmt::format("ha{}", i), "HA",
                  fmt::format(R"("A": [{}], "B": [{}], "C": [{}], "S": [{}])", 10 + i, carry,
                              31 + i, 50 + i)) +
             "," +
             cell(fmt::format("ff{}", i), "DFFSR",
                  fmt::format(R"("CLK": [2], "R": [3], "S": ["1"], "D": [{}], "Q": [{}])", 50 + i,
                              10 + i)) +
             (i + 1 < bits ? "," : "");
    outputs += fmt::format("{}{}", i == 0 ? "" : ",", 10 + i);
  }
  return module_json(port("clk_i", "input", "2") + "," + port("rst_ni", "input", "3") + "," +
                         port("count_o", "output", outputs),
                     cells, fmt::format(R"("count_q": {{"bits": [{}]}})", outputs));
}

TEST(Netlist, InverterChainComputesAndHasAreaAndLoads) {
  const Netlist netlist = parse(kChain);
  EXPECT_DOUBLE_EQ(netlist.area_um2(), 3 * 2);
  EXPECT_DOUBLE_EQ(netlist.leakage_nw(), 3 * 0.5);
  EXPECT_EQ(netlist.flip_flop_count(), 0u);
  NetlistModel model{netlist};
  for (const uint64_t a : {0u, 1u, 0u}) {
    model.signal("a").set(a);
    model.settle();
    EXPECT_EQ(model.signal("y").value(), 1 - a);
  }
}

TEST(Netlist, InverterChainEnergyByHand) {
  const Netlist netlist = parse(kChain);
  NetlistModel model{netlist};
  model.signal("a").set(0);
  model.settle();
  model.count_toggles();
  for (int i = 1; i <= 10; ++i) {
    model.signal("a").set(static_cast<uint64_t>(i % 2));
    model.settle();
  }
  ASSERT_EQ(model.counted_cycles(), 10u);
  const NetlistEnergy energy = energy_per_cycle(model);
  // Every net toggles every cycle. 0.5 C V^2 = 2 C; the input and two outputs drive 0.01 pF each,
  // the last output nothing.
  EXPECT_DOUBLE_EQ(energy.input_net_pj, 2 * 0.01);
  EXPECT_DOUBLE_EQ(energy.switching_pj, 2 * (2 * 0.01));
  // At slew 0.15: rise 0.2 and fall 0.4 without load, both 1 pJ more for each pF.
  const double unloaded = (0.2 + 0.4) / 2;
  EXPECT_NEAR(energy.internal_pj, 2 * (unloaded + 0.01) + unloaded, 1e-12);
  EXPECT_DOUBLE_EQ(energy.clock_pj(), 0);
  EXPECT_DOUBLE_EQ(energy.total_pj(),
                   energy.input_net_pj + energy.switching_pj + energy.internal_pj);
}

TEST(Netlist, CounterBitTogglesEveryTwoToTheBitCycles) {
  constexpr int kBits = 6;
  const Netlist netlist = parse(counter(kBits));
  NetlistModel model{netlist};
  model.reset();
  model.count_toggles();
  constexpr int kCycles = 256;
  for (int t = 0; t < kCycles; ++t) {
    model.settle();
    EXPECT_EQ(model.signal("count_o").value(), static_cast<uint64_t>(t % (1 << kBits)));
    model.edge();
    EXPECT_EQ(model.signal("top.count_q").value(), static_cast<uint64_t>((t + 1) % (1 << kBits)));
  }
  EXPECT_EQ(model.counted_cycles(), static_cast<uint64_t>(kCycles));
  for (size_t net = 0; net < netlist.net_count(); ++net) {
    for (int bit = 0; bit < kBits; ++bit) {
      if (netlist.net_names[net] != fmt::format("count_q[{}]", bit)) continue;
      // Samples before edges 1 .. 256 see 0 .. 255; bit i changed 255 >> i times between them.
      EXPECT_EQ(model.toggles()[net], static_cast<uint32_t>((kCycles - 1) >> bit)) << bit;
    }
  }
}

TEST(Netlist, ClockEnergyByHand) {
  const Netlist netlist =
      parse(module_json(port("clk_i", "input", "2") + "," + port("d", "input", "3") + "," +
                            port("q", "output", "4") + "," + port("qn", "output", "5"),
                        cell("f", "DFF", R"("CLK": [2], "D": [3], "Q": [4], "QN": [5])")));
  NetlistModel model{netlist};
  model.settle();
  model.edge();
  EXPECT_EQ(model.signal("qn").value(), 1u);
  model.count_toggles();
  for (int i = 1; i <= 8; ++i) {
    model.signal("d").set(static_cast<uint64_t>(i % 2));
    model.settle();
    model.edge();
    EXPECT_EQ(model.signal("q").value(), static_cast<uint64_t>(i % 2));
    EXPECT_EQ(model.signal("qn").value(), static_cast<uint64_t>(1 - i % 2));
  }
  const NetlistEnergy energy = energy_per_cycle(model);
  EXPECT_DOUBLE_EQ(energy.clock_net_pj, 0.04 * 2 * 2);  // C V^2
  EXPECT_NEAR(energy.clock_pin_pj, 0.3 + 0.7, 1e-12);   // rise + fall at 0.15 ns
  EXPECT_NEAR(energy.input_pin_pj, 1.0 * 0.02, 1e-12);  // D toggles every cycle
  EXPECT_NEAR(energy.input_net_pj, 1.0 * 0.5 * 0.05 * 2 * 2, 1e-12);
}

TEST(Netlist, AsynchronousResetActsWithoutAClockAndBeforeIt) {
  const Netlist netlist = parse(module_json(
      port("clk_i", "input", "2") + "," + port("r", "input", "3") + "," + port("s", "input", "4") +
          "," + port("d", "input", "5") + "," + port("q", "output", "6"),
      cell("f", "DFFSR", R"("CLK": [2], "R": [3], "S": [4], "D": [5], "Q": [6])")));
  NetlistModel model{netlist};
  const auto drive = [&](uint64_t r, uint64_t s, uint64_t d) {
    model.signal("r").set(r);
    model.signal("s").set(s);
    model.signal("d").set(d);
    model.settle();
    return model.signal("q").value();
  };
  EXPECT_EQ(drive(1, 0, 0), 1u);  // preset, no edge
  EXPECT_EQ(drive(1, 1, 0), 1u);  // keeps it
  EXPECT_EQ(drive(0, 1, 1), 0u);  // clear, no edge
  model.edge();
  EXPECT_EQ(model.signal("q").value(), 0u);  // clear wins over the clock
  EXPECT_EQ(drive(0, 0, 1), 0u);             // both: clear_preset_var1 is L
  EXPECT_EQ(drive(1, 1, 1), 0u);
  model.edge();
  EXPECT_EQ(model.signal("q").value(), 1u);
  EXPECT_EQ(drive(1, 1, 0), 1u);  // the falling edge takes nothing
}

TEST(Netlist, RegistersStartAtRandomBitsOfTheSeed) {
  const Netlist netlist = parse(counter(6));
  const auto state = [&](uint64_t seed, bool random_init) {
    NetlistModel model{netlist, seed, random_init};
    model.signal("rst_ni").set(1);
    model.settle();
    return model.signal("count_o").value();
  };
  EXPECT_EQ(state(1, false), 0u);
  EXPECT_EQ(state(1, true), state(1, true));
  bool differs = false;
  for (uint64_t seed = 2; seed < 8; ++seed) differs |= state(seed, true) != state(1, true);
  EXPECT_TRUE(differs);
}

TEST(Netlist, PortsAreStoredAsVerilatorStoresThem) {
  for (const auto& [bits, bytes] : std::vector<std::pair<int, uint32_t>>{
           {1, 1}, {8, 1}, {9, 2}, {16, 2}, {17, 4}, {33, 8}, {64, 8}, {65, 12}, {144, 20}}) {
    std::string list;
    for (int i = 0; i < bits; ++i) list += fmt::format("{}{}", i == 0 ? "" : ",", 2 + i);
    const Netlist netlist =
        parse(module_json(port("a", "input", list) + "," + port("y", "output", list), ""));
    NetlistModel model{netlist};
    EXPECT_EQ(model.signal("a").element_bytes, bytes) << bits;
    const auto last = static_cast<uint32_t>(bits - 1);
    model.signal("a").set(last, 1, 1);
    model.settle();
    EXPECT_EQ(model.signal("y").get(last, 1), 1u) << bits;
  }
}

TEST(Netlist, ConstantsReachPinsAndPorts) {
  const Netlist netlist =
      parse(module_json(port("c", "input", "2") + "," + port("y", "output", R"(3, "0", "1")"),
                        cell("g", "AOI21", R"("A": ["1"], "B": [2], "C": ["0"], "Y": [3])")));
  NetlistModel model{netlist};
  model.settle();
  EXPECT_EQ(model.signal("y").value(), 0b101u);  // !(1 * 0 + 0), 0, 1
  model.signal("c").set(1);
  model.settle();
  EXPECT_EQ(model.signal("y").value(), 0b100u);
}

TEST(NetlistBad, IsRefusedWithCellAndNet) {
  const std::string a = port("a", "input", "2") + ",";
  const auto one = [&](const std::string& cells) {
    return module_json(a + port("y", "output", "3"), cells);
  };
  const auto inv = [](const std::string& name, const std::string& in, const std::string& out) {
    return cell(name, "INV", fmt::format(R"("A": [{}], "Y": [{}])", in, out));
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {one(cell("u1", "NAND7", R"("A": [2], "Y": [3])")), "cell u1: NAND7 is not in m.lib"},
      {one(cell("u1", "DLATCH", R"("D": [2], "G": [2], "Q": [3])")), "cell u1: DLATCH is a latch"},
      {one(inv("u1", "2", "3") + "," + inv("u2", "2", "3")),
       "net $3 is driven by cell u1 and by cell u2"},
      {one(inv("u1", "3", "2") + "," + inv("u2", "2", "3")), "is driven by port a and by cell u1"},
      {one(inv("u1", "2", "\"0\"")), "cell u1 drives the constant 0"},
      {one(inv("u1", "\"x\"", "3")), "cell u1 (INV) pin A is undefined (\"x\")"},
      {one(inv("u1", "9", "3")), "has no driver"},
      {one(""), "at port y has no driver"},
      {one(cell("u1", "INV", R"("Y": [3])")), "cell u1 (INV) pin A has no net"},
      {one(cell("u1", "INV", R"("A": [2], "Z": [2], "Y": [3])")), "cell u1: INV has no pin Z"},
      {one(inv("u1", "5", "4") + "," + inv("u2", "4", "5") + "," + inv("u3", "5", "3")),
       "is part of a combinational loop"},
      {one(inv("u1", "2", "4") + "," + cell("f", "DFF", R"("CLK": [4], "D": [2], "Q": [3])")),
       "cell f (DFF): clock net $"},
      {module_json(port("a", "inout", "2"), ""), "port a is inout"},
      {"{}", "n.json: n.json has no modules"},
      {"{\"modules\": {\"top\": 3}}", "has no netnames"},
      {"[", "n.json: [json"},
      {R"({"modules": {"a": {}, "b": {}}})", "has 2 modules"}};
  for (const auto& [json, problem] : cases) EXPECT_THAT(problem_of(json), HasSubstr(problem));
}

TEST(NetlistBad, DamagedTextIsRefusedOrLoads) {
  const uint64_t seed = 6;
  Rng rng{seed};
  int refused = 0;
  const std::string good = counter(3);
  for (int trial = 0; trial < 2000; ++trial) {
    SCOPED_TRACE(fmt::format("seed {} trial {}", seed, trial));
    std::string text = good;
    const auto at = static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(text.size()) - 1));
    text[at] = static_cast<char>(rng.uniform(1, 127));
    if (!problem_of(text).empty()) ++refused;
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace olivine
