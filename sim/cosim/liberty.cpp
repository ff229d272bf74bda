// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/liberty.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "sim/cosim/liberty_syntax.h"

namespace olivine {
namespace {

constexpr size_t kMaxLibertyBytes = size_t{256} << 20;

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array kCapacitanceUnits = {Unit{"pf", 1}, Unit{"ff", 1e-3}};
constexpr std::array kTimeUnits = {Unit{"1ns", 1}, Unit{"10ps", 1e-2}, Unit{"1ps", 1e-3}};
constexpr std::array kLeakageUnits = {Unit{"1mW", 1e6}, Unit{"1uW", 1e3}, Unit{"1nW", 1},
                                      Unit{"1pW", 1e-3}};
constexpr std::array kVoltageUnits = {Unit{"1V", 1}, Unit{"1mV", 1e-3}};

// Which index of a table template is the load and which the slew.
enum class Axis : uint8_t { None, Load, Slew };
struct TableTemplate {
  std::array<Axis, 2> axes{};
  std::array<std::vector<double>, 2> points;
};

Axis axis_of(std::string_view variable) {
  if (variable == "total_output_net_capacitance") return Axis::Load;
  if (variable.starts_with("input_") && variable.find("transition") != std::string_view::npos) {
    return Axis::Slew;
  }
  return Axis::None;
}

class LibraryReader {
 public:
  LibraryReader(const LibertyGroup& root, const std::string& source)
      : root_(root), source_(source) {
    library_.source = source;
  }

  LibertyLibrary read() {
    if (root_.kind != "library") fail(root_.line, "must be a library, not " + root_.kind);
    library_.name = root_.arguments.empty() ? "" : root_.arguments.front();
    read_units();
    for (const LibertyGroup& group : root_.groups) {
      if (group.kind == "power_lut_template") read_template(group);
    }
    std::set<std::string> names;
    for (const LibertyGroup& group : root_.groups) {
      if (group.kind != "cell") continue;
      library_.cells.push_back(read_cell(group));
      if (!names.insert(library_.cells.back().name).second) {
        fail(group.line, fmt::format("cell {} appears twice", library_.cells.back().name));
      }
    }
    if (library_.cells.empty()) fail(root_.line, "has no cells");
    std::ranges::sort(library_.cells, {}, &LibertyCell::name);
    return std::move(library_);
  }

 private:
  [[noreturn]] void fail(int line, const std::string& problem) const {
    throw ConfigError{fmt::format("{}:{}: {}", source_, line, problem)};
  }

  [[nodiscard]] double to_number(int line, std::string_view what, std::string_view text) const {
    const std::optional<double> value = parse_number(trim(text));
    if (!value) fail(line, fmt::format("{} = {}: must be a number", what, text));
    return *value;
  }

  // Attribute `name` of `group`, 0 when it is absent.
  [[nodiscard]] double number(const LibertyGroup& group, std::string_view name) const {
    const LibertyAttribute* attribute = group.find(name);
    if (attribute == nullptr) return 0;
    return to_number(attribute->line, name, group.text(name));
  }

  template <size_t N>
  double factor(int line, std::string_view what, std::string_view text,
                const std::array<Unit, N>& units) const {
    std::vector<std::string> legal;
    for (const Unit& unit : units) {
      if (unit.name == text) return unit.factor;
      legal.emplace_back(unit.name);
    }
    fail(line, fmt::format("{} = {}: must be {}", what, text, fmt::join(legal, "|")));
  }

  template <size_t N>
  double unit_of(std::string_view name, const std::array<Unit, N>& units) const {
    const LibertyAttribute* attribute = root_.find(name);
    if (attribute == nullptr) fail(root_.line, fmt::format("has no {}", name));
    return factor(attribute->line, name, root_.text(name), units);
  }

  void read_units() {
    const LibertyAttribute* load = root_.find("capacitive_load_unit");
    if (load == nullptr || load->values.size() != 2) {
      fail(load == nullptr ? root_.line : load->line, "capacitive_load_unit must be (1, pf)");
    }
    capacitance_ = to_number(load->line, load->name, load->values[0]) *
                   factor(load->line, load->name, load->values[1], kCapacitanceUnits);
    const double volt = unit_of("voltage_unit", kVoltageUnits);
    time_ = unit_of("time_unit", kTimeUnits);
    leakage_ = unit_of("leakage_power_unit", kLeakageUnits);
    library_.voltage = volt * number(root_, "nom_voltage");
    if (library_.voltage <= 0) fail(root_.line, "has no nom_voltage above 0");
    energy_ = capacitance_ * volt * volt;  // the energy unit follows from the others
  }

