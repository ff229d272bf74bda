// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cosim/liberty.h"

namespace olivine {

// A flat netlist of library cells, as Yosys writes it (write_json after flatten, dfflibmap, abc).
// Nets are numbered: 0 and 1 are the constants.
struct Netlist {
  static constexpr uint32_t kZero = 0;
  static constexpr uint32_t kOne = 1;
  static constexpr uint32_t kNone = UINT32_MAX;  // an output pin that drives nothing

  struct Port {
    std::string name;
    bool is_input = false;
    std::vector<uint32_t> nets;  // bit 0 first
  };
  struct Cell {
    std::string name;
    const LibertyCell* kind = nullptr;
    std::vector<uint32_t> nets;  // one a pin of `kind`, in its order
  };
  // A named bus inside: registers keep their names through synthesis.
  struct Bus {
    std::string name;
    std::vector<uint32_t> nets;
  };

  std::string name;    // of the module
  std::string source;  // file, for messages
  const LibertyLibrary* library = nullptr;
  std::vector<std::string> net_names;
  std::vector<Port> ports;
  std::vector<Cell> cells;
  std::vector<Bus> buses;

  [[nodiscard]] size_t net_count() const { return net_names.size(); }
  [[nodiscard]] double area_um2() const;
  [[nodiscard]] double flip_flop_area_um2() const;
  [[nodiscard]] size_t flip_flop_count() const;
  // Sum of the cells' state-independent leakage.
  [[nodiscard]] double leakage_nw() const;
  // Capacitance of the input pins on each net. No wires: there is no layout.
  [[nodiscard]] std::vector<double> loads_pf() const;
};

// The only module of Yosys's JSON, or the one named `top`. Throws ConfigError that names cell, pin
// and net: cells that are not in the library (or latches and three-state drivers), pins without a
// net, undefined bits, nets with several drivers or none.
// Contract: `library` outlives the netlist.
[[nodiscard]] Netlist parse_netlist(std::string_view json, const std::string& source,
                                    const LibertyLibrary& library, std::string_view top = {});
[[nodiscard]] Netlist load_netlist(const std::string& path, const LibertyLibrary& library,
                                   std::string_view top = {});

}  // namespace olivine
