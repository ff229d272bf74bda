// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/netlist_model.h"

#include <algorithm>
#include <cstring>

#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine {
namespace {

// As Verilator stores a value of that many bits.
uint32_t storage_bytes(size_t bits) {
  if (bits <= 8) return 1;
  if (bits <= 16) return 2;
  if (bits <= 32) return 4;
  if (bits <= 64) return 8;
  return static_cast<uint32_t>((bits + 31) / 32 * 4);
}

}  // namespace

NetlistModel::NetlistModel(const Netlist& netlist, uint64_t seed, bool random_init)
    : RtlModel(netlist.name), netlist_(netlist), program_(compile_netlist(netlist)) {
  values_.assign(program_.net_count, 0);
  values_[Netlist::kOne] = 1;
  next_.resize(program_.registers.size());
  Rng rng{seed};
  for (const NetlistRegister& reg : program_.registers) {
    if (random_init) values_[reg.state] = static_cast<uint8_t>(rng.next() & 1);
  }
  make_domains();
  make_signals();
}

void NetlistModel::make_domains() {
  for (uint32_t r = 0; r < program_.registers.size(); ++r) {
    const NetlistRegister& reg = program_.registers[r];
    if (reg.has_async) async_.push_back(r);
    auto domain = std::ranges::find_if(domains_, [&](const Domain& known) {
      return known.clock == reg.clock && known.is_rising == reg.is_rising;
    });
    if (domain == domains_.end()) {
      domain = domains_.insert(domain, Domain{reg.clock, reg.is_rising, 0, {}});
    }
    domain->registers.push_back(r);
  }
}

RtlSignal NetlistModel::make_signal(const std::string& name, RtlSignal::Direction direction,
                                    const std::vector<uint32_t>& nets) {
  const uint32_t bytes = storage_bytes(nets.size());
  storage_.push_back(std::make_unique<uint8_t[]>(bytes));
  RtlSignal signal{.name = name,
                   .direction = direction,
                   .bits = static_cast<uint32_t>(nets.size()),
                   .element_bytes = bytes,
                   .rows = 1,
                   .cols = 1,
                   .data = storage_.back().get()};
  Pins pins{&nets, signal.data, bytes, std::vector<uint8_t>(bytes)};
  (direction == RtlSignal::Direction::Input ? inputs_ : outputs_).push_back(std::move(pins));
  return signal;
}

void NetlistModel::make_signals() {
  std::vector<RtlSignal> signals;
  std::vector<bool> is_state(program_.net_count);
  is_state[Netlist::kZero] = is_state[Netlist::kOne] = true;
  for (const NetlistRegister& reg : program_.registers) is_state[reg.state] = true;
  for (const Netlist::Port& port : netlist_.ports) {
    signals.push_back(make_signal(
        port.name, port.is_input ? RtlSignal::Direction::Input : RtlSignal::Direction::Output,
        port.nets));
  }
  for (const Netlist::Bus& bus : netlist_.buses) {
    if (!std::ranges::all_of(bus.nets, [&](uint32_t net) { return is_state[net]; })) continue;
    signals.push_back(
        make_signal(netlist_.name + "." + bus.name, RtlSignal::Direction::Inside, bus.nets));
  }
  set_signals(std::move(signals));
}

// Returns whether any input is not what the nets hold.
bool NetlistModel::load_inputs() {
  bool is_changed = false;
  for (Pins& pins : inputs_) {
    if (std::memcmp(pins.data, pins.seen.data(), pins.bytes) == 0) continue;
    is_changed = true;
    std::memcpy(pins.seen.data(), pins.data, pins.bytes);
    for (size_t bit = 0; bit < pins.nets->size(); ++bit) {
      values_[(*pins.nets)[bit]] = (pins.data[bit / 8] >> (bit % 8)) & 1;
    }
  }
  return is_changed;
}

void NetlistModel::store_outputs() {
  for (const Pins& pins : outputs_) {
    const std::vector<uint32_t>& nets = *pins.nets;
    for (size_t byte = 0; byte * 8 < nets.size(); ++byte) {
      unsigned bits = 0;
      const size_t count = std::min<size_t>(8, nets.size() - 8 * byte);
      for (size_t i = 0; i < count; ++i) bits |= unsigned{values_[nets[8 * byte + i]]} << i;
      pins.data[byte] = static_cast<uint8_t>(bits);
    }
  }
}

inline uint8_t NetlistModel::value_of(const NetlistGate& gate) const {
  const uint8_t* v = values_.data();
  const unsigned index = unsigned{v[gate.inputs[0]]} | unsigned{v[gate.inputs[1]]} << 1 |
                         unsigned{v[gate.inputs[2]]} << 2 | unsigned{v[gate.inputs[3]]} << 3;
  return (gate.table >> index) & 1;
}

void NetlistModel::propagate() {
  for (const NetlistGate& gate : program_.gates) values_[gate.output] = value_of(gate);
}

// Clear and preset act without a clock. Returns whether a state changed.
bool NetlistModel::apply_async() {
  bool is_changed = false;
  for (const uint32_t r : async_) {
    const NetlistRegister& reg = program_.registers[r];
    const bool clear = value_of(reg.clear) != 0;
    const bool preset = value_of(reg.preset) != 0;
    if (!clear && !preset) continue;
    const bool is_high = clear && preset ? !reg.is_low_when_both : preset;
    is_changed |= values_[reg.state] != uint8_t{is_high};
    values_[reg.state] = uint8_t{is_high};
  }
  return is_changed;
}

void NetlistModel::settle_nets() {
  propagate();
  for (size_t round = 0; apply_async(); ++round) {
    OLV_CHECK(round <= async_.size(), "{}: asynchronous resets do not settle", name());
    propagate();
  }
}

// All registers whose clock just had its edge take their next state together. Returns whether
// there were any.
bool NetlistModel::clock_registers() {
  bool has_edge = false;
  for (Domain& domain : domains_) {
    const uint8_t level = values_[domain.clock];
    const bool is_edge = level != domain.level && (level != 0) == domain.is_rising;
    domain.level = level;
    if (!is_edge) continue;
    if (domain.is_rising && !has_edge) sample();
    has_edge = true;
    for (const uint32_t r : domain.registers) next_[r] = value_of(program_.registers[r].next);
    for (const uint32_t r : domain.registers) values_[program_.registers[r].state] = next_[r];
  }
  return has_edge;
}

void NetlistModel::eval() {
  const bool is_changed = load_inputs();
  if (!is_changed && !is_fresh_) return;
  is_fresh_ = false;
  settle_nets();
  if (clock_registers()) settle_nets();
  if (domains_.empty()) sample();
  store_outputs();
}

std::vector<uint32_t> NetlistModel::clock_nets() const {
  std::vector<uint32_t> nets;
  for (const Domain& domain : domains_) nets.push_back(domain.clock);
  return nets;
}

void NetlistModel::count_toggles() {
  is_counting_ = true;
  sampled_ = values_;
  toggles_.assign(values_.size(), 0);
  counted_cycles_ = 0;
}

void NetlistModel::sample() {
  if (!is_counting_) return;
  for (size_t net = 0; net < values_.size(); ++net) {
    toggles_[net] += static_cast<uint32_t>(values_[net] ^ sampled_[net]);
  }
  sampled_ = values_;
  ++counted_cycles_;
}

}  // namespace olivine
