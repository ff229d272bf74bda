// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/numerics/packed.h"

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

}  // namespace olivine
