// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/pe_array.h"

#include <algorithm>

namespace olivine {
namespace {

// Registers of row r, bus lane l are line r * bus + l, as on the border.
void move_left_operands(RightShiftRegisters& lines, const std::vector<Slice>& border) {
  lines.shift();
  for (size_t line = 0; line < border.size(); ++line) lines.set_border(line, border[line]);
}

void write_top_row(const ArrayBorder& border, size_t cols, int8_t* integer, uint8_t* exponent,
                   uint8_t* position) {
  for (size_t c = 0; c < cols; ++c) {
    integer[c] = border.top[c].integer;
    exponent[c] = border.top[c].exponent;
    position[c] = border.top_position[c];
  }
}

// The PE row as its registers stand, to be accumulated.
PeRow pe_row(int32_t* sum, const RightShiftRegisters& left, size_t bus, size_t r, SliceRow top,
             const uint8_t* position) {
  return {sum, left.row(r * bus), top, bus > 1 ? position : nullptr, left.pitch()};
}

}  // namespace

ArrayBorder::ArrayBorder(size_t rows, size_t cols, bool is_sparse)
    : left(rows * (is_sparse ? kBusLanes : 1)),
      left_first(rows),
      left_last(rows),
      top(cols),
      top_position(cols),
      bus(is_sparse ? kBusLanes : 1) {}

void ArrayBorder::clear() {
  std::fill(left.begin(), left.end(), Slice{});
  std::fill(left_first.begin(), left_first.end(), uint8_t{0});
  std::fill(left_last.begin(), left_last.end(), uint8_t{0});
  std::fill(top.begin(), top.end(), Slice{});
  std::fill(top_position.begin(), top_position.end(), uint8_t{0});
  is_top_active = false;
  capture = false;
}

StationaryArray::StationaryArray(size_t rows, size_t cols, bool is_sparse)
    : rows_(rows),
      cols_(cols),
      bus_(is_sparse ? ArrayBorder::kBusLanes : 1),
      left_(rows * bus_, cols),
      swap_(rows, cols),
      capture_(1, cols),
      pass_integer_(rows, cols),
      pass_exponent_(rows, cols),
      pass_position_(rows, cols),
      next_integer_(rows, cols),
      active_integer_(rows, cols),
      next_exponent_(rows, cols),
      active_exponent_(rows, cols),
      next_position_(rows, cols),
      active_position_(rows, cols),
      psum_(rows, cols),
      pe_rows_(rows) {}

void StationaryArray::step(const ArrayBorder& border) {
  move_left_operands(left_, border.left);
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
  pass_integer_.shift();
  pass_exponent_.shift();
  pass_position_.shift();
  if (border.is_top_active) {
    write_top_row(border, cols_, pass_integer_.row(0), pass_exponent_.row(0),
                  pass_position_.row(0));
  }
}

void StationaryArray::swap_and_capture(const ArrayBorder& border) {
  swap_.shift(border.left_first.data());
  for (size_t r = 0; r < rows_; ++r) {
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
      next_integer_.at(r, c) = pass_integer_.row(r)[c];
      next_exponent_.at(r, c) = pass_exponent_.row(r)[c];
      next_position_.at(r, c) = pass_position_.row(r)[c];
    }
  });
}

std::span<const int32_t> StationaryArray::bottom() const { return {psum_.row(rows_ - 1), cols_}; }

PeState StationaryArray::pe(size_t row, size_t col) const {
  PeState state;
  for (size_t lane = 0; lane < bus_; ++lane) {
    state.left[lane] = left_.at(row * bus_ + lane, col);
  }
  state.top = {pass_integer_.row(row)[col], pass_exponent_.row(row)[col]};
  state.top_position = pass_position_.row(row)[col];
  state.next = {next_integer_.at(row, col), next_exponent_.at(row, col)};
  state.next_position = next_position_.at(row, col);
  state.active = {active_integer_.at(row, col), active_exponent_.at(row, col)};
  state.active_position = active_position_.at(row, col);
  state.sum = psum_.row(row)[col];
  state.first = swap_.at(row, col);
  return state;
}

OutputStationaryArray::OutputStationaryArray(size_t rows, size_t cols, bool is_sparse)
    : rows_(rows),
      cols_(cols),
      bus_(is_sparse ? ArrayBorder::kBusLanes : 1),
      left_(rows * bus_, cols),
      first_(rows, cols),
      last_(rows, cols),
      top_integer_(rows, cols),
      top_exponent_(rows, cols),
      top_position_(rows, cols),
      sum_(rows, cols),
      hold_(rows, cols),
      drain_counter_(padded_cols(cols)),
      out_(cols),
      pe_rows_(rows) {}

void OutputStationaryArray::step(const ArrayBorder& border) {
  drain();
  move_left_operands(left_, border.left);
  top_integer_.shift();
  top_exponent_.shift();
  top_position_.shift();
  if (border.is_top_active) {
    write_top_row(border, cols_, top_integer_.row(0), top_exponent_.row(0), top_position_.row(0));
  }
  first_.shift(border.left_first.data());
  last_.shift(border.left_last.data());
  for (size_t r = 0; r < rows_; ++r) {
    first_.for_each_set(r, [&](size_t c) { sum_.at(r, c) = 0; });
    pe_rows_[r] = pe_row(sum_.row(r), left_, bus_, r, {top_integer_.row(r), top_exponent_.row(r)},
                         top_position_.row(r));
  }
  accumulate_rows(pe_rows_, padded_cols(cols_), instruction_set_);
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
  state.top = {top_integer_.row(row)[col], top_exponent_.row(row)[col]};
  state.top_position = top_position_.row(row)[col];
  state.sum = sum_.at(row, col);
  state.hold = hold_.at(row, col);
  state.first = first_.at(row, col);
  state.last = last_.at(row, col);
  return state;
}

}  // namespace olivine
