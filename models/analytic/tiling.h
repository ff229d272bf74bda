// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/base/gemm_shape.h"
#include "models/numerics/format.h"
#include "models/workloads/workload.h"

namespace olivine {

struct MemoryConfig;

enum class Dim : uint8_t { M = 0, N = 1, K = 2 };

// Loops over tiles, outermost first.
using LoopOrder = std::array<Dim, 3>;

inline constexpr std::array<LoopOrder, 6> kLoopOrders = {
    LoopOrder{Dim::M, Dim::N, Dim::K}, LoopOrder{Dim::N, Dim::M, Dim::K},
    LoopOrder{Dim::M, Dim::K, Dim::N}, LoopOrder{Dim::K, Dim::M, Dim::N},
    LoopOrder{Dim::N, Dim::K, Dim::M}, LoopOrder{Dim::K, Dim::N, Dim::M}};

[[nodiscard]] std::string to_string(const LoopOrder& order);  // "mnk"
[[nodiscard]] std::optional<LoopOrder> parse_loop_order(std::string_view text);

// One tile of each operand is resident at a time (and the next one is on its way); tiles are in
// dense elements, the last one of an extent may be smaller.
struct Tiling {
  std::array<int64_t, 3> tile = {0, 0, 0};  // by Dim
  LoopOrder order = kLoopOrders[0];

  [[nodiscard]] int64_t at(Dim dim) const { return tile[static_cast<size_t>(dim)]; }
  bool operator==(const Tiling&) const = default;
};

// What the user fixed of a tiling; the mapper chooses the rest.
struct MapperOptions {
  std::optional<std::array<int64_t, 3>> tile;  // by Dim; clipped to the layer's extents
  std::optional<LoopOrder> order;
};

// Tiles below their extent are multiples of these, by Dim: packed rows keep OVP pairs, 2:4 groups
// and metadata bytes whole along k, and bytes of 4-bit outputs along n.
inline constexpr std::array<int64_t, 3> kTileAlignment = {1, 2, 8};

// One array layer as the memory system sees it.
struct GemmWork {
  GemmShape shape;
  Scheme scheme;                   // of the operands: operand_scheme() applied
  std::optional<ConvShape> conv;   // activations are an ifmap, lowered by addressing
  WeightDensity weight_density{};  // below 1: compressed in DRAM, dense in the scratchpad

  [[nodiscard]] int64_t extent(Dim dim) const {
    return dim == Dim::M ? shape.m : dim == Dim::N ? shape.n : shape.k;
  }
};

// Bytes of one tile, in DRAM and in its scratchpad. Activations of a convolution are loaded as
// ifmap rows: the rows that `m` consecutive output pixels can touch, or their lowered elements
// where those are fewer.
[[nodiscard]] int64_t activation_tile_bytes(const GemmWork& work, int64_t m, int64_t k);
[[nodiscard]] int64_t weight_tile_bytes(const GemmWork& work, int64_t n, int64_t k);
// The same tile in DRAM, where weights of a density below 1 are compressed.
[[nodiscard]] int64_t weight_dram_bytes(const GemmWork& work, int64_t n, int64_t k);
// Dense elements that the decompressor puts out for a tile; 0 where the weights are not compressed.
[[nodiscard]] int64_t expanded_elems(const GemmWork& work, int64_t n, int64_t k);
// Finished outputs leave in the activation format of the next layer; partial sums are int32.
[[nodiscard]] int64_t output_tile_bytes(const GemmWork& work, int64_t m, int64_t n);
[[nodiscard]] int64_t psum_tile_bytes(int64_t m, int64_t n);

// Which extent of a tiling breaks kTileAlignment, or nothing.
[[nodiscard]] std::optional<std::string> misalignment(const GemmWork& work, const Tiling& tiling);

// Half of each scratchpad holds the tile in use. Returns which buffer a tiling overflows (with
// both figures), or nothing when it fits.
[[nodiscard]] std::optional<std::string> overflow(const GemmWork& work, const Tiling& tiling,
                                                  const MemoryConfig& memory);
// The same question for the mapper's inner loop.
[[nodiscard]] bool fits(const GemmWork& work, const Tiling& tiling, const MemoryConfig& memory);

// The tiling of `ideal` memory: everything is resident, one tile.
[[nodiscard]] Tiling whole_layer(const GemmWork& work);

}  // namespace olivine
