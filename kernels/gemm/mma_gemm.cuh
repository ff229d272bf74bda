// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/mma_epilogue.cuh"
#include "kernels/gemm/mma_mainloop.cuh"

namespace olivine::device {

// First rows of a tile.
struct MmaTilePlace {
  int n;
  int m;
};

// Tiles that run together should share operands in L2: block after block goes through up to
// kRasterTiles tiles along n, then on along m.
template <class Layout>
OLV_DEVICE MmaTilePlace mma_tile_place(int64_t n, int64_t m) {
  constexpr uint32_t kRasterTiles = 8;
  const auto tiles_n = static_cast<uint32_t>((n + Layout::kTileN - 1) / Layout::kTileN);
  const auto tiles_m = static_cast<uint32_t>((m + Layout::kTileM - 1) / Layout::kTileM);
  const auto block = static_cast<uint32_t>(block_index());
  const uint32_t first = block / (kRasterTiles * tiles_m) * kRasterTiles;
  const uint32_t left = tiles_n - first;
  const uint32_t width = left < kRasterTiles ? left : kRasterTiles;
  const uint32_t within = block - first * tiles_m;
  return {static_cast<int>(first + within % width) * Layout::kTileN,
          static_cast<int>(within / width) * Layout::kTileM};
}

// One block's tile of C by kernel kIndex of kMmaConfigs. Contract: threads(), shared_bytes() of the
// config, shared memory at a multiple of 1,024; a block for every tile.
template <int kIndex>
OLV_DEVICE void mma_gemm(const MmaParams& params, std::byte* shared) {
  using Layout = MmaLayout<kIndex>;
  const EpilogueParams& epilogue = params.epilogue;
  const MmaTilePlace place = mma_tile_place<Layout>(epilogue.n, epilogue.m);

  MmaSums<Layout> sums = {};
  if (params.k > 0) MmaMainloop<kIndex>{params, shared, place.n, place.m}.run(sums);

  const int warp = warp_index();
  store_warp<Layout>(epilogue, place.m + warp / Layout::kWarpsN * Layout::kWarpM,
                     place.n + warp % Layout::kWarpsN * Layout::kWarpN, sums);
}

}  // namespace olivine::device
