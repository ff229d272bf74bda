// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

#include "experiments/synth/block_costs.h"

namespace olivine::synth {

// The blocks whose figures models/energy/tables/rtl_22nm.yaml holds.
struct TableBlocks {
  BlockCost pe, int4_pe, int8_pe, decoder_4bit, decoder_8bit;
};
[[nodiscard]] TableBlocks measure_table_blocks(const CostMeter& meter);

// The text of that file. `yosys`: version of the tool, on which the netlists depend.
[[nodiscard]] std::string cost_table_yaml(const TableBlocks& blocks, const std::string& yosys);

// "Yosys 0.23".
[[nodiscard]] std::string yosys_version();

}  // namespace olivine::synth
