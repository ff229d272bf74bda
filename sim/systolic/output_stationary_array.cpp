// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/output_stationary_array.h"

#include <algorithm>

namespace olivine {

OutputStationaryArray::OutputStationaryArray(size_t rows, size_t cols, bool is_sparse)
    : rows_(rows),
      cols_(cols),
      bus_(is_sparse ? ArrayBorder::kBusLanes : 1),
      left_(rows * bus_, cols),
      first_(rows, cols),
      last_(rows, cols),
      top_(rows, cols),
      sum_(rows, cols),
      hold_(rows, cols),
      drain_counter_(padded_cols(cols)),
      out_(cols),
      pe_rows_(rows) {}

void OutputStationaryArray::step(const ArrayBorder& border) {
  drain();
  left_.shift_in(border.left);
  top_.shift_in(border.top, border.top_position);
  first_.shift(border.left_first.data());
  last_.shift(border.left_last.data());
  for (size_t r = 0; r < rows_; ++r) {
    pe_rows_[r] = pe_row(sum_.row(r), left_, bus_, r, top_.slices(r), top_.position(r));
  }
  if (!first_.is_idle()) restart_sums();
  accumulate_rows(pe_rows_, padded_cols(cols_), instruction_set_);
  if (!last_.is_idle()) hold_sums();
}

void OutputStationaryArray::restart_sums() {
  for (size_t r = 0; r < rows_; ++r) {
    first_.for_each_set(r, [&](size_t c) { sum_.at(r, c) = 0; });
  }
}

void OutputStationaryArray::hold_sums() {
  for (size_t r = 0; r < rows_; ++r) {
    last_.for_each_set(r, [&](size_t c) { hold_.at(r, c) = sum_.at(r, c); });
  }
  last_.for_each_set(rows_ - 1, [&](size_t c) {
    drain_counter_[c] = 1;
    ++draining_cols_;
  });
}

// One shift of every draining column, on the hold registers as the last cycle left them.
void OutputStationaryArray::drain() {
  if (draining_cols_ == 0) return;
  std::copy_n(hold_.row(rows_ - 1), cols_, out_.begin());
  for (size_t r = rows_ - 1; r > 0; --r) {
    shift_hold_row(hold_.row(r), hold_.row(r - 1), drain_counter_.data(), static_cast<int32_t>(r),
                   padded_cols(cols_), instruction_set_);
  }
  for (size_t c = 0; c < cols_; ++c) {
    if (drain_counter_[c] == 0) continue;
    if (++drain_counter_[c] > static_cast<int32_t>(rows_)) {
      drain_counter_[c] = 0;
      --draining_cols_;
    }
  }
}

PeState OutputStationaryArray::pe(size_t row, size_t col) const {
  PeState state;
  for (size_t lane = 0; lane < bus_; ++lane) {
    state.left[lane] = left_.at(row * bus_ + lane, col);
  }
  state.top = top_.at(row, col);
  state.top_position = top_.position(row)[col];
  state.sum = sum_.at(row, col);
  state.hold = hold_.at(row, col);
  state.first = first_.at(row, col);
  state.last = last_.at(row, col);
  return state;
}

}  // namespace olivine
