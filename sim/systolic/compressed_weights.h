// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/base/gemm_shape.h"
#include "models/numerics/packed.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/tile_data.h"

namespace olivine {

class MemoryStore;
class OperandLayout;
class Rng;
struct GemmWork;
struct Tiling;

// Zeroes weights until every row keeps kept_elems() of each tile along k, which the closed form
// counts; what is kept is not zero. Contract: dense pattern, integer format.
void thin_out(PackedMatrix& weights, int64_t tile_k, WeightDensity density, Rng& rng);

// Rows `rows` and elements `k` of a matrix as they lie in DRAM: bitmap, then values, of the tile's
// BitmapMatrix (models/numerics/bitmap.h). Contract: dense pattern; k begins on a whole byte.
[[nodiscard]] std::vector<uint8_t> compress_tile(const PackedMatrix& weights, const Span& rows,
                                                 const Span& k);
// What the decompressor makes of it, element by element as its bitmap comes in: `rows` x `k` dense
// elements, written apart from decompress_bitmap(), to which a test holds it. Contract: the image
// is of the length that its bitmap says (checked).
[[nodiscard]] PackedMatrix expand_tile(Format format, int64_t rows, int64_t k,
                                       std::span<const uint8_t> image);

// The way of a layer's weights from DRAM to the array: the compressed image of every tile lies in a
// memory; what a transfer brings is expanded and becomes the tile in the scratchpad. Until then
// `scratchpad` holds legal but wrong values. Of the other operands nothing is moved.
class CompressedWeights final : public TileData {
 public:
  // `weights`: of every batch element. `lanes`: an element takes on the array. Contract: job's work
  // and tiling, memory and scratchpad outlive the object.
  CompressedWeights(const GemmWork& work, const Tiling& tiling,
                    const std::vector<PackedMatrix>& weights, int64_t lanes, MemoryStore& memory,
                    std::vector<DecodedMatrix>& scratchpad);
  ~CompressedWeights() override;

  void bind(OutputGrid& /*outputs*/) override {}
  void arrive(Operand operand, const TileVisit& visit, const std::vector<uint8_t>& bytes) override;
  void leave(Operand /*operand*/, const TileVisit& /*visit*/,
             std::vector<uint8_t>& /*bytes*/) override {}

 private:
  Format format_;
  int64_t lanes_;
  std::vector<DecodedMatrix>* scratchpad_;
};

// A memory that serves one DMA engine, with the bytes that its reads bring.
class StoredPort final : public MemoryPort {
 public:
  // Contract: both outlive the port.
  StoredPort(DirectPort& port, const MemoryStore& memory) : port_(&port), memory_(&memory) {}

  bool send(const MemoryRequest& request, int64_t now) override;
  [[nodiscard]] int64_t retry_at(int64_t now) const override { return port_->retry_at(now); }

 private:
  DirectPort* port_;
  const MemoryStore* memory_;
};

}  // namespace olivine
