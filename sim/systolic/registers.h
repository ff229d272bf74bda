// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "models/base/units.h"
#include "models/numerics/packed.h"
#include "sim/systolic/pe_kernel.h"

namespace olivine {

[[nodiscard]] inline size_t padded_cols(size_t cols) { return round_up(cols, kPeColumnPadding); }

// The horizontal shift registers of all rows: register (r, c) takes the value of (r, c-1) every
// cycle, (r, 0) that of the border. Held as one line a row over which a window slides, so a cycle
// writes one byte pair a row instead of moving every register.
class RightShiftRegisters {
 public:
  RightShiftRegisters(size_t rows, size_t cols)
      : rows_(rows),
        cols_(cols),
        pitch_(odd_lines(padded_cols(cols) + kSlack)),
        head_(kSlack),
        integer_(rows * pitch_),
        exponent_(rows * pitch_) {}

  // One shift; border[r] enters row r. Contract: one slice a row.
  void shift_in(std::span<const Slice> border) {
    if (head_ == 0) rewind();
    --head_;
    // Locals: a byte store might otherwise change any member.
    int8_t* integer = integer_.data() + head_;
    uint8_t* exponent = exponent_.data() + head_;
    const size_t pitch = pitch_;
    for (const Slice& slice : border) {
      *integer = slice.integer;
      *exponent = slice.exponent;
      integer += pitch;
      exponent += pitch;
    }
  }
  [[nodiscard]] SliceRow row(size_t row) const {
    const size_t offset = row * pitch_ + head_;
    return {integer_.data() + offset, exponent_.data() + offset};
  }
  [[nodiscard]] Slice at(size_t r, size_t c) const {
    return {row(r).integer[c], row(r).exponent[c]};
  }
  // Distance of the same register in two neighbouring rows, in elements.
  [[nodiscard]] size_t pitch() const { return pitch_; }

 private:
  static constexpr size_t kSlack = 256;  // cycles between two rewinds
  static constexpr size_t kCacheLine = 64;

  // Rows an odd number of cache lines apart fall into different sets of the cache.
  static size_t odd_lines(size_t length) { return (ceil_div(length, kCacheLine) | 1) * kCacheLine; }

  void rewind() {
    for (size_t r = 0; r < rows_; ++r) {
      std::memmove(&integer_[r * pitch_ + kSlack], &integer_[r * pitch_], padded_cols(cols_));
      std::memmove(&exponent_[r * pitch_ + kSlack], &exponent_[r * pitch_], padded_cols(cols_));
    }
    head_ = kSlack;
  }

  size_t rows_;
  size_t cols_;
  size_t pitch_;
  size_t head_;
  std::vector<int8_t> integer_;
  std::vector<uint8_t> exponent_;
};

// Rows of values that all move down by one every cycle: row r takes the value of row r-1, row 0
// that of the border. A ring of rows; only the first row is written.
template <class T>
class DownShiftRegisters {
 public:
  DownShiftRegisters(size_t rows, size_t cols)
      : rows_(rows), pitch_(padded_cols(cols)), values_(rows * pitch_) {}

  // Moves every row down; the last row's values leave, row 0 is zero until written.
  void shift() {
    top_ = top_ == 0 ? rows_ - 1 : top_ - 1;
    std::fill_n(row(0), pitch_, T{});
  }
  [[nodiscard]] T* row(size_t r) { return values_.data() + physical(r) * pitch_; }
  [[nodiscard]] const T* row(size_t r) const { return values_.data() + physical(r) * pitch_; }

 private:
  [[nodiscard]] size_t physical(size_t r) const {
    const size_t index = top_ + r;
    return index < rows_ ? index : index - rows_;
  }

  size_t rows_;
  size_t pitch_;
  size_t top_ = 0;
  std::vector<T> values_;
};

// Operands on their way down the columns, with their 2:4 positions.
class OperandDownRegisters {
 public:
  OperandDownRegisters(size_t rows, size_t cols)
      : integer_(rows, cols), exponent_(rows, cols), position_(rows, cols) {}

