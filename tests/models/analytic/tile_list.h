// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "models/analytic/tiling.h"

namespace olivine::testing {

// One tile by begin and length of each extent (index: Dim), and what changed since the one before.
struct ListedTile {
  int64_t batch = 0;
  std::array<int64_t, 3> begin{};
  std::array<int64_t, 3> length{};
  bool new_activations = true;
  bool new_weights = true;
  bool new_outputs = true;
};

// The tiles of a layer in order, by plain nested loops: what every walk of them must equal.
inline std::vector<ListedTile> list_tiles(const GemmWork& work, const Tiling& tiling) {
  std::vector<ListedTile> tiles;
  const auto outer = static_cast<size_t>(tiling.order[0]);
  const auto middle = static_cast<size_t>(tiling.order[1]);
  const auto inner = static_cast<size_t>(tiling.order[2]);
  const std::array<int64_t, 3> extent = {work.shape.m, work.shape.n, work.shape.k};
  std::array<int64_t, 3> at{};
  for (int64_t batch = 0; batch < work.shape.batch; ++batch)
    for (at[outer] = 0; at[outer] < extent[outer]; at[outer] += tiling.tile[outer])
      for (at[middle] = 0; at[middle] < extent[middle]; at[middle] += tiling.tile[middle])
        for (at[inner] = 0; at[inner] < extent[inner]; at[inner] += tiling.tile[inner]) {
          ListedTile tile{batch, at, {}, true, true, true};
          for (size_t d = 0; d < 3; ++d) {
            tile.length[d] = std::min(tiling.tile[d], extent[d] - at[d]);
          }
          if (!tiles.empty() && tiles.back().batch == batch) {
            const auto& before = tiles.back().begin;
            tile.new_activations = before[0] != at[0] || before[2] != at[2];
            tile.new_weights = before[1] != at[1] || before[2] != at[2];
            tile.new_outputs = before[0] != at[0] || before[1] != at[1];
          }
          tiles.push_back(tile);
        }
  return tiles;
}

}  // namespace olivine::testing
