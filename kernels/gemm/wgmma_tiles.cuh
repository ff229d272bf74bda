// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/qualifiers.cuh"

namespace olivine::device {

// A tile of a cluster: counts tiles of the whole cluster along n, of one block along m.
struct TilePlace {
  int64_t n = 0;
  int64_t m = 0;

  constexpr bool operator==(const TilePlace&) const = default;
};

// Rows of activations that neighbouring tiles go through before they go on along n. The tiles that
// run at one time then cover about as many rows of weights as of activations, which is when the
// fewest bytes of both leave L2: with 66 clusters of 256 x 256, 8 by 8.
inline constexpr int kGroupRows = 2048;

// Where tile `index` lies: groups of tiles along m, within a group along m first.
OLV_HOST_DEVICE TilePlace tile_place(int64_t index, int64_t tiles_n, int64_t tiles_m, int tile_m) {
  const int64_t group_tiles = kGroupRows / tile_m;
  const int64_t first_m = index / (group_tiles * tiles_n) * group_tiles;
  const int64_t within = index - first_m * tiles_n;
  const int64_t left = tiles_m - first_m;
  const int64_t count = left < group_tiles ? left : group_tiles;
  return {within / count, first_m + within % count};
}

}  // namespace olivine::device
