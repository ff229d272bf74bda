// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

namespace olivine {

class NetlistModel;

// Mean energy of a netlist a cycle, by cause, at the library's voltage. No glitches, no wires, no
// clock tree: there is no layout, and the simulation has no delays.
struct NetlistEnergy {
  double switching_pj = 0;  // 0.5 C V^2 a toggle of a cell's output, C = the pins it drives
  double internal_pj = 0;   // inside the cell, a toggle of its output
  double input_pin_pj = 0;  // inside flip-flops, a toggle of a pin that is not the clock
  double input_net_pj = 0;  // 0.5 C V^2 a toggle of an input port
  double clock_net_pj = 0;  // C V^2 a cycle
  double clock_pin_pj = 0;  // inside flip-flops, two edges a cycle

  [[nodiscard]] double clock_pj() const { return clock_net_pj + clock_pin_pj; }
  [[nodiscard]] double total_pj() const {
    return switching_pj + internal_pj + input_pin_pj + input_net_pj + clock_pj();
  }
};

// Slew at which the internal-power tables are read: a typical one of this kind of netlist.
inline constexpr double kEnergySlewNs = 0.15;

// Contract: model.count_toggles() was called and at least one cycle was counted since.
[[nodiscard]] NetlistEnergy energy_per_cycle(const NetlistModel& model);

}  // namespace olivine
