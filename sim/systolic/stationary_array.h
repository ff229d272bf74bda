// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/systolic/pe_array.h"
#include "sim/systolic/registers.h"

namespace olivine {

// ws and is: one operand stationary in the PEs, partial sums move down. Three stationary
// registers a PE (pass, next, active): operands of the next fold come down in reverse row order,
// skewed by a cycle a column; a capture flag, moving right with the skew, makes every PE of a
// column take the operand then at its port into `next`; a swap flag that rides with a fold's
// first streamed operand moves `next` to `active`.
class StationaryArray : public PeArray {
 public:
  StationaryArray(size_t rows, size_t cols, bool is_sparse);
  void step(const ArrayBorder& border) override;
  [[nodiscard]] std::span<const int32_t> bottom() const override;
  [[nodiscard]] PeState pe(size_t row, size_t col) const override;

 private:
  void move_pass(const ArrayBorder& border);
  void swap_and_capture(const ArrayBorder& border);

  size_t rows_;
  size_t cols_;
  size_t bus_;
  RightShiftRegisters left_;           // line row * bus + lane
  FlagShiftRegisters swap_, capture_;  // capture: one row for the whole column
  OperandDownRegisters pass_;
  RegisterGrid<int8_t> next_integer_, active_integer_;
  RegisterGrid<uint8_t> next_exponent_, active_exponent_, next_position_, active_position_;
  DownShiftRegisters<int32_t> psum_;
  std::vector<PeRow> pe_rows_;
  InstructionSet instruction_set_ = best_instruction_set();
  size_t pass_busy_cycles_ = 0;  // until the pass registers are all zero again
};

}  // namespace olivine