  [[nodiscard]] std::vector<double> numbers(const LibertyAttribute& attribute) const {
    std::vector<double> list;
    for (const std::string& row : attribute.values) {
      for (const std::string& item : split(row, ',')) {
        if (trim(item).empty()) continue;
        list.push_back(to_number(attribute.line, attribute.name, item));
      }
    }
    return list;
  }

  void read_template(const LibertyGroup& group) {
    constexpr std::array<std::string_view, 2> kVariables = {"variable_1", "variable_2"};
    constexpr std::array<std::string_view, 2> kIndices = {"index_1", "index_2"};
    TableTemplate entry;
    for (size_t i = 0; i < 2; ++i) {
      const LibertyAttribute* variable = group.find(kVariables[i]);
      if (variable == nullptr) continue;
      entry.axes[i] = axis_of(group.text(kVariables[i]));
      if (entry.axes[i] == Axis::None) {
        fail(variable->line, fmt::format("{} = {}: must be the output load or the input slew",
                                         kVariables[i], group.text(kVariables[i])));
      }
      if (const LibertyAttribute* index = group.find(kIndices[i])) {
        entry.points[i] = numbers(*index);
      }
    }
    if (!group.arguments.empty()) templates_[group.arguments.front()] = std::move(entry);
  }

  // An axis whose points rise, in pF or ns.
  [[nodiscard]] std::vector<double> axis(const LibertyGroup& group, size_t i,
                                         const TableTemplate& shape) const {
    const LibertyAttribute* own = group.find(i == 0 ? "index_1" : "index_2");
    std::vector<double> points = own != nullptr ? numbers(*own) : shape.points[i];
    if (points.empty()) fail(group.line, fmt::format("index_{} is missing", i + 1));
    for (size_t j = 1; j < points.size(); ++j) {
      if (points[j] <= points[j - 1]) fail(group.line, fmt::format("index_{} must rise", i + 1));
    }
    for (double& point : points) point *= shape.axes[i] == Axis::Load ? capacitance_ : time_;
    return points;
  }

  [[nodiscard]] LibertyTable read_table(const LibertyGroup& group) const {
    TableTemplate shape;
    const std::string name = group.arguments.empty() ? "scalar" : group.arguments.front();
    if (name != "scalar") {
      const auto found = templates_.find(name);
      if (found == templates_.end())
        fail(group.line, fmt::format("no power_lut_template {}", name));
      shape = found->second;
    }
    LibertyTable table;
    const bool is_slew_first = shape.axes[0] == Axis::Slew && shape.axes[1] == Axis::Load;
    for (size_t i = 0; i < 2; ++i) {
      if (shape.axes[i] == Axis::None) continue;
      (shape.axes[i] == Axis::Load ? table.load_pf : table.slew_ns) = axis(group, i, shape);
    }
    const LibertyAttribute* values = group.find("values");
    if (values == nullptr) fail(group.line, group.kind + " has no values");
    table.values = numbers(*values);
    const size_t loads = std::max<size_t>(1, table.load_pf.size());
    const size_t slews = std::max<size_t>(1, table.slew_ns.size());
    if (table.values.size() != loads * slews) {
      fail(values->line,
           fmt::format("{} values: must be {} x {}", table.values.size(), loads, slews));
    }
    for (double& value : table.values) value *= energy_;
    if (is_slew_first) transpose(table);
    return table;
  }

  static void transpose(LibertyTable& table) {
    const size_t loads = table.load_pf.size();
    const size_t slews = table.slew_ns.size();
    const std::vector<double> old = table.values;
    for (size_t s = 0; s < slews; ++s) {
      for (size_t l = 0; l < loads; ++l) table.values[l * slews + s] = old[s * loads + l];
    }
  }

  [[nodiscard]] LibertyPower read_power(const LibertyGroup& group) const {
    LibertyPower power{.rise_pj = {{}, {}, {0}}, .fall_pj = {{}, {}, {0}}};
    for (const LibertyGroup& table : group.groups) {
      if (table.kind == "rise_power") power.rise_pj = read_table(table);
      if (table.kind == "fall_power") power.fall_pj = read_table(table);
      if (table.kind == "power") power.rise_pj = power.fall_pj = read_table(table);
    }
    return power;
  }

