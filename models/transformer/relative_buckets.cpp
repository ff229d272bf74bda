// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/relative_buckets.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace olivine {

int64_t relative_bucket(int64_t distance, int64_t buckets) {
  const int64_t half = buckets / 2;
  const int64_t exact = half / 2;
  const int64_t first = distance > 0 ? half : 0;
  const int64_t far = std::abs(distance);
  if (far < exact) return first + far;
  if (exact >= kMaxRelativeDistance) return first + half - 1;
  // Powers that are whole numbers must not fall below them: 32 buckets step at 16, 32 and 64.
  constexpr double kSlack = 1e-9;
  const double steps =
      std::log(static_cast<double>(far) / static_cast<double>(exact)) /
      std::log(static_cast<double>(kMaxRelativeDistance) / static_cast<double>(exact)) *
      static_cast<double>(half - exact);
  return first + std::min(exact + static_cast<int64_t>(steps + kSlack), half - 1);
}

RelativeBias make_relative_bias(const FloatMatrix& table, int64_t max_distance) {
  RelativeBias bias{max_distance, FloatMatrix(table.columns, 2 * max_distance + 1)};
  for (int64_t distance = -max_distance; distance <= max_distance; ++distance) {
    const auto of_bucket = table.row(relative_bucket(distance, table.rows));
    for (int64_t head = 0; head < table.columns; ++head) {
      bias.by_head.row(head)[static_cast<size_t>(distance + max_distance)] =
          of_bucket[static_cast<size_t>(head)];
    }
  }
  return bias;
}

}  // namespace olivine
