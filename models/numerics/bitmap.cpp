// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/bitmap.h"

#include "models/base/units.h"

namespace olivine {

// Non-zeros spread over the rows as evenly as they can be.
uint64_t bitmap_bytes(Format format, int64_t rows, int64_t k, int64_t nonzeros) {
  if (rows == 0) return 0;
  const int64_t bits = info(format).bits;
  const int64_t longer_rows = nonzeros % rows;
  const int64_t shorter = ceil_div(nonzeros / rows * bits, int64_t{8});
  const int64_t longer = ceil_div((nonzeros / rows + 1) * bits, int64_t{8});
  return static_cast<uint64_t>(rows * ceil_div(k, int64_t{8}) + longer_rows * longer +
                               (rows - longer_rows) * shorter);
}

}  // namespace olivine
