// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/calibration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/shipped_calibrations.h"

namespace olivine {
namespace {

using Kernel = KernelConstants;

constexpr std::array kKernelRows = {
    ConstantRow<Kernel>{"launch_us", &Kernel::launch_us, 0.5, 20,
                        "Kernel in a CUDA graph, start to end, without its work"},
    ConstantRow<Kernel>{"tensor_reached", &Kernel::tensor_reached, 0.3, 1,
                        "Share of the instruction's rate that a mainloop reaches"},
    ConstantRow<Kernel>{"one_warp_rate", &Kernel::one_warp_rate, 0.5, 1,
                        "Share of it with one warp on a sub-core; two never take longer than one "
                        "after the other"},
    ConstantRow<Kernel>{"shared_reached", &Kernel::shared_reached, 0.3, 1,
                        "Share of the shared-memory bandwidth"},
    ConstantRow<Kernel>{"shared_write_weight", &Kernel::shared_write_weight, 0.05, 2,
                        "Cost of a byte that a load writes against one that is read"},
    ConstantRow<Kernel>{"decode_reached", &Kernel::decode_reached, 0.05, 1,
                        "Share of the integer lanes that decoding gets"},
    ConstantRow<Kernel>{"l2_reached", &Kernel::l2_reached, 0.2, 1, "Share of the L2 bandwidth"},
    ConstantRow<Kernel>{"l2_sm_bytes_per_clk", &Kernel::l2_sm_bytes_per_clk, 16, 256,
                        "L2 bandwidth of one SM alone"},
    ConstantRow<Kernel>{"multicast", &Kernel::multicast, 0.1, 1,
                        "Share of the second operand's L2 traffic that a cluster leaves"},
    ConstantRow<Kernel>{"hbm_reached", &Kernel::hbm_reached, 0.3, 1,
                        "Share of the data sheet's memory bandwidth"},
    ConstantRow<Kernel>{"write_back", &Kernel::write_back, 0, 1,
                        "Share of the outputs that reach memory within the kernel"},
    ConstantRow<Kernel>{"refetch", &Kernel::refetch, 0, 1,
                        "Share of a panel out of L2 that memory sends again for another wave"},
    ConstantRow<Kernel>{"memory_latency_cycles", &Kernel::memory_latency_cycles, 50, 10000,
                        "Stage from memory, as the mainloop sees it"},
    ConstantRow<Kernel>{"l2_latency_cycles", &Kernel::l2_latency_cycles, 50, 10000,
                        "Stage from L2"},
    ConstantRow<Kernel>{"max_stages", &Kernel::max_stages, 2, 16, "Stages that hide it, at most"},
    ConstantRow<Kernel>{"serial_share", &Kernel::serial_share, 0, 1,
                        "Share of a stage's tensor time that a CTA alone cannot overlap"},
    ConstantRow<Kernel>{"stage_cycles", &Kernel::stage_cycles, 0, 500, "Barriers of a stage"},
    ConstantRow<Kernel>{"epilogue_cycles", &Kernel::epilogue_cycles, 0, 20000,
                        "Prologue and epilogue of a CTA"},
    ConstantRow<Kernel>{"epilogue_exposed", &Kernel::epilogue_exposed, 0, 2,
                        "Share of it that every further round of CTAs adds"},
    ConstantRow<Kernel>{"store_cycles", &Kernel::store_cycles, 0, 20000, "Storing 128x256 outputs"},
    ConstantRow<Kernel>{"store_exposed", &Kernel::store_exposed, 0, 2,
                        "Share of it that every further CTA of an SM adds"},
    ConstantRow<Kernel>{"split_us", &Kernel::split_us, 0, 50, "Adding the sums of a split k"},
    ConstantRow<Kernel>{"split_traffic", &Kernel::split_traffic, 0, 50,
                        "Cost of a byte of partial sums, against one of L2"},
    ConstantRow<Kernel>{"overlap", &Kernel::overlap, 1, 32,
                        "Exponent of the norm that joins what overlaps"},
    ConstantRow<Kernel>{"hot_margin", &Kernel::hot_margin, 0.01, 2,
                        "Share of L2 between all operands found there and none"},
    ConstantRow<Kernel>{"activity", &Kernel::activity, 0.2, 4,
                        "Dynamic energy against the energy table's"},
    ConstantRow<Kernel>{"vector_launch_us", &Kernel::vector_launch_us, 0.5, 20,
                        "Matrix-vector kernel: as launch_us"},
    ConstantRow<Kernel>{"vector_hbm_reached", &Kernel::vector_hbm_reached, 0.3, 1,
                        "Matrix-vector kernel: as hbm_reached"},
    ConstantRow<Kernel>{"vector_cycles_per_mac", &Kernel::vector_cycles_per_mac, 0.01, 20,
                        "Matrix-vector kernel: of one lane"},
    ConstantRow<Kernel>{"vector_cycles_per_row", &Kernel::vector_cycles_per_row, 0, 1000,
                        "Matrix-vector kernel: of an SM, for one output feature"},
    ConstantRow<Kernel>{"vector_cycles_per_k", &Kernel::vector_cycles_per_k, 0, 10,
                        "Matrix-vector kernel: of the longest CTA"}};

constexpr std::array kHarnessRows = {
    ConstantRow<Harness>{"weight_sets", &Harness::weight_sets, 0, 1000,
                         "Sets of weights that the benchmark rotates through"},
    ConstantRow<Harness>{"throttle_us", &Harness::throttle_us, 0, 1e6,
                         "Duration of a kernel that runs half its time at a lowered clock"},
    ConstantRow<Harness>{"launch_us", &Harness::launch_us, -10, 20,
                         "On top of the kernel's own launch_us"}};

void check_map(const YamlNode& node, std::string_view key, Problems& problems) {
  if (node.kind == YamlNode::Kind::Map) return;
  problems.add(fmt::format("{}: {}: must be a map", node.place, key));
}

template <class Constants>
void read_rows(const YamlNode& map, std::span<const ConstantRow<Constants>> rows,
               Constants& constants, Problems& problems) {
  std::vector<std::string> keys;
  for (const auto& row : rows) keys.emplace_back(row.key);
  for (const YamlEntry& entry : map.entries) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.key == entry.key; });
    if (row == rows.end()) {
      problems.add(fmt::format("{}: {}: unknown key{}", entry.value.place, entry.key,
                               suggestion(entry.key, keys)));
      continue;
    }
    const auto value = parse_number(entry.value.scalar);
    if (!value || *value < row->low || *value > row->high) {
      problems.add(fmt::format("{}: {} = {}: must be {:g}..{:g}", entry.value.place, entry.key,
                               entry.value.scalar, row->low, row->high));
      continue;
    }
    constants.*(row->member) = *value;
  }
}

