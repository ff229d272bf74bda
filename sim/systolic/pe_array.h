// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/numerics/packed.h"
#include "sim/systolic/registers.h"

namespace olivine {

// What the border drives into a PE array in one cycle, behind the decoders. 2:4 arrays have a bus
// of four activations a row (a whole group); dense ones use bus lane 0.
struct ArrayBorder {
  static constexpr size_t kBusLanes = 4;

  ArrayBorder(size_t rows, size_t cols, bool is_sparse);
  void clear();

  std::vector<Slice> left;            // [row * bus + lane]
  std::vector<uint8_t> left_first;    // [row] first operand of a fold
  std::vector<uint8_t> left_last;     // [row] last operand of a fold
  std::vector<Slice> top;             // [col]
  std::vector<uint8_t> top_position;  // [col] 2:4: 0..3 within the group
  bool is_top_active = false;         // some column carries an operand
  bool capture = false;               // column 0's preload is complete with this cycle's operand
  size_t bus = 1;
};

// Registers of one PE after a cycle. Fields a dataflow lacks stay zero.
struct PeState {
  std::array<Slice, 4> left{};  // operand on its way right; 2:4 arrays use all four bus lanes
  Slice top;                    // operand on its way down: pass (ws, is) or multiplicand (os)
  Slice next, active;           // ws, is: preloaded and in use
  uint8_t top_position = 0, next_position = 0, active_position = 0;
  int32_t sum = 0;   // ws, is: partial sum on its way down; os: accumulator
  int32_t hold = 0;  // os: finished sum on its way out
  bool first = false, last = false;
};

// Cycle-stepped PE array that computes real values. `step` is one clock edge: it takes this
// cycle's border and leaves every register as it is after the edge. Reference for the RTL.
class PeArray {
 public:
  virtual ~PeArray() = default;
  virtual void step(const ArrayBorder& border) = 0;
  // Results at the bottom edge in the cycle just stepped, one a column. ws, is: the last row's
  // partial sums. os: the hold registers that left the last row.
  [[nodiscard]] virtual std::span<const int32_t> bottom() const = 0;
  [[nodiscard]] virtual PeState pe(size_t row, size_t col) const = 0;
};

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
  DownShiftRegisters<int8_t> pass_integer_;
  DownShiftRegisters<uint8_t> pass_exponent_, pass_position_;
  RegisterGrid<int8_t> next_integer_, active_integer_;
  RegisterGrid<uint8_t> next_exponent_, active_exponent_, next_position_, active_position_;
  DownShiftRegisters<int32_t> psum_;
  std::vector<PeRow> pe_rows_;
  InstructionSet instruction_set_ = best_instruction_set();
  size_t pass_busy_cycles_ = 0;  // until the pass registers are all zero again
};

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

  size_t rows_;
  size_t cols_;
  size_t bus_;
  RightShiftRegisters left_;
  FlagShiftRegisters first_, last_;
  DownShiftRegisters<int8_t> top_integer_;
  DownShiftRegisters<uint8_t> top_exponent_, top_position_;
  RegisterGrid<int32_t> sum_, hold_;
  std::vector<int32_t> drain_counter_;  // by column: 0 idle, else number of this cycle's shift
  std::vector<int32_t> out_;
  std::vector<PeRow> pe_rows_;
  InstructionSet instruction_set_ = best_instruction_set();
  size_t draining_cols_ = 0;
};

}  // namespace olivine
