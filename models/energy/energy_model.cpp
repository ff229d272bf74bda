// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/energy_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/energy_table.h"

namespace olivine {
namespace {

constexpr double kUm2PerMm2 = 1e6;
constexpr double kPjPerMicrojoule = 1e6;
constexpr double kPjPerMillijoule = 1e9;
constexpr double kBitsPerByte = 8;

// "file:line: " of the line that set a key, or nothing where the user gave no file.
std::string place_of(const MachineConfig& machine, const std::string& key) {
  const auto place = machine.places.find(key);
  return place == machine.places.end() ? std::string{} : place->second + ": ";
}

void check_known(const MachineConfig& machine, const std::string& key, const std::string& name,
                 const std::vector<std::string>& legal, const EnergyTable& table,
                 Problems& problems) {
  if (std::find(legal.begin(), legal.end(), name) != legal.end()) return;
  problems.add(fmt::format("{}{} = {}: not in energy table {}{} (legal: {})",
                           place_of(machine, key), key, name, table.name, suggestion(name, legal),
                           fmt::join(legal, ", ")));
}

void check_names(const MachineConfig& machine, const EnergyTable& table) {
  Problems problems;
  check_known(machine, "array.pe", machine.array.pe, table.kinds("pe"), table, problems);
  check_known(machine, "memory.sram", machine.memory.sram, table.sram_cells(), table, problems);
  check_known(machine, "dram.device", machine.dram.device, table.kinds("dram"), table, problems);
  problems.throw_if_any();
}

}  // namespace

double AreaBreakdown::total_um2() const {
  return pe_um2 + decoder_4bit_um2 + decoder_8bit_um2 + activation_buffer_um2 + weight_buffer_um2 +
         output_buffer_um2;
}

AreaBreakdown::Components AreaBreakdown::components() const {
  return {{{"pe", pe_um2},
           {"decoder_4bit", decoder_4bit_um2},
           {"decoder_8bit", decoder_8bit_um2},
           {"activation_buffer", activation_buffer_um2},
           {"weight_buffer", weight_buffer_um2},
           {"output_buffer", output_buffer_um2}}};
}

DecoderCounts decoder_counts(const ArrayConfig& array) {
  if (!array.has_ovp_decoders) return {};
  const int64_t lanes_8bit = 8 / array.pe_operand_bits;
  return {.four_bit = array.rows + array.cols,
          .eight_bit = array.rows / lanes_8bit + array.cols / lanes_8bit};
}

EnergyModel::EnergyModel(const MachineConfig& machine)
    : EnergyModel(machine, load_energy_table(machine.energy_table)) {}

EnergyModel::EnergyModel(const MachineConfig& machine, const EnergyTable& table)
    : clock_hz_(machine.clock_hz) {
  require_kind(table, EnergyTableKind::Systolic);
  check_names(machine, table);
  set_array(machine.array, table);
  set_buffers(machine.memory, table);
  set_dram(machine.dram, table);
  vector_op_pj_ = table.value("vector.op.energy");
}

void EnergyModel::set_array(const ArrayConfig& array, const EnergyTable& table) {
  const std::string pe = "pe." + array.pe;
  const auto pes = static_cast<double>(array.rows) * static_cast<double>(array.cols);
  const DecoderCounts decoders = decoder_counts(array);
  const auto four_bit = static_cast<double>(decoders.four_bit);
  const auto eight_bit = static_cast<double>(decoders.eight_bit);

  pe_op_pj_ = table.value(pe + ".energy");
  // Without OVP decoders operands go to the PEs as they are.
  decode_4bit_pj_ = array.has_ovp_decoders ? table.value("decoder.4bit.energy") : 0;
  decode_8bit_pj_ = array.has_ovp_decoders ? table.value("decoder.8bit.energy") : 0;
  area_.pe_um2 = pes * table.value(pe + ".area");
  area_.decoder_4bit_um2 = four_bit * table.value("decoder.4bit.area");
  area_.decoder_8bit_um2 = eight_bit * table.value("decoder.8bit.area");
  const double leakage_uw = pes * table.value(pe + ".leakage") +
                            four_bit * table.value("decoder.4bit.leakage") +
                            eight_bit * table.value("decoder.8bit.leakage");
  leakage_pj_per_cycle_ += leakage_uw * kPjPerMicrojoule / clock_hz_;
}

void EnergyModel::set_buffers(const MemoryConfig& memory, const EnergyTable& table) {
  const auto family =
      std::find_if(table.sram.begin(), table.sram.end(),
                   [&](const SramFamily& entry) { return entry.cell == memory.sram; });
  OLV_CHECK(family != table.sram.end(), "{}", memory.sram);
  const auto add = [&](Scratchpad& pad, double& area_um2, const char* key, int64_t bytes) {
    pad = make_scratchpad(*family, key, bytes);
    area_um2 = pad.area_mm2() * kUm2PerMm2;
    leakage_pj_per_cycle_ += pad.leakage_mw() * kPjPerMillijoule / clock_hz_;
  };
  add(activation_buffer_, area_.activation_buffer_um2, "memory.activation_buffer",
      memory.activation_buffer);
  add(weight_buffer_, area_.weight_buffer_um2, "memory.weight_buffer", memory.weight_buffer);
  add(output_buffer_, area_.output_buffer_um2, "memory.output_buffer", memory.output_buffer);
}

void EnergyModel::set_dram(const DramConfig& dram, const EnergyTable& table) {
  const std::string device = "dram." + dram.device;
  dram_read_pj_per_byte_ = kBitsPerByte * table.value(device + ".read");
  dram_write_pj_per_byte_ = kBitsPerByte * table.value(device + ".write");
  if (const EnergyEntry* background = table.find(device + ".background")) {
    dram_background_pj_per_cycle_ = background->value * kPjPerMillijoule / clock_hz_;
  }
}

}  // namespace olivine
