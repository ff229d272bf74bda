// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

namespace olivine {

class OutputGrid;
enum class Operand : uint8_t;
struct TileVisit;

// The values that tiles carry between memory and scratchpads, where values travel at all.
class TileData {
 public:
  TileData() = default;
  virtual ~TileData() = default;
  TileData(const TileData&) = delete;
  TileData& operator=(const TileData&) = delete;

  // Where the results of the layer are; called once, before the first tile.
  virtual void bind(OutputGrid& outputs) = 0;
  // A tile of activations, weights or partial sums is complete in the scratchpad.
  virtual void arrive(Operand operand, const TileVisit& visit,
                      const std::vector<uint8_t>& bytes) = 0;
  // Fills `bytes` with the tile of outputs or partial sums that leaves.
  virtual void leave(Operand operand, const TileVisit& visit, std::vector<uint8_t>& bytes) = 0;
};

}  // namespace olivine
