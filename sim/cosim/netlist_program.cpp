// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"
#include "sim/cosim/liberty_function.h"
#include "sim/cosim/netlist_model.h"

namespace olivine {
namespace {

constexpr size_t kGateInputs = 4;

class Compiler {
 public:
  explicit Compiler(const Netlist& netlist) : netlist_(netlist), is_port_(netlist.net_count()) {
    for (const Netlist::Port& port : netlist.ports) {
      if (!port.is_input) continue;
      for (const uint32_t net : port.nets) is_port_[net] = true;
    }
    program_.net_count = netlist.net_count();
  }

  NetlistProgram compile() {
    for (const Netlist::Cell& cell : netlist_.cells) add_cell(cell);
    order_gates();
    return std::move(program_);
  }

 private:
  // The variables of a cell's functions and the net behind each. A flip-flop's functions may also
  // use its state and, inverted, the second name of it.
  struct Scope {
    const Netlist::Cell* cell;
    std::vector<std::string> names;
    std::vector<uint32_t> nets;
    bool has_inverse = false;  // the last name is the inverse of the one before
  };

  [[nodiscard]] std::string place(const Netlist::Cell& cell) const {
    return fmt::format("{}: cell {} ({})", netlist_.source, cell.name, cell.kind->name);
  }

  Scope inputs_of(const Netlist::Cell& cell) const {
    Scope scope{&cell, {}, {}, false};
    for (size_t i = 0; i < cell.nets.size(); ++i) {
      const LibertyPin& pin = cell.kind->pins[i];
      if (pin.direction != LibertyPin::Direction::Input) continue;
      scope.names.push_back(pin.name);
      scope.nets.push_back(cell.nets[i]);
    }
    check_width(scope);
    return scope;
  }

  void check_width(const Scope& scope) const {
    if (scope.names.size() <= kMaxLibertyVariables) return;
    throw ConfigError{fmt::format("{}: {} inputs and states: must be at most {}",
                                  place(*scope.cell), scope.names.size(), kMaxLibertyVariables)};
  }

  // The function over those of its inputs that it depends on.
  [[nodiscard]] NetlistGate gate(const Scope& scope, const std::string& function,
                                 uint32_t output) const {
    const uint64_t table = truth_table(function, scope.names, place(*scope.cell));
    const size_t inverse = scope.has_inverse ? scope.names.size() - 1 : kMaxLibertyVariables;
    const auto full_index = [&](uint64_t index) {
      const bool is_state_low = scope.has_inverse && (index >> (inverse - 1) & 1) == 0;
      return is_state_low ? index | uint64_t{1} << inverse : index;
    };
    std::vector<size_t> used;
    const size_t variables = scope.names.size() - (scope.has_inverse ? 1 : 0);
    for (size_t j = 0; j < variables; ++j) {
      if (depends_on(table, j, variables, full_index)) used.push_back(j);
    }
    if (used.size() > kGateInputs) {
      throw ConfigError{fmt::format("{}: function \"{}\" has {} inputs: must be at most {}",
                                    place(*scope.cell), function, used.size(), kGateInputs)};
    }
    NetlistGate result{.inputs = {}, .output = output, .table = 0};
    for (size_t j = 0; j < used.size(); ++j) result.inputs[j] = scope.nets[used[j]];
    for (uint64_t i = 0; i < 16; ++i) {
      uint64_t index = 0;
      for (size_t j = 0; j < used.size(); ++j) index |= (i >> j & 1) << used[j];
      result.table |= static_cast<uint16_t>((table >> full_index(index) & 1) << i);
    }
    return result;
  }

  template <class FullIndex>
  static bool depends_on(uint64_t table, size_t j, size_t variables, const FullIndex& full_index) {
    for (uint64_t i = 0; i < uint64_t{1} << variables; ++i) {
      const uint64_t other = i ^ uint64_t { 1 } << j;
      if ((table >> full_index(i) & 1) != (table >> full_index(other) & 1)) return true;
    }
    return false;
  }

  void add_cell(const Netlist::Cell& cell) {
    Scope scope = inputs_of(cell);
    if (cell.kind->flip_flop) add_register(scope, *cell.kind->flip_flop);
    for (size_t i = 0; i < cell.nets.size(); ++i) {
      const LibertyPin& pin = cell.kind->pins[i];
      const bool is_driven =
          pin.direction == LibertyPin::Direction::Output && cell.nets[i] != Netlist::kNone;
      if (!is_driven || cell.nets[i] == aliased_) continue;
      if (pin.function.empty()) {
        throw ConfigError{fmt::format("{}: pin {} has no function", place(cell), pin.name)};
      }
      program_.gates.push_back(gate(scope, pin.function, cell.nets[i]));
      owners_.push_back(&cell);
    }
    aliased_ = Netlist::kNone;
  }