template <class Constants>
std::string rows_yaml(std::span<const ConstantRow<Constants>> rows, const Constants& constants,
                      std::string_view indent) {
  std::string text;
  for (const auto& row : rows) {
    text += fmt::format("{}{}: {:.6g}\n", indent, row.key, constants.*(row.member));
  }
  return text;
}

void read_fit(const YamlNode& map, FitRecord& fit, Problems& problems) {
  const std::vector<std::string> keys = {"checksum", "seed", "shapes", "mape_pct"};
  for (const YamlEntry& entry : map.entries) {
    if (std::ranges::find(keys, entry.key) != keys.end()) continue;
    problems.add(fmt::format("{}: fit.{}: unknown key{}", entry.value.place, entry.key,
                             suggestion(entry.key, keys)));
  }
  const auto read = [&](const std::string& key, const auto& parse, auto& member) {
    const YamlNode* node = map.find(key);
    if (node == nullptr) {
      problems.add(fmt::format("{}: fit.{}: must be given", map.place, key));
      return;
    }
    if (const auto value = parse(node->scalar); value && *value >= 0) {
      member = *value;
      return;
    }
    problems.add(fmt::format("{}: fit.{} = {}: must be a number, at least 0", node->place, key,
                             node->scalar));
  };
  if (const YamlNode* node = map.find("checksum")) fit.checksum = node->scalar;
  read("seed", parse_int, fit.seed);
  read("shapes", parse_int, fit.shapes);
  read("mape_pct", parse_number, fit.mape_pct);
}

