// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>

#include "experiments/trace/detail.h"
#include "models/analytic/layer_timing.h"

namespace olivine::trace {

struct LayerRecord;

// What an array does in a slice of time.
//   Fold: operands of one fold stream. Tile: from the first operand of a tile's folds to the last.
//   Layer: all that is no stall.
//   Preload: the next fold's stationary operand goes down. Drain: results leave.
//   Feed: operand blocks are sent ahead of their fold (models stream and rtl).
enum class ArrayPart : uint8_t { Fold, Tile, Layer, Preload, Drain, Feed, Stall };

struct ArraySlice {
  ArrayPart part{};
  StallCause cause{};  // of a Stall
  int64_t from = 0;
  int64_t until = 0;
  // Fold, Tile: which one of the layer, counted from 0, and which of the tile, or how many.
  int64_t tile = 0;
  int64_t fold = 0;
};

// The cycles of a layer, cut into slices without gaps and in order: those of a cause of stalls add
// up to timing.stalls of it, all others to timing.array_cycles. Preload and drain are the parts
// that do not hide behind streaming. Stalls lie where they were counted: in the cycles in which the
// array could have started the tile. Layer: lengths alone are true, not their places. A layer
// without tiles is cut as for Layer.
void for_each_array_slice(const LayerRecord& layer, Detail detail,
                          const std::function<void(const ArraySlice&)>& visit);

[[nodiscard]] uint64_t count_array_slices(const LayerRecord& layer, Detail detail);

}  // namespace olivine::trace
