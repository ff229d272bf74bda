// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Area, longest path and energy of the RTL's blocks, and the energy table made from them.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <span>
#include <string>

#include "experiments/synth/cost_table.h"
#include "models/base/error.h"
#include "models/base/yaml_file.h"

namespace {

using namespace olivine;         // NOLINT
using namespace olivine::synth;  // NOLINT

constexpr int kSkipped = 77;

constexpr const char* kUsage =
    "usage: rtl_costs [--rtl DIR] [--liberty FILE] [--work DIR]\n"
    "                 [--full | --write FILE | --check FILE]\n"
    "  Prints cells, area, longest path and energy of PEs and decoders; --full adds small arrays\n"
    "  and the dot product unit (two minutes). --write makes the energy table FILE, --check says\n"
    "  whether FILE is what --write would make.\n";

enum class Action : uint8_t { Report, Full, Write, Check, Help };

struct Options {
  SynthesisConfig config;
  Action action = Action::Report;
  std::string table;
};

Options parse_options(std::span<char*> arguments) {
  Options options;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string name = arguments[i];
    if (name == "--help") options.action = Action::Help;
    if (name == "--full") options.action = Action::Full;
    if (name == "--help" || name == "--full") continue;
    if (i + 1 == arguments.size()) throw ConfigError{name + ": a value is missing"};
    const std::string value = arguments[++i];
    if (name == "--rtl") {
      options.config.rtl = value;
    } else if (name == "--liberty") {
      options.config.liberty = value;
    } else if (name == "--work") {
      options.config.work = value;
    } else if (name == "--write" || name == "--check") {
      options.action = name == "--write" ? Action::Write : Action::Check;
      options.table = value;
    } else {
      throw ConfigError{name + ": unknown option\n" + kUsage};
    }
  }
  return options;
}

void print(const BlockCost& block) {
  const double divisor = energy_divisor(kLibraryNode, kArrayNode);
  fmt::print("{}: {} cells, {:.0f} um2 ({:.1f} at 22 nm, {:.1f} at 12 nm)", block.name,
             block.cell_count, block.area_um2, block.area_at(kArrayNode.node_nm),
             block.area_at(kGpuNodeNm));
  if (block.flip_flop_count > 0) {
    fmt::print(", of that {} flip-flops {:.0f} um2", block.flip_flop_count,
               block.flip_flop_area_um2);
  }
  fmt::print("\n  leakage {:.1f} nW, longest path {}\n", block.leakage_nw, block.path);
  for (const StreamCost& cost : block.streams) {
    const NetlistEnergy& energy = cost.energy;
    const double ops = block.ops_per_cycle;
    fmt::print(
        "  {:16} {:7.2f} pJ at 180 nm = {:.4f} pJ at 22 nm (switching {:.2f}, internal {:.2f}, "
        "inputs {:.2f}, clock {:.2f})\n",
        cost.stream, energy.total_pj() / ops, energy.total_pj() / ops / divisor,
        energy.switching_pj / ops, energy.internal_pj / ops,
        (energy.input_pin_pj + energy.input_net_pj) / ops, energy.clock_pj() / ops);
  }
  std::fflush(stdout);
}

void report(const CostMeter& meter, bool is_full) {
  fmt::print(
      "From 180 nm at 1.8 V to 22 nm at 0.9 V: energy / {:.2f}, area / {:.2f}; to 12 nm: "
      "area / {:.2f}\n",
      energy_divisor(kLibraryNode, kArrayNode),
      area_divisor(kLibraryNode.node_nm, kArrayNode.node_nm),
      area_divisor(kLibraryNode.node_nm, kGpuNodeNm));
  constexpr std::array kDataflows = {Dataflow::WeightStationary, Dataflow::OutputStationary};
  for (const bool is_sparse : {false, true}) {
    for (const Dataflow dataflow : kDataflows) print(meter.pe(dataflow, is_sparse));
  }
  for (const int64_t bits : {4, 8}) print(meter.integer_pe(bits));
  for (const int64_t bits : {4, 8}) print(meter.decoder(bits));
  if (!is_full) return;
  for (const int64_t extent : {2, 4}) {
    for (const Dataflow dataflow : kDataflows) print(meter.array(dataflow, extent));
  }
  print(meter.dot_product_unit());
}

// A table of another Yosys cannot be checked: its netlists differ.
int check(const CostMeter& meter, const std::string& path) {
  const std::string committed = read_text_file(path, kMaxYamlBytes);
  const std::string yosys = yosys_version();
  if (committed.find(yosys + " ") == std::string::npos) {
    fmt::print("SKIPPED ({} is not of {})\n", path, yosys);
    return kSkipped;
  }
  const std::string current = cost_table_yaml(measure_table_blocks(meter), yosys);
  if (current == committed) return 0;
  size_t line = 1;
  for (size_t i = 0; i < current.size() && i < committed.size(); ++i) {
    if (current[i] != committed[i]) break;
    if (current[i] == '\n') ++line;
  }
  fmt::print(stderr, "error: {}:{}: is not what the RTL says now; rtl_costs --write {}\n", path,
             line, path);
  return 1;
}

int run(const Options& options) {
  if (options.action == Action::Help) {
    fmt::print("{}", kUsage);
    return 0;
  }
  const std::string missing = missing_tool(options.config);
  if (!missing.empty() && options.action == Action::Check) {
    fmt::print("SKIPPED (no {})\n", missing);
    return kSkipped;
  }
  if (!missing.empty()) throw ConfigError{missing + ": not installed"};
  const CostMeter meter{options.config};
  if (options.action == Action::Check) return check(meter, options.table);
  if (options.action != Action::Write) {
    report(meter, options.action == Action::Full);
    return 0;
  }
  std::ofstream file{options.table};
  file << cost_table_yaml(measure_table_blocks(meter), yosys_version());
  if (!file.flush()) throw ConfigError{options.table + ": cannot write"};
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(parse_options({argv, static_cast<size_t>(argc)}));
  } catch (const UserError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  } catch (const CheckFailed& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