  // The state is the net of the output that shows it as it is, else a net of its own.
  uint32_t state_net(const Netlist::Cell& cell, const std::string& state) {
    for (size_t i = 0; i < cell.nets.size(); ++i) {
      const LibertyPin& pin = cell.kind->pins[i];
      const bool shows = pin.direction == LibertyPin::Direction::Output && pin.function == state;
      if (shows && cell.nets[i] != Netlist::kNone) return aliased_ = cell.nets[i];
    }
    return static_cast<uint32_t>(program_.net_count++);
  }

  void add_register(Scope& scope, const LibertyFlipFlop& kind) {
    NetlistRegister reg;
    const auto find_clock = [&](const std::string& name) -> const LibertyPin* {
      return scope.cell->kind->find(name);
    };
    std::string clock = kind.clocked_on;
    std::erase_if(clock, [](char c) { return c == '(' || c == ')' || c == ' '; });
    reg.is_rising = !clock.starts_with('!') && !clock.ends_with('\'');
    std::erase_if(clock, [](char c) { return c == '!' || c == '\''; });
    const LibertyPin* pin = find_clock(clock);
    if (pin == nullptr) {
      throw ConfigError{fmt::format("{}: clocked_on \"{}\": must be a pin or its inverse",
                                    place(*scope.cell), kind.clocked_on)};
    }
    reg.clock = scope.cell->nets[static_cast<size_t>(pin - scope.cell->kind->pins.data())];
    if (!is_port_[reg.clock]) {
      throw ConfigError{fmt::format("{}: clock net {} is not an input port", place(*scope.cell),
                                    netlist_.net_names[reg.clock])};
    }
    reg.state = state_net(*scope.cell, kind.state);
    scope.names.insert(scope.names.end(), {kind.state, kind.inverse});
    scope.nets.insert(scope.nets.end(), {reg.state, reg.state});
    scope.has_inverse = true;
    check_width(scope);
    const auto function = [&](const std::string& text) {
      return gate(scope, text.empty() ? "0" : text, reg.state);
    };
    reg.next = function(kind.next_state);
    reg.clear = function(kind.clear);
    reg.preset = function(kind.preset);
    reg.has_async = reg.clear.table != 0 || reg.preset.table != 0;
    reg.is_low_when_both = kind.is_low_when_both;
    program_.registers.push_back(reg);
  }

  // Kahn's algorithm: a gate is ready when every net it reads is.
  void order_gates() {
    const size_t count = program_.gates.size();
    std::vector<uint32_t> driver(program_.net_count, Netlist::kNone);
    for (size_t g = 0; g < count; ++g) driver[program_.gates[g].output] = static_cast<uint32_t>(g);
    std::vector<std::vector<uint32_t>> readers(count);
    std::vector<uint32_t> missing(count);
    for (size_t g = 0; g < count; ++g) {
      for (const uint32_t net : program_.gates[g].inputs) {
        if (driver[net] == Netlist::kNone) continue;
        readers[driver[net]].push_back(static_cast<uint32_t>(g));
        ++missing[g];
      }
    }
    std::vector<uint32_t> ready;
    for (size_t g = 0; g < count; ++g) {
      if (missing[g] == 0) ready.push_back(static_cast<uint32_t>(g));
    }
    for (size_t at = 0; at < ready.size(); ++at) {
      for (const uint32_t reader : readers[ready[at]]) {
        if (--missing[reader] == 0) ready.push_back(reader);
      }
    }
    if (ready.size() < count) report_loop(driver, missing);
    std::vector<NetlistGate> ordered;
    ordered.reserve(count);
    for (const uint32_t g : ready) ordered.push_back(program_.gates[g]);
    program_.gates = std::move(ordered);
  }

  // Walks back along gates that wait until one comes up twice: that one is on a loop.
  [[noreturn]] void report_loop(const std::vector<uint32_t>& driver,
                                const std::vector<uint32_t>& missing) const {
    std::vector<bool> is_seen(missing.size());
    auto g = static_cast<size_t>(
        std::ranges::find_if(missing, [](uint32_t count) { return count != 0; }) - missing.begin());
    while (!is_seen[g]) {
      is_seen[g] = true;
      for (const uint32_t net : program_.gates[g].inputs) {
        if (driver[net] == Netlist::kNone || missing[driver[net]] == 0) continue;
        g = driver[net];
        break;
      }
    }
    throw ConfigError{fmt::format("{}: net {} is part of a combinational loop", place(*owners_[g]),
                                  netlist_.net_names[program_.gates[g].output])};
  }

  const Netlist& netlist_;
  std::vector<bool> is_port_;
  NetlistProgram program_;
  std::vector<const Netlist::Cell*> owners_;  // one a gate
  uint32_t aliased_ = Netlist::kNone;         // output that is the state of the cell in hand
};

}  // namespace

NetlistProgram compile_netlist(const Netlist& netlist) { return Compiler{netlist}.compile(); }

}  // namespace olivine
