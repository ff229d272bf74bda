// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/netlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"

namespace olivine {
namespace {

using nlohmann::json;

constexpr size_t kMaxNetlistBytes = size_t{1} << 30;

class NetlistReader {
 public:
  NetlistReader(const std::string& source, const LibertyLibrary& library) : source_(source) {
    netlist_.source = source;
    netlist_.library = &library;
    netlist_.net_names = {"0", "1"};
  }

  Netlist read(const json& root, std::string_view top) {
    const auto& [name, module] = choose_module(object(root, "modules", source_), top);
    netlist_.name = name;
    number_nets(module);
    read_ports(module);
    read_cells(module);
    check_drivers();
    return std::move(netlist_);
  }

 private:
  using Member = std::pair<std::string, const json&>;

  [[noreturn]] void fail(const std::string& problem) const {
    throw ConfigError{fmt::format("{}: {}", source_, problem)};
  }

  const json& object(const json& node, const char* key, std::string_view what) const {
    if (!node.is_object() || !node.contains(key) || !node.at(key).is_object()) {
      fail(fmt::format("{} has no {}: must be the JSON of Yosys", what, key));
    }
    return node.at(key);
  }

  [[nodiscard]] Member choose_module(const json& modules, std::string_view top) const {
    std::vector<std::string> names;
    for (const auto& [name, module] : modules.items()) names.push_back(name);
    if (top.empty() && names.size() == 1) return {names[0], modules.at(names[0])};
    if (top.empty())
      fail(fmt::format("has {} modules: must be flat, or name the top", names.size()));
    const std::string wanted{top};
    if (!modules.contains(wanted)) {
      fail(fmt::format("no module {}{}", top, suggestion(top, names)));
    }
    return {wanted, modules.at(wanted)};
  }

  const json& bits_of(const json& node, std::string_view what) const {
    if (node.is_object() && node.contains("bits") && node.at("bits").is_array()) {
      return node.at("bits");
    }
    fail(fmt::format("{} has no bits", what));
  }

  // Yosys numbers bits; here they become consecutive, under the shortest name anyone gave them.
  void number_nets(const json& module) {
    const json& names = object(module, "netnames", netlist_.name);
    for (const auto& [name, node] : names.items()) {
      const json& bits = bits_of(node, name);
      for (size_t i = 0; i < bits.size(); ++i) {
        if (!bits[i].is_number_integer()) continue;
        const std::string bit_name = bits.size() == 1 ? name : fmt::format("{}[{}]", name, i);
        std::string& known = netlist_.net_names[number(bits[i].get<int64_t>())];
        if (known.empty() || bit_name.size() < known.size()) known = bit_name;
      }
    }
    for (const auto& [name, node] : names.items()) {
      const bool is_hidden = node.value("hide_name", 0) != 0;
      if (!is_hidden) read_bus(name, node.at("bits"));
    }
  }

  void read_bus(const std::string& name, const json& bits) {
    Netlist::Bus bus{name, {}};
    for (const json& bit : bits) {
      if (bit.is_string() && bit != "0" && bit != "1") return;  // partly undefined: not observable
      bus.nets.push_back(bit.is_string() ? (bit == "1" ? Netlist::kOne : Netlist::kZero)
                                         : number(bit.get<int64_t>()));
    }
    netlist_.buses.push_back(std::move(bus));
  }

  uint32_t number(int64_t bit) {
    const auto next = static_cast<uint32_t>(netlist_.net_names.size());
    const auto [at, is_new] = numbers_.try_emplace(bit, next);
    if (is_new) netlist_.net_names.emplace_back();
    return at->second;
  }

  uint32_t net_of(const json& bit, const std::string& what) {
    if (bit.is_number_integer()) return number(bit.get<int64_t>());
    if (bit == "0") return Netlist::kZero;
    if (bit == "1") return Netlist::kOne;
    fail(fmt::format("{} is undefined ({}): synthesize with setundef -zero", what, bit.dump()));
  }

  void read_ports(const json& module) {
    for (const auto& [name, node] : object(module, "ports", netlist_.name).items()) {
      const std::string direction = node.value("direction", "");
      if (direction != "input" && direction != "output") {
        fail(fmt::format("port {} is {}: must be input or output", name, direction));
      }
      Netlist::Port port{name, direction == "input", {}};
      for (const json& bit : bits_of(node, name)) port.nets.push_back(net_of(bit, "port " + name));
      if (port.nets.empty()) fail(fmt::format("port {} has no bits", name));
      netlist_.ports.push_back(std::move(port));
    }
  }

  void read_cells(const json& module) {
    std::vector<std::string> known;
    for (const LibertyCell& cell : netlist_.library->cells) known.push_back(cell.name);
    for (const auto& [name, node] : object(module, "cells", netlist_.name).items()) {
      const std::string type = node.value("type", "");
      const LibertyCell* kind = netlist_.library->find(type);
      if (kind == nullptr) {
        fail(fmt::format("cell {}: {} is not in {}{}", name, type, netlist_.library->source,
                         suggestion(type, known)));
      }
      if (kind->is_latch) fail(fmt::format("cell {}: {} is a latch", name, type));
      netlist_.cells.push_back({name, kind, {}});
      read_pins(object(node, "connections", name), netlist_.cells.back());
    }
  }