  [[nodiscard]] LibertyPin read_pin(const LibertyGroup& group, const std::string& cell) const {
    if (group.arguments.size() != 1)
      fail(group.line, fmt::format("cell {}: pin has no name", cell));
    LibertyPin pin;
    pin.name = group.arguments.front();
    pin.line = group.line;
    const std::string_view direction = group.text("direction");
    if (direction == "input") pin.direction = LibertyPin::Direction::Input;
    if (direction == "output") pin.direction = LibertyPin::Direction::Output;
    pin.capacitance_pf = capacitance_ * number(group, "capacitance");
    pin.function = group.text("function");
    pin.is_three_state = group.find("three_state") != nullptr;
    for (const LibertyGroup& power : group.groups) {
      if (power.kind == "internal_power") pin.powers.push_back(read_power(power));
    }
    return pin;
  }

  [[nodiscard]] LibertyFlipFlop read_flip_flop(const LibertyGroup& group) const {
    LibertyFlipFlop flip_flop;
    flip_flop.line = group.line;
    if (group.arguments.size() != 2) fail(group.line, "ff must name its state and its inverse");
    flip_flop.state = group.arguments[0];
    flip_flop.inverse = group.arguments[1];
    flip_flop.next_state = group.text("next_state");
    flip_flop.clocked_on = group.text("clocked_on");
    flip_flop.clear = group.text("clear");
    flip_flop.preset = group.text("preset");
    flip_flop.is_low_when_both = group.text("clear_preset_var1") != "H";
    if (flip_flop.next_state.empty() || flip_flop.clocked_on.empty()) {
      fail(group.line, "ff has no next_state or clocked_on");
    }
    return flip_flop;
  }

  [[nodiscard]] LibertyCell read_cell(const LibertyGroup& group) const {
    LibertyCell cell;
    cell.line = group.line;
    if (group.arguments.size() != 1) fail(group.line, "cell has no name");
    cell.name = group.arguments.front();
    cell.area_um2 = number(group, "area");
    cell.leakage_nw = leakage_ * number(group, "cell_leakage_power");
    for (const LibertyGroup& part : group.groups) {
      if (part.kind == "ff") cell.flip_flop = read_flip_flop(part);
      if (part.kind == "latch" || part.kind == "statetable") cell.is_latch = true;
      if (part.kind != "pin") continue;
      LibertyPin pin = read_pin(part, cell.name);
      if (cell.find(pin.name) != nullptr) {
        fail(part.line, fmt::format("cell {}: pin {} appears twice", cell.name, pin.name));
      }
      cell.pins.push_back(std::move(pin));
    }
    return cell;
  }

  const LibertyGroup& root_;
  const std::string& source_;
  LibertyLibrary library_;
  std::map<std::string, TableTemplate> templates_;
  double capacitance_ = 1, time_ = 1, leakage_ = 1, energy_ = 1;
};

// Where `x` lies between the points of an axis: the lower index and the share of the next one.
std::pair<size_t, double> bracket(const std::vector<double>& points, double x) {
  if (points.size() < 2 || x <= points.front()) return {0, 0};
  const auto above = std::ranges::upper_bound(points, x);
  if (above == points.end()) return {points.size() - 2, 1};
  const auto low = static_cast<size_t>(above - points.begin()) - 1;
  return {low, (x - points[low]) / (points[low + 1] - points[low])};
}

}  // namespace

double LibertyTable::at(double load, double slew) const {
  const auto [l, load_share] = bracket(load_pf, load);
  const auto [s, slew_share] = bracket(slew_ns, slew);
  const size_t slews = std::max<size_t>(1, slew_ns.size());
  const auto row = [&, s = s, slew_share = slew_share](size_t i) {
    const double low = values[i * slews + s];
    return slew_share == 0 ? low : low + slew_share * (values[i * slews + s + 1] - low);
  };
  const double low = row(l);
  return load_share == 0 ? low : low + load_share * (row(l + 1) - low);
}

const LibertyPin* LibertyCell::find(std::string_view pin) const {
  const auto at = std::ranges::find(pins, pin, &LibertyPin::name);
  return at == pins.end() ? nullptr : &*at;
}

const LibertyCell* LibertyLibrary::find(std::string_view cell) const {
  const auto at = std::ranges::lower_bound(cells, cell, {}, &LibertyCell::name);
  return at != cells.end() && at->name == cell ? &*at : nullptr;
}

LibertyLibrary parse_liberty(std::string_view text, const std::string& source) {
  return LibraryReader{parse_liberty_syntax(text, source), source}.read();
}

LibertyLibrary load_liberty(const std::string& path) {
  return parse_liberty(read_text_file(path, kMaxLibertyBytes), path);
}

}  // namespace olivine