  // One shift; border[c] enters column c.
  void shift_in(std::span<const Slice> border, std::span<const uint8_t> position) {
    integer_.shift();
    exponent_.shift();
    position_.shift();
    int8_t* __restrict integer = integer_.row(0);
    uint8_t* __restrict exponent = exponent_.row(0);
    const Slice* __restrict slices = border.data();
    for (size_t c = 0; c < border.size(); ++c) {
      integer[c] = slices[c].integer;
      exponent[c] = slices[c].exponent;
    }
    std::copy(position.begin(), position.end(), position_.row(0));
  }
  [[nodiscard]] SliceRow slices(size_t r) const { return {integer_.row(r), exponent_.row(r)}; }
  [[nodiscard]] const uint8_t* position(size_t r) const { return position_.row(r); }
  [[nodiscard]] Slice at(size_t r, size_t c) const {
    return {integer_.row(r)[c], exponent_.row(r)[c]};
  }

 private:
  DownShiftRegisters<int8_t> integer_;
  DownShiftRegisters<uint8_t> exponent_;
  DownShiftRegisters<uint8_t> position_;
};

// The PE row `r` as its registers stand. Registers of bus lane l are line r * bus + l of `left`, as
// on the border; one lane means no multiplexer.
[[nodiscard]] inline PeRow pe_row(int32_t* sum, const RightShiftRegisters& left, size_t bus,
                                  size_t r, SliceRow top, const uint8_t* position) {
  return {sum, left.row(r * bus), top, bus > 1 ? position : nullptr, left.pitch()};
}

// Rows x padded columns of registers that stay in place.
template <class T>
class RegisterGrid {
 public:
  RegisterGrid(size_t rows, size_t cols) : pitch_(padded_cols(cols)), values_(rows * pitch_) {}
  [[nodiscard]] T* row(size_t r) { return values_.data() + r * pitch_; }
  [[nodiscard]] const T* row(size_t r) const { return values_.data() + r * pitch_; }
  [[nodiscard]] T& at(size_t r, size_t c) { return row(r)[c]; }
  [[nodiscard]] const T& at(size_t r, size_t c) const { return row(r)[c]; }

 private:
  size_t pitch_;
  std::vector<T> values_;
};

// One control bit a PE that rides with the data: in every row, bits move one column right a cycle.
class FlagShiftRegisters {
 public:
  FlagShiftRegisters(size_t rows, size_t cols)
      : rows_(rows),
        cols_(cols),
        words_per_row_(ceil_div(cols, 64)),
        words_(rows * words_per_row_) {}

  // Contract: one border bit a row.
  void shift(const uint8_t* border) {
    const bool enters = std::any_of(border, border + rows_, [](uint8_t bit) { return bit != 0; });
    if (enters) busy_cycles_ = cols_ + 1;
    if (busy_cycles_ == 0) return;  // no bit is set: moving them changes nothing
    --busy_cycles_;
    for (size_t r = 0; r < rows_; ++r) shift_row(r, border[r]);
  }
  [[nodiscard]] bool at(size_t r, size_t c) const {
    return (words_[r * words_per_row_ + c / 64] >> (c % 64) & 1) != 0;
  }

  [[nodiscard]] bool is_idle() const { return busy_cycles_ == 0; }  // no bit is set

  // Calls visit(column) for every set bit of a row.
  template <class Visit>
  void for_each_set(size_t r, Visit visit) const {
    for (size_t w = 0; w < words_per_row_; ++w) {
      for (uint64_t bits = words_[r * words_per_row_ + w]; bits != 0; bits &= bits - 1) {
        visit(w * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
  }

 private:
  void shift_row(size_t r, uint64_t carry) {
    uint64_t* words = words_.data() + r * words_per_row_;
    for (size_t w = 0; w < words_per_row_; ++w) {
      const uint64_t out = words[w] >> 63;
      words[w] = (words[w] << 1) | carry;
      carry = out;
    }
    if (cols_ % 64 != 0) words[words_per_row_ - 1] &= (uint64_t{1} << (cols_ % 64)) - 1;
  }

  size_t rows_;
  size_t cols_;
  size_t words_per_row_;
  size_t busy_cycles_ = 0;  // until no bit is set any more
  std::vector<uint64_t> words_;
};

}  // namespace olivine