  void read_pins(const json& connections, Netlist::Cell& cell) {
    for (const LibertyPin& pin : cell.kind->pins) {
      const std::string what =
          fmt::format("cell {} ({}) pin {}", cell.name, cell.kind->name, pin.name);
      const bool is_output = pin.direction == LibertyPin::Direction::Output;
      if (pin.is_three_state || (!is_output && pin.direction != LibertyPin::Direction::Input)) {
        fail(what + " is neither an input nor a plain output");
      }
      const bool is_open = !connections.contains(pin.name) || connections.at(pin.name).empty();
      if (is_open && is_output) {
        cell.nets.push_back(Netlist::kNone);
        continue;
      }
      if (is_open) fail(what + " has no net");
      if (connections.at(pin.name).size() != 1) fail(what + " has several bits");
      cell.nets.push_back(net_of(connections.at(pin.name)[0], what));
    }
    for (const auto& [pin, bits] : connections.items()) {
      if (cell.kind->find(pin) == nullptr) {
        fail(fmt::format("cell {}: {} has no pin {}", cell.name, cell.kind->name, pin));
      }
    }
  }

  void drive(uint32_t net, const std::string& driver) {
    if (net <= Netlist::kOne) fail(fmt::format("{} drives the constant {}", driver, net));
    std::string& known = drivers_[net];
    if (!known.empty()) {
      fail(fmt::format("net {} is driven by {} and by {}", netlist_.net_names[net], known, driver));
    }
    known = driver;
  }

  void check_use(uint32_t net, const std::string& user) const {
    if (net == Netlist::kNone || !drivers_[net].empty()) return;
    fail(fmt::format("net {} at {} has no driver", netlist_.net_names[net], user));
  }

  void check_drivers() {
    for (size_t net = 2; net < netlist_.net_count(); ++net) {
      if (netlist_.net_names[net].empty()) netlist_.net_names[net] = fmt::format("${}", net);
    }
    drivers_.assign(netlist_.net_count(), "");
    drivers_[Netlist::kZero] = drivers_[Netlist::kOne] = "constant";
    for (const Netlist::Port& port : netlist_.ports) {
      if (!port.is_input) continue;
      for (const uint32_t net : port.nets) drive(net, "port " + port.name);
    }
    for_each_pin([&](const Netlist::Cell& cell, const LibertyPin& pin, uint32_t net) {
      const bool is_output = pin.direction == LibertyPin::Direction::Output;
      if (is_output && net != Netlist::kNone) drive(net, "cell " + cell.name);
    });
    for_each_pin([&](const Netlist::Cell& cell, const LibertyPin&, uint32_t net) {
      check_use(net, "cell " + cell.name);
    });
    for (const Netlist::Port& port : netlist_.ports) {
      for (const uint32_t net : port.nets) check_use(net, "port " + port.name);
    }
    std::erase_if(netlist_.buses, [&](const Netlist::Bus& bus) {
      return std::ranges::any_of(bus.nets, [&](uint32_t net) { return drivers_[net].empty(); });
    });
  }

  template <class Visit>
  void for_each_pin(const Visit& visit) const {
    for (const Netlist::Cell& cell : netlist_.cells) {
      for (size_t i = 0; i < cell.nets.size(); ++i) visit(cell, cell.kind->pins[i], cell.nets[i]);
    }
  }

  const std::string& source_;
  Netlist netlist_;
  std::unordered_map<int64_t, uint32_t> numbers_;
  std::vector<std::string> drivers_;
};

}  // namespace

double Netlist::area_um2() const {
  double sum = 0;
  for (const Cell& cell : cells) sum += cell.kind->area_um2;
  return sum;
}

double Netlist::flip_flop_area_um2() const {
  double sum = 0;
  for (const Cell& cell : cells) sum += cell.kind->flip_flop ? cell.kind->area_um2 : 0;
  return sum;
}

size_t Netlist::flip_flop_count() const {
  return static_cast<size_t>(std::ranges::count_if(
      cells, [](const Cell& cell) { return cell.kind->flip_flop.has_value(); }));
}

double Netlist::leakage_nw() const {
  double sum = 0;
  for (const Cell& cell : cells) sum += cell.kind->leakage_nw;
  return sum;
}

std::vector<double> Netlist::loads_pf() const {
  std::vector<double> loads(net_count());
  for (const Cell& cell : cells) {
    for (size_t i = 0; i < cell.nets.size(); ++i) {
      const LibertyPin& pin = cell.kind->pins[i];
      if (pin.direction == LibertyPin::Direction::Input) loads[cell.nets[i]] += pin.capacitance_pf;
    }
  }
  return loads;
}

Netlist parse_netlist(std::string_view text, const std::string& source,
                      const LibertyLibrary& library, std::string_view top) {
  try {
    return NetlistReader{source, library}.read(json::parse(text), top);
  } catch (const json::exception& error) {
    throw ConfigError{fmt::format("{}: {}", source, error.what())};
  }
}

Netlist load_netlist(const std::string& path, const LibertyLibrary& library, std::string_view top) {
  return parse_netlist(read_text_file(path, kMaxNetlistBytes), path, library, top);
}

}  // namespace olivine
