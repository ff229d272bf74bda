// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/netlist_energy.h"

#include "sim/cosim/netlist_model.h"

#include "models/base/error.h"

namespace olivine {
namespace {

// Mean over rise and fall and over the pins that may cause the toggle.
double mean_internal_pj(const LibertyPin& pin, double load_pf) {
  if (pin.powers.empty()) return 0;
  double sum = 0;
  for (const LibertyPower& power : pin.powers) {
    sum += power.rise_pj.at(load_pf, kEnergySlewNs) + power.fall_pj.at(load_pf, kEnergySlewNs);
  }
  return sum / (2 * static_cast<double>(pin.powers.size()));
}

}  // namespace

NetlistEnergy energy_per_cycle(const NetlistModel& model) {
  OLV_CHECK(model.counted_cycles() > 0, "{}: no cycle was counted", model.name());
  const Netlist& netlist = model.netlist();
  const std::vector<double> loads = netlist.loads_pf();
  const auto cycles = static_cast<double>(model.counted_cycles());
  const double half_v2 = 0.5 * netlist.library->voltage * netlist.library->voltage;
  std::vector<double> rate(netlist.net_count());  // toggles a cycle
  for (size_t net = 0; net < rate.size(); ++net) rate[net] = model.toggles()[net] / cycles;
  std::vector<bool> is_clock(netlist.net_count());
  for (const uint32_t net : model.clock_nets()) is_clock[net] = true;

  NetlistEnergy energy;
  for (const Netlist::Port& port : netlist.ports) {
    if (!port.is_input) continue;
    for (const uint32_t net : port.nets) {
      if (is_clock[net]) energy.clock_net_pj += 2 * half_v2 * loads[net];
      if (!is_clock[net]) energy.input_net_pj += rate[net] * half_v2 * loads[net];
    }
  }
  for (const Netlist::Cell& cell : netlist.cells) {
    for (size_t i = 0; i < cell.nets.size(); ++i) {
      const LibertyPin& pin = cell.kind->pins[i];
      const uint32_t net = cell.nets[i];
      if (net == Netlist::kNone) continue;
      const bool is_output = pin.direction == LibertyPin::Direction::Output;
      const double inside = mean_internal_pj(pin, is_output ? loads[net] : 0);
      if (is_output) {
        energy.switching_pj += rate[net] * half_v2 * loads[net];
        energy.internal_pj += rate[net] * inside;
      } else if (is_clock[net]) {
        energy.clock_pin_pj += 2 * inside;
      } else {
        energy.input_pin_pj += rate[net] * inside;
      }
    }
  }
  return energy;
}

}  // namespace olivine
