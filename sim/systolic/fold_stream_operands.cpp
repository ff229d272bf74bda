// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/fold_stream_operands.h"

#include <utility>

#include "models/base/error.h"
#include "models/numerics/ovp.h"

namespace olivine {
namespace {

constexpr int64_t kGroup = 4;  // elements of a 2:4 group, on the bus of a row

void check_bias(Format format, int bias) {
  const Grid& grid = paper_grid(format);
  OLV_CHECK(!grid.has_outliers() || grid.outlier.bias == bias, "{} with outlier bias {}",
            name_of(format), bias);
}

}  // namespace

FoldStreamOperands::FoldStreamOperands(const AcceleratorLimits& limits,
                                       const StreamFormats& formats)
    : limits_(limits), formats_(formats), left_lanes_(slice_count(formats.left)) {
  check_bias(formats.left, formats.left_bias);
  check_bias(formats.top, formats.top_bias);
}

Slice FoldStreamOperands::slice_of(Format format, uint32_t pair, int64_t line, bool is_odd) {
  if (info(format).bits == 8) {
    const auto even = static_cast<uint8_t>(pair);
    const auto odd = static_cast<uint8_t>(pair >> 8);
    const SlicePair slices =
        is_odd ? decode_element(format, odd, even) : decode_element(format, even, odd);
    return slices[static_cast<size_t>(line)];
  }
  const DecodedByte& byte = byte_table(format)[pair >> (8 * line) & 0xFF];
  return is_odd ? byte.odd : byte.even;
}

// os: the elements of a line follow one another in time. ws: those of the rows in one beat; every
// row has its own copy of its pair (2:4: its group).
std::vector<Slice> FoldStreamOperands::left(const OperandBlock& block, int64_t length) const {
  const bool is_os = limits_.is_output_stationary;
  const int64_t bus = formats_.is_sparse ? kGroup : 1;
  const int64_t begin = block.is_odd ? 1 : 0;
  const int64_t beats = is_os ? ceil_div(begin + length, int64_t{2}) : length;
  OLV_CHECK(std::cmp_less_equal(beats, block.beats()), "{} of {} beats", block.beats(), beats);
  std::vector<Slice> slices(static_cast<size_t>(limits_.rows * bus * length));
  for (int64_t row = 0; row < limits_.rows; ++row) {
    for (int64_t t = 0; t < length; ++t) {
      const int64_t element = begin + (is_os ? t : row / left_lanes_);
      const auto address = static_cast<size_t>(is_os ? element / 2 : t);
      const uint32_t word = block.beat(address)[static_cast<size_t>(row / 2)];
      for (int64_t lane = 0; lane < bus; ++lane) {
        const uint32_t pair = word >> (16 * (lane / 2)) & 0xFFFF;
        const bool is_odd = (formats_.is_sparse ? lane : element) % 2 != 0;
        slices[static_cast<size_t>((row * bus + lane) * length + t)] =
            slice_of(formats_.left, pair, row % 2, is_odd);
      }
    }
  }
  return slices;
}

void FoldStreamOperands::top(const OperandBlock& block, int64_t length, Fold& fold) const {
  const bool is_os = limits_.is_output_stationary;
  const int64_t begin = block.is_odd ? 1 : 0;
  const int64_t steps = is_os ? length : limits_.rows;
  const int64_t step_pitch = is_os ? 1 : limits_.cols;
  const int64_t col_pitch = is_os ? length : 1;
  const int64_t elements = begin + (is_os ? length : ceil_div(limits_.rows, left_lanes_));
  const int64_t beats = ceil_div(elements, int64_t{2});
  OLV_CHECK(std::cmp_less_equal(beats, block.beats()), "{} of {} beats", block.beats(), beats);
  fold.top.assign(static_cast<size_t>(steps * limits_.cols), Slice{});
  fold.top_position.assign(formats_.is_sparse ? fold.top.size() : 0, 0);
  for (int64_t col = 0; col < limits_.cols; ++col) {
    for (int64_t step = 0; step < steps; ++step) {
      // A stationary element sits in a row for each slice of what passes it.
      const int64_t element = begin + (is_os ? step : step / left_lanes_);
      const auto at = static_cast<size_t>(step * step_pitch + col * col_pitch);
      top_element(block, col, element, fold.top[at],
                  formats_.is_sparse ? &fold.top_position[at] : nullptr);
    }
  }
}

void FoldStreamOperands::top_element(const OperandBlock& block, int64_t col, int64_t element,
                                     Slice& slice, uint8_t* position) const {
  const bool is_odd = element % 2 != 0;
  const int64_t line = col % 2;
  const uint32_t word = block.beat(static_cast<size_t>(element / 2))[static_cast<size_t>(col / 2)];
  slice = slice_of(formats_.top, word & 0xFFFF, line, is_odd);
  if (position == nullptr) return;
  const bool is_shared = info(formats_.top).bits == 8;  // both columns are the same element's
  const uint32_t nibble = word >> (is_shared || line == 0 ? 16 : 20) & 15;
  *position = static_cast<uint8_t>(is_odd ? nibble >> 2 : nibble & 3);
}

}  // namespace olivine