// A YAML scalar in double quotes.
std::string quoted_scalar(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace

const LibraryCalibration* Calibration::find(const std::string& library) const {
  const auto found = libraries.find(library);
  return found == libraries.end() ? nullptr : &found->second;
}

std::span<const ConstantRow<KernelConstants>> kernel_constant_rows() { return kKernelRows; }
std::span<const ConstantRow<Harness>> harness_rows() { return kHarnessRows; }

Calibration shipped_calibration(const std::string& machine) {
  Calibration calibration;
  for (const EmbeddedFile& file : shipped_calibration_files()) {
    LibraryCalibration library = parse_calibration(file.text, std::string{file.name} + ".yaml");
    if (library.machine != machine) continue;
    calibration.libraries.emplace(library.library, std::move(library));
  }
  return calibration;
}

Calibration load_calibration(const GpuMachine& machine) {
  const std::string& name = machine.calibration;
  if (name.empty()) return {};
  if (name.find('/') != std::string::npos || name.ends_with(".yaml")) {
    LibraryCalibration library = parse_calibration(read_text_file(name, kMaxYamlBytes), name);
    Calibration calibration;
    const std::string key = library.library;
    calibration.libraries.emplace(key, std::move(library));
    return calibration;
  }
  Calibration calibration = shipped_calibration(name);
  if (!calibration.libraries.empty()) return calibration;
  std::set<std::string> shipped;
  for (const EmbeddedFile& file : shipped_calibration_files()) {
    shipped.insert(parse_calibration(file.text, std::string{file.name} + ".yaml").machine);
  }
  const auto place = machine.places.find("calibration");
  throw ConfigError{fmt::format(
      "{}calibration = {}: must be {}, a YAML file, or empty for none{}",
      place == machine.places.end() ? "" : place->second + ": ", name, fmt::join(shipped, "|"),
      suggestion(name, std::vector<std::string>(shipped.begin(), shipped.end())))};
}

LibraryCalibration parse_calibration(std::string_view text, const std::string& source) {
  const YamlNode root = parse_yaml(text, source);
  Problems problems;
  LibraryCalibration calibration;
  const std::vector<std::string> keys = {"machine", "library", "fit", "constants", "harnesses"};
  for (const YamlEntry& entry : root.entries) {
    if (entry.key == "machine") {
      calibration.machine = entry.value.scalar;
    } else if (entry.key == "library") {
      calibration.library = entry.value.scalar;
    } else if (entry.key == "fit") {
      check_map(entry.value, "fit", problems);
      read_fit(entry.value, calibration.fit, problems);
    } else if (entry.key == "constants") {
      check_map(entry.value, "constants", problems);
      read_rows<KernelConstants>(entry.value, kKernelRows, calibration.constants, problems);
    } else if (entry.key == "harnesses") {
      check_map(entry.value, "harnesses", problems);
      for (const YamlEntry& harness : entry.value.entries) {
        check_map(harness.value, harness.key, problems);
        read_rows<Harness>(harness.value, kHarnessRows, calibration.harnesses[harness.key],
                           problems);
      }
    } else {
      problems.add(fmt::format("{}: {}: unknown key{}", entry.value.place, entry.key,
                               suggestion(entry.key, keys)));
    }
  }
  if (calibration.machine.empty()) problems.add(root.place + ": machine: must be given");
  if (calibration.library.empty()) problems.add(root.place + ": library: must be given");
  problems.throw_if_any();
  return calibration;
}

std::string calibration_yaml(const LibraryCalibration& calibration) {
  std::string text = fmt::format(
      "# SPDX-License-Identifier: Apache-2.0\n"
      "# SPDX-FileCopyrightText: The Olivine authors\n"
      "#\n"
      "# Fitted by `olivine calibrate`; meaning and ranges: sim/tensor_core/calibration.h.\n"
      "machine: {}\nlibrary: {}\n"
      "fit:\n  checksum: {}\n  seed: {}\n  shapes: {}\n  mape_pct: {:.3g}\n"
      "constants:\n{}{}",
      calibration.machine, calibration.library, calibration.fit.checksum, calibration.fit.seed,
      calibration.fit.shapes, calibration.fit.mape_pct,
      rows_yaml<KernelConstants>(kKernelRows, calibration.constants, "  "),
      calibration.harnesses.empty() ? "" : "harnesses:\n");
  for (const auto& [name, harness] : calibration.harnesses) {
    text += fmt::format("  {}:\n{}", quoted_scalar(name),
                        rows_yaml<Harness>(kHarnessRows, harness, "    "));
  }
  return text;
}

}  // namespace olivine
