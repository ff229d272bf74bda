// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/stationary_array.h"

namespace olivine {

StationaryArray::StationaryArray(size_t rows, size_t cols, bool is_sparse)
    : rows_(rows),
      cols_(cols),
      bus_(is_sparse ? ArrayBorder::kBusLanes : 1),
      left_(rows * bus_, cols),
      swap_(rows, cols),
      capture_(1, cols),
      pass_(rows, cols),
      next_integer_(rows, cols),
      active_integer_(rows, cols),
      next_exponent_(rows, cols),
      active_exponent_(rows, cols),
      next_position_(rows, cols),
      active_position_(rows, cols),
      psum_(rows, cols),
      pe_rows_(rows) {}

void StationaryArray::step(const ArrayBorder& border) {
  left_.shift_in(border.left);
  move_pass(border);
  swap_and_capture(border);
  psum_.shift();
  for (size_t r = 0; r < rows_; ++r) {
    pe_rows_[r] =
        pe_row(psum_.row(r), left_, bus_, r, {active_integer_.row(r), active_exponent_.row(r)},
               active_position_.row(r));
  }
  accumulate_rows(pe_rows_, padded_cols(cols_), instruction_set_);
}

void StationaryArray::move_pass(const ArrayBorder& border) {
  if (border.is_top_active) pass_busy_cycles_ = rows_ + 1;
  if (pass_busy_cycles_ == 0) return;  // all registers hold zero: moving them changes nothing
  --pass_busy_cycles_;
  pass_.shift_in(border.top, border.top_position);
}

void StationaryArray::swap_and_capture(const ArrayBorder& border) {
  swap_.shift(border.left_first.data());
  for (size_t r = 0; r < rows_ && !swap_.is_idle(); ++r) {
    swap_.for_each_set(r, [&](size_t c) {
      active_integer_.at(r, c) = next_integer_.at(r, c);
      active_exponent_.at(r, c) = next_exponent_.at(r, c);
      active_position_.at(r, c) = next_position_.at(r, c);
    });
  }
  const uint8_t capture = border.capture ? 1 : 0;
  capture_.shift(&capture);
  capture_.for_each_set(0, [&](size_t c) {
    for (size_t r = 0; r < rows_; ++r) {
      const Slice slice = pass_.at(r, c);
      next_integer_.at(r, c) = slice.integer;
      next_exponent_.at(r, c) = slice.exponent;
      next_position_.at(r, c) = pass_.position(r)[c];
    }
  });
}

std::span<const int32_t> StationaryArray::bottom() const { return {psum_.row(rows_ - 1), cols_}; }

PeState StationaryArray::pe(size_t row, size_t col) const {
  PeState state;
  for (size_t lane = 0; lane < bus_; ++lane) {
    state.left[lane] = left_.at(row * bus_ + lane, col);
  }
  state.top = pass_.at(row, col);
  state.top_position = pass_.position(row)[col];
  state.next = {next_integer_.at(row, col), next_exponent_.at(row, col)};
  state.next_position = next_position_.at(row, col);
  state.active = {active_integer_.at(row, col), active_exponent_.at(row, col)};
  state.active_position = active_position_.at(row, col);
  state.sum = psum_.row(row)[col];
  state.first = swap_.at(row, col);
  return state;
}

}  // namespace olivine
