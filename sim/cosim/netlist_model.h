// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/cosim/netlist.h"
#include "sim/cosim/rtl_model.h"

namespace olivine {

// A cell's output as a truth table of its input nets: bit i of `table` for input j = bit j of i.
struct NetlistGate {
  std::array<uint32_t, 4> inputs{};
  uint32_t output = 0;
  uint16_t table = 0;
};

// A flip-flop: `next`, `clear` and `preset` are functions of nets; the state is a net of its own.
struct NetlistRegister {
  NetlistGate next, clear, preset;
  uint32_t state = 0;
  uint32_t clock = 0;
  bool is_rising = true;
  bool has_async = false;
  bool is_low_when_both = true;
};

// What a netlist computes, ready to run: gates in an order in which every input is known.
// Nets beyond those of the netlist hold states that no pin shows directly.
struct NetlistProgram {
  size_t net_count = 0;
  std::vector<NetlistGate> gates;
  std::vector<NetlistRegister> registers;
};

// Throws ConfigError that names cell and net: combinational loops, functions of more than four
// inputs, clocks that are not input ports.
[[nodiscard]] NetlistProgram compile_netlist(const Netlist& netlist);

// A synthesized netlist behind the interface of Verilated RTL, so that the same benches run on it:
// two-valued, zero delay. Signals are the ports, with Verilator's storage, and under "<top>.<name>"
// the buses inside that consist of register bits.
class NetlistModel : public RtlModel {
 public:
  // Registers start at 0, or at random bits of `seed` if `random_init`.
  // Contract: `netlist` outlives the model.
  explicit NetlistModel(const Netlist& netlist, uint64_t seed = 0, bool random_init = false);

  // Toggles of every net from now on. Nets are compared once a cycle, settled, right before the
  // rising clock edge (without a clock: after every settle()): a net toggles at most once a cycle,
  // inputs change together with registers, glitches do not exist.
  void count_toggles();
  [[nodiscard]] const std::vector<uint32_t>& toggles() const { return toggles_; }
  [[nodiscard]] uint64_t counted_cycles() const { return counted_cycles_; }
  [[nodiscard]] const Netlist& netlist() const { return netlist_; }
  // Nets that clock registers.
  [[nodiscard]] std::vector<uint32_t> clock_nets() const;

  [[nodiscard]] bool has_registers_of_rtl() const override { return false; }

 private:
  struct Pins {
    const std::vector<uint32_t>* nets;
    uint8_t* data;
    uint32_t bytes;
    std::vector<uint8_t> seen;  // inputs: what the nets hold
  };
  struct Domain {
    uint32_t clock;
    bool is_rising;
    uint8_t level;
    std::vector<uint32_t> registers;
  };

  void eval() override;
  void make_signals();
  RtlSignal make_signal(const std::string& name, RtlSignal::Direction direction,
                        const std::vector<uint32_t>& nets);
  void make_domains();
  bool load_inputs();
  void store_outputs();
  void propagate();
  bool apply_async();
  void settle_nets();
  bool clock_registers();
  void sample();
  [[nodiscard]] uint8_t value_of(const NetlistGate& gate) const;

  const Netlist& netlist_;
  NetlistProgram program_;
  std::vector<uint8_t> values_;  // one a net
  std::vector<uint8_t> next_;    // one a register
  std::vector<Domain> domains_;
  std::vector<uint32_t> async_;
  std::vector<Pins> inputs_, outputs_;
  std::vector<std::unique_ptr<uint8_t[]>> storage_;
  bool is_fresh_ = true;  // nothing was evaluated yet
  bool is_counting_ = false;
  std::vector<uint8_t> sampled_;
  std::vector<uint32_t> toggles_;
  uint64_t counted_cycles_ = 0;
};

}  // namespace olivine
