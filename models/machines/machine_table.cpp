// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/machine.h"

#include "models/base/config_table.h"

namespace olivine {
namespace {

using Machine = MachineConfig;

constexpr Range<int64_t> kArrayExtent{1, 1024};
constexpr Range<int64_t> kRegisterStages{0, 64};
constexpr Range<int64_t> kBufferBytes{int64_t{1} << 11, int64_t{1} << 26};

void add_description(ConfigTable<Machine>& table) {
  table
      .text(
          "name", [](Machine & m) -> auto& { return m.name; }, "Name in results")
      .text(
          "description", [](Machine & m) -> auto& { return m.description; }, "One sentence")
      .text(
          "source", [](Machine & m) -> auto& { return m.source; },
          "Where the numbers come from, and which are ours")
      .frequency(
          "clock", [](Machine & m) -> auto& { return m.clock_hz; }, {1e6, 10e9},
          "Clock of array, buffers and DRAM interface");
}

void add_array(ConfigTable<Machine>& table) {
  table
      .integer(
          "array.rows", [](Machine & m) -> auto& { return m.array.rows; }, kArrayExtent,
          "PE rows, lanes of the operand that enters from the left")
      .integer(
          "array.cols", [](Machine & m) -> auto& { return m.array.cols; }, kArrayExtent,
          "PE columns, lanes of the operand that enters from the top")
      .integer(
          "array.pe_operand_bits", [](Machine & m) -> auto& { return m.array.pe_operand_bits; },
          {4, 8}, "Operand bits of one PE, 4 or 8; wider operands take several lanes")
      .choice<Arithmetic>(
          "array.arithmetic", [](Machine & m) -> auto& { return m.array.arithmetic; },
          kArithmeticNames, "Arithmetic of the PEs; float runs fp8 only")
      .boolean(
          "array.ovp_decoders", [](Machine & m) -> auto& { return m.array.has_ovp_decoders; },
          "Outlier-victim pair decoders on the left and top borders")
      .boolean(
          "array.sparse_select", [](Machine & m) -> auto& { return m.array.has_sparse_select; },
          "4:1 activation multiplexers that execute 2:4 weights")
      .choice<Dataflow>(
          "array.dataflow", [](Machine & m) -> auto& { return m.array.dataflow; }, kDataflowNames,
          "Operand that stays in the PEs: weights, outputs, inputs")
      .choice<Pipelining>(
          "array.pipelining", [](Machine & m) -> auto& { return m.array.pipelining; },
          kPipeliningNames, "Whether preload and drain hide behind other folds")
      .integer(
          "array.decoder_latency_cycles",
          [](Machine & m) -> auto& { return m.array.decoder_latency_cycles; }, kRegisterStages,
          "Register stages of the border decoders, paid once a layer", "cycles")
      .integer(
          "array.output_latency_cycles",
          [](Machine & m) -> auto& { return m.array.output_latency_cycles; }, kRegisterStages,
          "Register stages of the output adders, paid once a layer", "cycles")
      .text(
          "array.pe", [](Machine & m) -> auto& { return m.array.pe; },
          "PE kind of the energy table");
}

void add_memory(ConfigTable<Machine>& table) {
  table
      .bytes(
          "memory.activation_buffer",
          [](Machine & m) -> auto& { return m.memory.activation_buffer; }, kBufferBytes,
          "Double-buffered activation scratchpad, both halves")
      .bytes(
          "memory.weight_buffer", [](Machine & m) -> auto& { return m.memory.weight_buffer; },
          kBufferBytes, "Double-buffered weight scratchpad, both halves")
      .bytes(
          "memory.output_buffer", [](Machine & m) -> auto& { return m.memory.output_buffer; },
          kBufferBytes, "Double-buffered output scratchpad, both halves")
      .text(
          "memory.sram", [](Machine & m) -> auto& { return m.memory.sram; },
          "SRAM cell family of the energy table")
      .choice<DramModel>(
          "dram.model", [](Machine & m) -> auto& { return m.dram.model; }, kDramModelNames,
          "DRAM timing model")
      .integer(
          "dram.bytes_per_cycle", [](Machine & m) -> auto& { return m.dram.bytes_per_cycle; },
          {1, 65536}, "Peak DRAM bandwidth", "bytes/cycle")
      .integer(
          "dram.latency_cycles", [](Machine & m) -> auto& { return m.dram.latency_cycles; },
          {0, 100000}, "Latency of a DRAM request before its first byte", "cycles")
      .text(
          "dram.device", [](Machine & m) -> auto& { return m.dram.device; },
          "DRAM device of the energy table");
}

void add_banked(ConfigTable<Machine>& table) {
  table
      .choice<DramPreset>(
          "dram.preset", [](Machine & m) -> auto& { return m.dram.banked.preset; },
          kDramPresetNames, "banked: device whose organisation and timing are used")
      .integer(
          "dram.channels", [](Machine & m) -> auto& { return m.dram.banked.channels; }, {1, 32},
          "banked: channels, each with a controller; addresses alternate every 256 bytes")
      .integer(
          "dram.ranks", [](Machine & m) -> auto& { return m.dram.banked.ranks; }, {1, 8},
          "banked: ranks of a channel")
      .integer(
          "dram.queue_depth", [](Machine & m) -> auto& { return m.dram.banked.queue_depth; },
          {1, 256}, "banked: bursts that a channel's controller chooses from", "bursts")
      .choice<RowPolicy>(
          "dram.row_policy", [](Machine & m) -> auto& { return m.dram.banked.row_policy; },
          kRowPolicyNames, "banked: a row stays open, or is closed when no queued burst wants it")
      .choice<DramScheduler>(
          "dram.scheduler", [](Machine & m) -> auto& { return m.dram.banked.scheduler; },
          kDramSchedulerNames, "banked: row hits first and then the oldest burst, or the oldest")
      .boolean(
          "dram.refresh", [](Machine & m) -> auto& { return m.dram.banked.has_refresh; },
          "banked: all banks of a rank are refreshed every tREFI");
}

void add_decompressor(ConfigTable<Machine>& table) {
  table
      .integer(
          "decompressor.elements_per_cycle",
          [](Machine & m) -> auto& { return m.dram.decompressor.elements_per_cycle; }, {0, 65536},
          "Weights that the decompressor between DRAM and the weight scratchpad expands; 0: none",
          "elements/cycle")
      .integer(
          "decompressor.latency_cycles",
          [](Machine & m) -> auto& { return m.dram.decompressor.latency_cycles; }, kRegisterStages,
          "Register stages of the decompressor, paid once a transfer of weights", "cycles");
}

ConfigTable<Machine> make_table() {
  ConfigTable<Machine> table;
  add_description(table);
  add_array(table);
  add_memory(table);
  add_banked(table);
  add_decompressor(table);
  table
      .integer(
          "vector.ops_per_cycle", [](Machine & m) -> auto& { return m.vector.ops_per_cycle; },
          {1, 65536}, "Element operations a cycle of the vector unit", "ops/cycle")
      .number(
          "mapper.slack_pct", [](Machine & m) -> auto& { return m.mapper.slack_pct; }, {0, 100},
          "Slowdown of a layer that the mapper accepts for less energy; 0: fewest cycles first",
          "%")
      .text(
          "energy.table", [](Machine & m) -> auto& { return m.energy_table; },
          "Energy table: a shipped name or a YAML file");
  return table;
}

}  // namespace

const ConfigTable<MachineConfig>& machine_table() {
  static const ConfigTable<MachineConfig> kTable = make_table();
  return kTable;
}

}  // namespace olivine
