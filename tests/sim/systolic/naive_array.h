// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/systolic/pe_array.h"

namespace olivine::testing {

// One PE after another, every register computed from the registers as they were before the edge:
// the two arrays as a reader would draw them, without rings, windows or vector code.
class NaiveArray {
 public:
  NaiveArray(size_t rows, size_t cols) : rows_(rows), cols_(cols), pes_(rows * cols) {}
  virtual ~NaiveArray() = default;

  void step(const ArrayBorder& border) {
    const std::vector<PeState> before = pes_;
    begin_step(border);
    for (size_t r = 0; r < rows_; ++r) {
      for (size_t c = 0; c < cols_; ++c) {
        step_pe(r, c, before[r * cols_ + c], port(border, before, r, c), pes_[r * cols_ + c]);
      }
    }
    end_step();
  }
  [[nodiscard]] const PeState& pe(size_t row, size_t col) const { return pes_[row * cols_ + col]; }

 protected:
  // What arrives at a PE in this cycle: the registers of its neighbours, or the border.
  struct Port {
    std::array<Slice, 4> left{};
    bool first = false, last = false;
    Slice top;
    uint8_t top_position = 0;
    int32_t sum_above = 0;
    int32_t hold_above = 0;
  };

  virtual void begin_step(const ArrayBorder&) {}
  virtual void step_pe(size_t r, size_t c, const PeState& old, const Port& in, PeState& now) = 0;
  virtual void end_step() {}

  // sum + left * top as 64-bit integers, cut to 32 bits.
  static int32_t multiply_add(int32_t sum, Slice left, Slice top) {
    const int64_t product =
        int64_t{left.integer} * top.integer * (int64_t{1} << (left.exponent + top.exponent));
    return static_cast<int32_t>(static_cast<uint64_t>(sum + product) & 0xFFFFFFFFu);
  }

  size_t rows_;
  size_t cols_;
  std::vector<PeState> pes_;

 private:
  [[nodiscard]] Port port(const ArrayBorder& border, const std::vector<PeState>& before, size_t r,
                          size_t c) const {
    Port in;
    if (c > 0) {
      const PeState& west = before[r * cols_ + c - 1];
      in.left = west.left;
      in.first = west.first;
      in.last = west.last;
    } else {
      for (size_t lane = 0; lane < border.bus; ++lane) {
        in.left[lane] = border.left[r * border.bus + lane];
      }
      in.first = border.left_first[r] != 0;
      in.last = border.left_last[r] != 0;
    }
    if (r > 0) {
      const PeState& north = before[(r - 1) * cols_ + c];
      in.top = north.top;
      in.top_position = north.top_position;
      in.sum_above = north.sum;
      in.hold_above = north.hold;
    } else {
      in.top = border.top[c];
      in.top_position = border.top_position[c];
    }
    return in;
  }
};

// ws and is: pass, next and active operand a PE; sums move down.
class NaiveStationary : public NaiveArray {
 public:
  NaiveStationary(size_t rows, size_t cols) : NaiveArray(rows, cols), capture_(cols) {}

 private:
  void begin_step(const ArrayBorder& border) override {
    for (size_t c = cols_ - 1; c > 0; --c) capture_[c] = capture_[c - 1];
    capture_[0] = border.capture;
  }
  void step_pe(size_t, size_t c, const PeState& old, const Port& in, PeState& now) override {
    now.left = in.left;
    now.first = in.first;
    now.top = in.top;
    now.top_position = in.top_position;
    if (in.first) {  // the swap sees `next` as it was: a capture in the same cycle is one fold
                     // later
      now.active = old.next;
      now.active_position = old.next_position;
    }
    if (capture_[c]) {
      now.next = in.top;
      now.next_position = in.top_position;
    }
    now.sum = multiply_add(in.sum_above, in.left[now.active_position], now.active);
  }

  std::vector<bool> capture_;  // by column
};

// os: sums stay; hold registers shift down once the last row of a column has its sum.
class NaiveOutputStationary : public NaiveArray {
 public:
  NaiveOutputStationary(size_t rows, size_t cols) : NaiveArray(rows, cols), shift_(cols) {}

  // The value that left the last row in this cycle, where its column drains.
  [[nodiscard]] bool is_draining(size_t col) const { return left_now_[col].is_valid; }
  [[nodiscard]] int32_t drained(size_t col) const { return left_now_[col].value; }

 private:
  struct Drained {
    bool is_valid = false;
    int32_t value = 0;
  };

  void begin_step(const ArrayBorder&) override {
    left_now_.assign(cols_, {});
    for (size_t c = 0; c < cols_; ++c) {
      if (shift_[c] > 0) left_now_[c] = {true, pe(rows_ - 1, c).hold};
    }
  }
  // Shift number s (1..rows) of a column: row r gives while s <= r + 1, takes while s <= r.
  void step_pe(size_t r, size_t c, const PeState& old, const Port& in, PeState& now) override {
    now.left = in.left;
    now.first = in.first;
    now.last = in.last;
    now.top = in.top;
    now.top_position = in.top_position;
    const size_t position = in.top_position;
    now.sum = multiply_add(in.first ? 0 : old.sum, in.left[position], in.top);
    if (shift_[c] > 0 && shift_[c] <= r) now.hold = in.hold_above;
    if (in.last) now.hold = now.sum;
  }
  void end_step() override {
    for (size_t c = 0; c < cols_; ++c) {
      if (shift_[c] > 0) shift_[c] = shift_[c] == rows_ ? 0 : shift_[c] + 1;
      if (pe(rows_ - 1, c).last) shift_[c] = 1;
    }
  }

  std::vector<size_t> shift_;  // by column: number of the next shift; 0 when it does not drain
  std::vector<Drained> left_now_;
};

}  // namespace olivine::testing
