// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace olivine {

// What a layer did, counted by the simulators. Bytes are as moved, padding included.
struct ActionCounts {
  uint64_t pe_ops = 0;              // active PE cycles: one lane pair multiplied and accumulated
  uint64_t decoded_elems = 0;       // 4-bit elements through a border decoder
  uint64_t decoded_8bit_elems = 0;  // 8-bit elements through a border decoder
  uint64_t activation_buffer_read_bytes = 0;
  uint64_t activation_buffer_write_bytes = 0;
  uint64_t weight_buffer_read_bytes = 0;
  uint64_t weight_buffer_write_bytes = 0;
  uint64_t output_buffer_read_bytes = 0;
  uint64_t output_buffer_write_bytes = 0;
  uint64_t dram_read_bytes = 0;
  uint64_t dram_write_bytes = 0;
  uint64_t vector_ops = 0;

  ActionCounts& add(const ActionCounts& other, uint64_t times);
  ActionCounts& operator+=(const ActionCounts& other) { return add(other, 1); }
  bool operator==(const ActionCounts&) const = default;
};

struct EnergyBreakdown {
  double pe_pj = 0;
  double decoder_pj = 0;
  double activation_buffer_pj = 0;
  double weight_buffer_pj = 0;
  double output_buffer_pj = 0;
  double dram_pj = 0;
  double vector_pj = 0;
  double leakage_pj = 0;          // PEs, decoders and SRAM
  double dram_background_pj = 0;  // 0 where the table has no background power for the device

  EnergyBreakdown& add(const EnergyBreakdown& other, double times);
  EnergyBreakdown& operator+=(const EnergyBreakdown& other) { return add(other, 1.0); }
  [[nodiscard]] double total_pj() const;
  // In the order above, named as in the result JSON: {"pe", pe_pj}, ...
  using Components = std::array<std::pair<std::string_view, double>, 9>;
  [[nodiscard]] Components components() const;
};

}  // namespace olivine
