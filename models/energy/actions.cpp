// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/actions.h"

namespace olivine {

ActionCounts& ActionCounts::add(const ActionCounts& other, uint64_t times) {
  pe_ops += times * other.pe_ops;
  decoded_elems += times * other.decoded_elems;
  decoded_8bit_elems += times * other.decoded_8bit_elems;
  activation_buffer_read_bytes += times * other.activation_buffer_read_bytes;
  activation_buffer_write_bytes += times * other.activation_buffer_write_bytes;
  weight_buffer_read_bytes += times * other.weight_buffer_read_bytes;
  weight_buffer_write_bytes += times * other.weight_buffer_write_bytes;
  output_buffer_read_bytes += times * other.output_buffer_read_bytes;
  output_buffer_write_bytes += times * other.output_buffer_write_bytes;
  dram_read_bytes += times * other.dram_read_bytes;
  dram_write_bytes += times * other.dram_write_bytes;
  vector_ops += times * other.vector_ops;
  return *this;
}

EnergyBreakdown& EnergyBreakdown::add(const EnergyBreakdown& other, double times) {
  pe_pj += times * other.pe_pj;
  decoder_pj += times * other.decoder_pj;
  activation_buffer_pj += times * other.activation_buffer_pj;
  weight_buffer_pj += times * other.weight_buffer_pj;
  output_buffer_pj += times * other.output_buffer_pj;
  dram_pj += times * other.dram_pj;
  vector_pj += times * other.vector_pj;
  leakage_pj += times * other.leakage_pj;
  dram_background_pj += times * other.dram_background_pj;
  return *this;
}

double EnergyBreakdown::total_pj() const {
  return pe_pj + decoder_pj + activation_buffer_pj + weight_buffer_pj + output_buffer_pj + dram_pj +
         vector_pj + leakage_pj + dram_background_pj;
}

EnergyBreakdown::Components EnergyBreakdown::components() const {
  return {{{"pe", pe_pj},
           {"decoder", decoder_pj},
           {"activation_buffer", activation_buffer_pj},
           {"weight_buffer", weight_buffer_pj},
           {"output_buffer", output_buffer_pj},
           {"dram", dram_pj},
           {"vector", vector_pj},
           {"leakage", leakage_pj},
           {"dram_background", dram_background_pj}}};
}

}  // namespace olivine
