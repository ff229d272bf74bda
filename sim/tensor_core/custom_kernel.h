// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string_view>

namespace olivine {

class GemmModel;
struct KernelMenu;
struct Scheme;

// A CTA tile that a user asks for: m x n outputs (m is of the first operand: weights where the
// kernel is swapped), k dense elements of k a stage.
struct CtaTile {
  int64_t m = 128;
  int64_t n = 128;
  int64_t k = 64;
  int64_t stages = 0;  // 0: as many as fit, at most kMaxCustomStages
};
inline constexpr int64_t kMaxCustomStages = 12;
inline constexpr std::string_view kCustomPrefix = "custom_";  // of their names
inline constexpr int64_t kMaxTileExtent = 4096;               // far above what any SM holds

// Kernels of that tile as the library's team would write them, one for each way
// the library's own kernels decode operands (one where nothing has to be decoded):
//   instruction  best_instruction() of the format that they execute, of the largest n that cuts
//                the tile
//   warps        wgmma: one warpgroup for 64 rows, two or three where they share more rows evenly,
//                and one that loads; mma: 4, or 8 from 128 x 256 on, fewer where that many do not
//                share the tile
//   loads        TMA for wgmma, else cp.async, or registers, with two stages, where there is none
//   swapped      only where weights have to be the first operand: 2:4, or decoded on the way to a
//                wgmma
//   schedule     a CTA a tile
// Not calibrated: they have the constants of the library (`menu`, one of the model's for `scheme`),
// but no measurement is of them.
// Contract: m, n and k are 1..kMaxTileExtent, stages 0..kMaxTileExtent.
// Throws ConfigError with the reason and the nearest legal choice (refuse_kernel) where the machine
// can run none of them.
[[nodiscard]] KernelMenu custom_menu(const GemmModel& model, const KernelMenu& menu,
                                     const Scheme& scheme, const CtaTile& tile);

}  // namespace olivine
