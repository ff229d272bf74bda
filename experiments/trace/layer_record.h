// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/analytic/layer_timing.h"

namespace olivine {
enum class Access : uint8_t;
struct ArrayGeometry;
}  // namespace olivine

namespace olivine::trace {

// What happened in a layer; cycles count from its begin.
struct LayerRecord {
  struct Range {
    int64_t begin = 0;
    int64_t end = 0;
  };
  struct Tile {
    int64_t batch = 0;
    Range m, n, k;
    bool is_new_output = false;
    int64_t start = 0;
    int64_t results = 0;
    size_t first_run = 0;  // of `folds`
  };
  // Folds of one tile, `interval` cycles apart.
  struct Folds {
    int64_t first = 0;
    int64_t count = 0;
    int64_t interval = 0;
    int64_t stream = 0;
  };
  struct Stall {
    StallCause cause{};
    int64_t from = 0;
    int64_t until = 0;
  };
  struct Transfer {
    Operand operand{};
    Access access{};
    int64_t bytes = 0;
    int64_t tile = 0;
    int64_t sent = 0;
    int64_t done = 0;
    int64_t scratchpad_bytes = 0;  // more or fewer than moved where weights are compressed
  };

  std::shared_ptr<const ArrayGeometry> geometry;
  LayerTiming timing;
  bool has_tiles = true;  // else all four below are empty
  std::vector<Tile> tiles;
  std::vector<Folds> folds;
  std::vector<Stall> stalls;        // in order; of one cause do not touch
  std::vector<Transfer> transfers;  // in the order in which they were known to be done
};

}  // namespace olivine::trace
