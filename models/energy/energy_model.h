// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "models/base/units.h"
#include "models/energy/actions.h"
#include "models/energy/sram.h"
#include "models/machines/machine.h"

namespace olivine {

struct EnergyTable;

// Silicon of the array and its scratchpads. Not included, because no source gives it: operand
// selection for 2:4, output adders, vector unit, DMA, control, wires.
struct AreaBreakdown {
  double pe_um2 = 0;
  double decoder_4bit_um2 = 0;
  double decoder_8bit_um2 = 0;
  double activation_buffer_um2 = 0;
  double weight_buffer_um2 = 0;
  double output_buffer_um2 = 0;

  [[nodiscard]] double total_um2() const;
  using Components = std::array<std::pair<std::string_view, double>, 6>;
  [[nodiscard]] Components components() const;
};

// Border decoders of an array: one 4-bit decoder a row and a column, one 8-bit decoder for every
// group of rows or columns that forms an 8-bit lane (OliVe Table 11: 128 and 64 for 64x64).
struct DecoderCounts {
  int64_t four_bit = 0;
  int64_t eight_bit = 0;
};
[[nodiscard]] DecoderCounts decoder_counts(const ArrayConfig& array);

// Energy and area of one machine: counts x energy an action + leakage x time. An idle PE costs
// leakage only (perfect clock gating). Scratchpads are pairs of single-port macros; a byte costs
// its share of a full-word access. DRAM traffic costs the device's energy a bit.
class EnergyModel {
 public:
  // Throws ConfigError that lists every name the machine's energy table does not have.
  explicit EnergyModel(const MachineConfig& machine);
  EnergyModel(const MachineConfig& machine, const EnergyTable& table);

  // Contract: `cycles` at the machine's clock cover all actions. Called by the mapper for every
  // candidate: multiplications and additions only.
  [[nodiscard]] EnergyBreakdown energy(const ActionCounts& counts, Cycles cycles) const {
    const auto cost = [](uint64_t count, double pj) { return static_cast<double>(count) * pj; };
    const auto time_cycles = static_cast<double>(cycles.count());
    return {.pe_pj = cost(counts.pe_ops, pe_op_pj_),
            .decoder_pj = cost(counts.decoded_elems, decode_4bit_pj_) +
                          cost(counts.decoded_8bit_elems, decode_8bit_pj_),
            .activation_buffer_pj =
                cost(counts.activation_buffer_read_bytes, activation_buffer_.read_pj_per_byte) +
                cost(counts.activation_buffer_write_bytes, activation_buffer_.write_pj_per_byte),
            .weight_buffer_pj =
                cost(counts.weight_buffer_read_bytes, weight_buffer_.read_pj_per_byte) +
                cost(counts.weight_buffer_write_bytes, weight_buffer_.write_pj_per_byte),
            .output_buffer_pj =
                cost(counts.output_buffer_read_bytes, output_buffer_.read_pj_per_byte) +
                cost(counts.output_buffer_write_bytes, output_buffer_.write_pj_per_byte),
            .dram_pj = cost(counts.dram_read_bytes, dram_read_pj_per_byte_) +
                       cost(counts.dram_write_bytes, dram_write_pj_per_byte_),
            .vector_pj = cost(counts.vector_ops, vector_op_pj_),
            .leakage_pj = time_cycles * leakage_pj_per_cycle_,
            .dram_background_pj = time_cycles * dram_background_pj_per_cycle_};
  }

  [[nodiscard]] AreaBreakdown area() const { return area_; }

 private:
  void set_array(const ArrayConfig& array, const EnergyTable& table);
  void set_buffers(const MemoryConfig& memory, const EnergyTable& table);
  void set_dram(const DramConfig& dram, const EnergyTable& table);

  double pe_op_pj_ = 0;
  double decode_4bit_pj_ = 0;
  double decode_8bit_pj_ = 0;
  double vector_op_pj_ = 0;
  double dram_read_pj_per_byte_ = 0;
  double dram_write_pj_per_byte_ = 0;
  double leakage_pj_per_cycle_ = 0;
  double dram_background_pj_per_cycle_ = 0;
  Scratchpad activation_buffer_;
  Scratchpad weight_buffer_;
  Scratchpad output_buffer_;
  AreaBreakdown area_;
  double clock_hz_;
};

}  // namespace olivine
