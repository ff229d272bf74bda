// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <map>
#include <utility>

#include "experiments/cli/numbers.h"
#include "experiments/cli/platform_experiment.h"
#include "experiments/cli/platform_report.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "experiments/platform/platform_result.h"
#include "models/base/text.h"
#include "sim/platform/partition.h"

namespace olivine::cli {
namespace {

// Layers of one table row: the same place in a repeated block, and the same figures.
struct Group {
  std::string name;  // "encoder.*.query"
  size_t layer = 0;  // the first of them
  uint64_t count = 0;
};

// Layers of one phase are equal under data and output partition; under layer partition each has
// its own accelerator and its own row.
std::vector<Group> group_layers(const PlatformReport& report) {
  const PlatformProgram& program = *report.program;
  const bool is_pipelined = report.experiment->platform.partition == Partition::Layer;
  std::vector<Group> groups;
  std::map<std::pair<std::string, size_t>, size_t> known;
  for (size_t i = 0; i < program.workload.layers.size(); ++i) {
    const std::string& name = program.workload.layers[i].name;
    const size_t kin = is_pipelined ? i : program.phase_of_layer[i];
    const auto key = std::pair{layer_pattern(name), kin};
    const auto [at, is_new] = known.emplace(key, groups.size());
    if (is_new) {
      groups.push_back({name, i, 1});
    } else {
      groups[at->second].name = key.first;
      ++groups[at->second].count;
    }
  }
  return groups;
}

std::string layer_size(const Layer& layer) {
  if (layer.kind == LayerKind::Vector) {
    return with_separators(static_cast<uint64_t>(layer.vector_elems) *
                           static_cast<uint64_t>(layer.vector_ops)) +
           " ops";
  }
  return shape_text(layer.gemm);
}

double gigabytes_per_second(uint64_t bytes, double seconds) {
  return seconds == 0 ? 0 : static_cast<double>(bytes) / seconds / 1e9;
}

TextTable layer_table(const PlatformReport& report) {
  const PlatformConfig& platform = report.experiment->platform;
  TextTable table;
  table.column("layer", Align::Left).column("kind", Align::Left).column("m x n x k", Align::Left);
  table.column("cycles").column("share").column("slices").column("slowest", Align::Left);
  table.column("its cycles").column("stalled").column("DRAM");
  for (const Group& group : group_layers(report)) {
    const Layer& layer = report.program->workload.layers[group.layer];
    const LayerOnPlatform& result = report.result->layers[group.layer];
    const SliceResult& slowest = result.slowest();
    const uint64_t cycles = result.cycles * group.count;
    table.row(
        {group.count == 1 ? group.name : fmt::format("{} x{}", group.name, group.count),
         std::string{name_of<LayerKind>(kLayerKindNames, layer.kind)}, layer_size(layer),
         with_separators(cycles),
         percent_text(static_cast<double>(cycles), static_cast<double>(report.result->cycles)),
         with_separators(result.slices.size()),
         platform.accelerators[slowest.job->accelerator].name,
         with_separators(slowest.work.cycles * group.count),
         percent_text(static_cast<double>(total_stalls(slowest.work)),
                      static_cast<double>(slowest.work.cycles)),
         byte_text(total_dram_bytes(result.total()) * group.count)});
  }
  return table;
}

// Where the cycles of every accelerator go, in % of all; a row adds up to 100.
TextTable time_table(const PlatformReport& report) {
  const auto cycles = static_cast<double>(report.result->cycles);
  const auto share = [&](uint64_t part) { return percent_text(static_cast<double>(part), cycles); };
  TextTable table;
  table.column("cycles of", Align::Left).column("machine", Align::Left);
  table.column("model", Align::Left).column("array");
  for (const std::string_view cause : kStallCauseNames) table.column(std::string{cause});
  table.column("vector").column("host").column("idle").column("PEs busy");
  for (size_t i = 0; i < report.result->accelerators.size(); ++i) {
    const PlatformAccelerator& accelerator = report.experiment->platform.accelerators[i];
    const AcceleratorResult& result = report.result->accelerators[i];
    const ArrayConfig& array = accelerator.machine.array;
    std::vector<std::string> cells = {
        accelerator.name, fmt::format("{}x{}", array.rows, array.cols),
        std::string{name_of<AcceleratorModel>(kAcceleratorModelNames, accelerator.model)},
        share(result.work.array_cycles)};
    for (const uint64_t stall : result.work.stalls) cells.push_back(share(stall));
    LayerResult whole = result.work;
    whole.cycles = report.result->cycles;
    cells.insert(cells.end(), {share(result.work.vector_cycles), share(result.host_cycles),
                               share(result.idle_cycles),
                               percent_text(utilization_of(whole, accelerator.machine), 1.0)});
    table.row(std::move(cells));
  }
  return table;
}

// Packets of every accelerator; waits in cycles in which the one at the head was not granted.
TextTable bus_table(const PlatformReport& report) {
  TextTable table;
  table.column("packets of", Align::Left).column("memory", Align::Left).column("packets");
  table.column("bytes").column("GB/s").column("mean latency").column("wait: others");
  table.column("own").column("memory").column("energy");
  for (size_t i = 0; i < report.result->accelerators.size(); ++i) {
    const PlatformAccelerator& accelerator = report.experiment->platform.accelerators[i];
    const InitiatorStats& bus = report.result->accelerators[i].bus;
    const uint64_t bytes = bus.read_bytes + bus.write_bytes;
    const double latency = bus.packets == 0 ? 0
                                            : static_cast<double>(bus.latency_cycles) /
                                                  static_cast<double>(bus.packets);
    table.row({accelerator.name, accelerator.memory, with_separators(bus.packets), byte_text(bytes),
               fmt::format("{:.2f}", gigabytes_per_second(bytes, report.seconds())),
               fmt::format("{:.1f}", latency), with_separators(bus.wait_bus_cycles),
               with_separators(bus.wait_self_cycles), with_separators(bus.wait_memory_cycles),
               energy_text(report.result->accelerators[i].work.energy.total_pj())});
  }
  return table;
}

TextTable memory_table(const PlatformReport& report) {
  TextTable table;
  table.column("memory", Align::Left).column("model", Align::Left).column("operands");
  table.column("read").column("written").column("GB/s").column("busy").column("rows", Align::Left);
  for (size_t i = 0; i < report.result->memories.size(); ++i) {
    const PlatformMemory& memory = report.experiment->platform.memories[i];
    const MemoryStats& stats = report.result->memories[i];
    const bool is_banked = memory.dram.model == DramModel::Banked;
    table.row({memory.name, std::string{name_of<DramModel>(kDramModelNames, memory.dram.model)},
               byte_text(report.program->memory_bytes[i]), byte_text(stats.read_bytes),
               byte_text(stats.write_bytes),
               fmt::format("{:.2f}", gigabytes_per_second(stats.read_bytes + stats.write_bytes,
                                                          report.seconds())),
               percent_text(static_cast<double>(stats.busy_cycles),
                            static_cast<double>(report.result->cycles)),
               is_banked ? row_text(stats) : ""});
  }
  return table;
}

std::string summary(const PlatformReport& report) {
  const PlatformConfig& platform = report.experiment->platform;
  const PlatformResult& result = *report.result;
  return fmt::format(
      "simulated  {} cycles, {} at {}; {} input{}, {:.4g} a second\n"
      "PEs busy   {}, {} MACs, {} folds, {} tiles\n"
      "energy     {}: {}\n"
      "DRAM       {}: {}\n",
      with_separators(result.cycles), time_text(report.seconds()),
      format_frequency(platform.clock_hz), with_separators(static_cast<uint64_t>(platform.inputs)),
      platform.inputs == 1 ? "" : "s", static_cast<double>(platform.inputs) / report.seconds(),
      percent_text(platform_utilization(platform, result), 1.0), with_separators(result.total.macs),
      with_separators(result.total.folds), with_separators(result.total.tiles),
      energy_text(result.total.energy.total_pj()), energy_shares(result.total),
      byte_text(total_dram_bytes(result.total)), traffic_text(result.total));
}

}  // namespace

std::string to_table(const PlatformReport& report, bool is_colored) {
  const PlatformExperiment& experiment = *report.experiment;
  std::string text =
      bold(fmt::format("{} on {}, {}, partition {}", experiment.workload.name,
                       experiment.platform.name, experiment.scheme.name,
                       name_of<Partition>(kPartitionNames, experiment.platform.partition)),
           is_colored);
  text += "\n";
  for (const TextTable& table :
       {layer_table(report), time_table(report), bus_table(report), memory_table(report)}) {
    text += "\n" + table.render(is_colored);
  }
  return text + "\n" + summary(report);
}

}  // namespace olivine::cli
