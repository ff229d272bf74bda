// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace olivine {

// A non-linear table of Liberty over output load (pF) and input slew (ns). An absent axis has no
// points. Between points it is linear; beyond the first and last it stays at their value.
struct LibertyTable {
  std::vector<double> load_pf;
  std::vector<double> slew_ns;
  std::vector<double> values;  // [load][slew]

  [[nodiscard]] double at(double load, double slew) const;
};

// One internal_power group of a pin: energy inside the cell for a rise and a fall of that pin.
struct LibertyPower {
  LibertyTable rise_pj;
  LibertyTable fall_pj;
};

struct LibertyPin {
  enum class Direction : uint8_t { Input, Output, Other };

  std::string name;
  Direction direction = Direction::Other;
  double capacitance_pf = 0;
  std::string function;  // outputs
  bool is_three_state = false;
  std::vector<LibertyPower> powers;
  int line = 0;
};

// The ff group: functions over pin names; absent ones are empty.
struct LibertyFlipFlop {
  std::string state, inverse;  // names of the stored value and of its inverse
  std::string next_state, clocked_on, clear, preset;
  bool is_low_when_both = true;  // state while clear and preset are both active
  int line = 0;
};

struct LibertyCell {
  std::string name;
  double area_um2 = 0;
  double leakage_nw = 0;
  std::vector<LibertyPin> pins;  // in file order
  std::optional<LibertyFlipFlop> flip_flop;
  bool is_latch = false;  // latch or statetable
  int line = 0;

  [[nodiscard]] const LibertyPin* find(std::string_view pin) const;
};

// What synthesis checks and energy need of a cell library: no timing. Units are converted.
struct LibertyLibrary {
  std::string name;
  std::string source;  // file, for messages
  double voltage = 0;  // nom_voltage
  std::vector<LibertyCell> cells;

  [[nodiscard]] const LibertyCell* find(std::string_view cell) const;
};

// Throws ConfigError with source:line: syntax, units that are not recognized, numbers that are
// none, tables whose sizes do not match, cells and pins that appear twice.
[[nodiscard]] LibertyLibrary parse_liberty(std::string_view text, const std::string& source);
[[nodiscard]] LibertyLibrary load_liberty(const std::string& path);

}  // namespace olivine
