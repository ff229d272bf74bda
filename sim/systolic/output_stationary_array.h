// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/systolic/pe_array.h"
#include "sim/systolic/registers.h"

namespace olivine {

// os: both operands move, sums stay. A `first` flag restarts the accumulator; a `last` flag copies
// it to the hold register; once the last row of a column has done so, the column shifts its hold
// registers down, row r taking part in the first r+1 shifts.
class OutputStationaryArray : public PeArray {
 public:
  OutputStationaryArray(size_t rows, size_t cols, bool is_sparse);
  void step(const ArrayBorder& border) override;
  [[nodiscard]] std::span<const int32_t> bottom() const override { return {out_.data(), cols_}; }
  [[nodiscard]] PeState pe(size_t row, size_t col) const override;

 private:
  void drain();
  void restart_sums();
  void hold_sums();

  size_t rows_;
  size_t cols_;
  size_t bus_;
  RightShiftRegisters left_;
  FlagShiftRegisters first_, last_;
  OperandDownRegisters top_;
  RegisterGrid<int32_t> sum_, hold_;
  std::vector<int32_t> drain_counter_;  // by column: 0 idle, else number of this cycle's shift
  std::vector<int32_t> out_;
  std::vector<PeRow> pe_rows_;
  InstructionSet instruction_set_ = best_instruction_set();
  size_t draining_cols_ = 0;
};

}  // namespace olivine
