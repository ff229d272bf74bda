// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace olivine {

// Row-major real values.
struct FloatMatrix {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<float> values;

  FloatMatrix() = default;
  FloatMatrix(int64_t row_count, int64_t column_count)
      : rows(row_count),
        columns(column_count),
        values(static_cast<size_t>(row_count * column_count)) {}

  [[nodiscard]] std::span<float> row(int64_t i) {
    return std::span{values}.subspan(static_cast<size_t>(i * columns),
                                     static_cast<size_t>(columns));
  }
  [[nodiscard]] std::span<const float> row(int64_t i) const {
    return std::span{values}.subspan(static_cast<size_t>(i * columns),
                                     static_cast<size_t>(columns));
  }
};

}  // namespace olivine
