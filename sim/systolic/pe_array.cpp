// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/pe_array.h"

#include <algorithm>

namespace olivine {

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

}  // namespace olivine
