// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/config_table.h"
#include "sim/platform/platform_config.h"

namespace olivine {
namespace {

using Platform = PlatformConfig;
using Memory = PlatformMemory;
using Accelerator = PlatformAccelerator;

constexpr Range<int64_t> kCycles{0, 1'000'000};
constexpr Range<int64_t> kDataPathBytes{1, 4096};
constexpr Range<int64_t> kPacketBytes{1, 65536};
constexpr Range<int64_t> kInputs{1, 1'000'000};
constexpr Range<int64_t> kMemoryBytes{kMemoryAlignmentBytes, int64_t{1} << 50};
constexpr Range<int64_t> kAddress{0, kAddressEnd - kMemoryAlignmentBytes};
constexpr Range<int64_t> kDepth{2, 1024};  // of the scratchpads of rtl/accelerator

ConfigTable<Platform> make_platform_table() {
  ConfigTable<Platform> table;
  table.text(
      "name", [](Platform & p) -> auto& { return p.name; }, "Name in results");
  table.text(
      "description", [](Platform & p) -> auto& { return p.description; }, "One sentence");
  table.text(
      "source", [](Platform & p) -> auto& { return p.source; },
      "Where the numbers come from, and which are ours");
  table.frequency(
      "clock", [](Platform & p) -> auto& { return p.clock_hz; }, {1e6, 10e9},
      "Clock of bus and accelerators");
  table.choice<Partition>(
      "partition", [](Platform & p) -> auto& { return p.partition; }, kPartitionNames,
      "What accelerators share a network by: rows of activations, output features, layers");
  table.integer(
      "inputs", [](Platform & p) -> auto& { return p.inputs; }, kInputs,
      "Inferences, one after the other; pipelined where layers are shared");
  table.integer(
      "host.submit_cycles", [](Platform & p) -> auto& { return p.host.submit_cycles; }, kCycles,
      "From the end of what a layer waits for to its start", "cycles");
  table.integer(
      "bus.bytes_per_cycle", [](Platform & p) -> auto& { return p.bus.bytes_per_cycle; },
      kDataPathBytes, "Data path to one memory", "bytes/cycle");
  table.integer(
      "bus.latency_cycles", [](Platform & p) -> auto& { return p.bus.latency_cycles; }, kCycles,
      "Of a request on its way to a memory, and again of a response", "cycles");
  table.bytes(
      "bus.packet", [](Platform & p) -> auto& { return p.bus.packet_bytes; }, kPacketBytes,
      "Largest packet, a multiple of the data path");
  table.choice<Arbitration>(
      "bus.arbitration", [](Platform & p) -> auto& { return p.bus.arbitration; }, kArbitrationNames,
      "Whose packet a memory takes next");
  return table;
}

ConfigTable<Memory> make_memory_table() {
  ConfigTable<Memory> table;
  table.text(
      "name", [](Memory & m) -> auto& { return m.name; }, "Name that accelerators use");
  table.address(
      "base", [](Memory & m) -> auto& { return m.base; }, kAddress,
      "First address, a multiple of 64");
  table.bytes(
      "size", [](Memory & m) -> auto& { return m.size_bytes; }, kMemoryBytes,
      "Bytes from there on, a multiple of 64");
  table.include(
      machine_table(), "dram.",
      [](const Memory& m) {
        MachineConfig machine;
        machine.dram = m.dram;
        return machine;
      },
      [](Memory& m, const MachineConfig& machine) { m.dram = machine.dram; });
  return table;
}

ConfigTable<Accelerator> make_accelerator_table() {
  ConfigTable<Accelerator> table;
  table.text(
      "name", [](Accelerator & a) -> auto& { return a.name; }, "Name in results");
  table.integer(
      "count", [](Accelerator & a) -> auto& { return a.count; },
      {1, static_cast<int64_t>(kMaxAccelerators)},
      "Equal accelerators; more than one are called name0, name1, ...");
  table.text(
      "machine", [](Accelerator & a) -> auto& { return a.machine_name; },
      "A shipped machine or a YAML file; its DRAM is not used");
  table.choice<AcceleratorModel>(
      "model", [](Accelerator & a) -> auto& { return a.model; }, kAcceleratorModelNames,
      "How it is simulated: tiles as events, or every cycle with values");
  table.text(
      "memory", [](Accelerator & a) -> auto& { return a.memory; },
      "Memory that holds its operands");
  table.integer(
      "priority", [](Accelerator & a) -> auto& { return a.priority; }, {0, 255},
      "Arbitration priority: 0 is served first");
  table.integer(
      "share", [](Accelerator & a) -> auto& { return a.share; }, {1, 1000},
      "Arbitration qos: share of the bandwidth, relative to the others");
  table.integer(
      "outstanding", [](Accelerator & a) -> auto& { return a.outstanding; }, {1, 65536},
      "Packets without response at most");
  table.integer(
      "buffer_depth", [](Accelerator & a) -> auto& { return a.buffer_depth; }, kDepth,
      "Models stream and rtl: words of a bank in one half of an operand scratchpad");
  table.integer(
      "output_depth", [](Accelerator & a) -> auto& { return a.output_depth; }, kDepth,
      "Models stream and rtl: results of a column in one half of the output scratchpad");
  table.text(
      "rtl", [](Accelerator & a) -> auto& { return a.rtl; },
      "Model rtl: folder of the SystemVerilog tree; that of this build when absent");
  return table;
}

}  // namespace

const ConfigTable<PlatformConfig>& platform_table() {
  static const ConfigTable<PlatformConfig> kTable = make_platform_table();
  return kTable;
}

const ConfigTable<PlatformMemory>& platform_memory_table() {
  static const ConfigTable<PlatformMemory> kTable = make_memory_table();
  return kTable;
}

const ConfigTable<PlatformAccelerator>& platform_accelerator_table() {
  static const ConfigTable<PlatformAccelerator> kTable = make_accelerator_table();
  return kTable;
}

}  // namespace olivine
