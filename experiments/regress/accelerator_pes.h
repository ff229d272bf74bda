// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "experiments/regress/bench.h"
#include "sim/systolic/pe_array.h"

namespace olivine::regress {

// The registers of the accelerator's array beside those of the model's, which is a constant number
// of cycles ahead. Registers without reset mean something once the first fold has come by.
class AcceleratorPes {
 public:
  // `delay`: cycles from the model's step to the same step of the RTL's array.
  AcceleratorPes(BenchContext& context, int64_t rows, int64_t cols, int64_t delay);

  // Behind a reset.
  void restart();
  // What the model's array holds after the step of this cycle. `is_stepped` is false when the model
  // left its array alone, as nothing moved.
  void expect(const PeArray& array, bool is_stepped);
  // Compares after the edge that ends this cycle. `lanes`: of the left bus that are in use.
  std::optional<Divergence> check(uint32_t lanes);

 private:
  // Whether registers without reset mean something: sums, held sums.
  struct Place {
    bool has_first = false, has_last = false;
  };
  struct Snapshot {
    bool is_stepped = false;
    std::vector<PeState> pes;
  };

  std::optional<Divergence> check_pe(const PeState& expected, int64_t row, int64_t col,
                                     uint32_t lanes);

  BenchContext& context_;
  int64_t cols_;
  int64_t delay_;
  // In the RTL, element [row][col]; null when the model shows nothing inside (a netlist).
  const RtlSignal* left_ = nullptr;
  const RtlSignal* sum_ = nullptr;
  const RtlSignal* hold_ = nullptr;  // os
  uint32_t left_col_ = 0;            // of column 0
  std::vector<Place> places_;        // [row * cols + col], empty like the signals
  std::deque<Snapshot> snapshots_;
};

}  // namespace olivine::regress
