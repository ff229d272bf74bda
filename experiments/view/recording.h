// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/analytic/layer_timing.h"
#include "models/base/gemm_shape.h"
#include "models/numerics/format.h"
#include "sim/systolic/pe_array.h"

namespace olivine::view {

// Index of a port event, a result or a fold; none where a register holds nothing of any fold.
using Index = int32_t;
inline constexpr Index kNone = -1;

enum class Matrix : uint8_t { A, B };  // activations, weights

// What one port of the border is driven with in one cycle: a slice of an element, or, from the left
// of a 2:4 array, of each element of the group that the row's multiplexers choose from.
struct PortEvent {
  Index fold = kNone;
  Matrix matrix = Matrix::A;
  int64_t outer = 0;  // m of A, n of B
  int64_t k = 0;      // of the first element, dense
  uint8_t elements = 1;
  uint8_t slice = 0;        // of the element: 0 is the high one
  bool is_padding = false;  // beyond the matrix: zero
  uint8_t position = 0;     // 2:4 weights: which element of the group of four it meets
  std::array<Slice, 4> values{};
  std::array<bool, 4> outliers{};  // by element: the outlier of an OVP pair, and its victim
  std::array<bool, 4> victims{};
};

// A sum on its way: the contribution of one fold to an output, in slices.
struct Result {
  Index fold = kNone;
  int64_t m = 0, n = 0;
  uint8_t left_slice = 0, top_slice = 0;
  bool is_padding = false;  // a row or column of the array that the fold does not use
};

// One fold and the cycles in which the border was seen to begin and end it.
struct FoldRecord {
  Span m, n, k;
  int64_t stream = 0;                 // T
  std::optional<int64_t> preload_at;  // ws, is: first stationary operand at column 0
  int64_t start_at = 0;               // first streamed operand at row 0
  int64_t first_output_at = 0;        // first and last result that left the array
  int64_t last_output_at = 0;
};

// One PE after a cycle, and what its registers hold.
struct PeView {
  PeState registers;
  Index left = kNone, top = kNone;     // port events
  Index next = kNone, active = kNone;  // ws, is: port events
  Index sum = kNone, hold = kNone;     // results; os: hold is none once it has been passed on
};

// A value that left column `col` at the bottom edge.
struct Output {
  int64_t col = 0;
  Index result = kNone;
  int32_t value = 0;
};

struct Frame {
  int64_t cycle = 0;
  std::vector<Index> left;  // by row: what the border drove
  std::vector<Index> top;   // by column
  std::vector<PeView> pes;  // [row][col], as the cycle left them
  std::vector<Output> outputs;
  std::optional<StallCause> stall;
  bool has_moved = false;  // false: no fold in the array or on its way, registers stay
};

// A layer on the cycle-stepped array, every register of every cycle. Values are the model's own;
// which element a register holds follows from the flags that travel with the data, and every
// register was compared with that element.
struct Recording {
  std::string machine;
  Scheme scheme;
  GemmShape shape;
  ArrayGeometry geometry;
  LayerTiming timing;
  uint64_t seed = 0;
  std::vector<PortEvent> events;
  std::vector<Result> results;
  std::vector<FoldRecord> folds;
  std::vector<Frame> frames;  // from cycle 0, one a cycle

  [[nodiscard]] const PeView& pe(const Frame& frame, int64_t row, int64_t col) const {
    return frame.pes[static_cast<size_t>(row * geometry.cols + col)];
  }
  [[nodiscard]] const PortEvent& event(Index index) const {
    return events[static_cast<size_t>(index)];
  }
  [[nodiscard]] const Result& result(Index index) const {
    return results[static_cast<size_t>(index)];
  }
};

// "A[2,5]", "B[4..7,3]", with ".hi" or ".lo" for one of two slices.
[[nodiscard]] std::string label(const PortEvent& event, bool has_slices);
[[nodiscard]] std::string label(const Result& result);  // "C[2,3]"
// "-5", and "3<<5" where there is an exponent.
[[nodiscard]] std::string text(Slice slice);

}  // namespace olivine::view
