// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "models/base/gemm_shape.h"

namespace olivine::compare {

// One GEMM as a closed form sees it.
struct ClosedFormPoint {
  GemmShape shape;
  double bytes = 0;  // operands and outputs, once each
  double time_s = 0;
};

struct ClosedFormTile {
  int64_t m = 0;
  int64_t n = 0;
};

// Tiles of C that kernels of GPU libraries have.
inline constexpr std::array<ClosedFormTile, 12> kClosedFormTiles = {{{64, 64},
                                                                     {64, 128},
                                                                     {128, 64},
                                                                     {128, 128},
                                                                     {64, 192},
                                                                     {64, 256},
                                                                     {256, 64},
                                                                     {128, 192},
                                                                     {192, 128},
                                                                     {128, 256},
                                                                     {256, 128},
                                                                     {256, 256}}};
// CTAs that share the k of one tile.
inline constexpr std::array<int64_t, 5> kClosedFormSplits = {1, 2, 4, 8, 16};

// What a model of a GPU must add something to: whole waves of CTAs at an efficiency fitted to each
// tile, or the bytes at the bandwidth, and the best tile and split of k:
//   t = t0 + min over tiles i, splits s of
//         max(ceil(ctas / SMs) x 2 tile_m tile_n k / s / (e_i x peak of an SM), bytes / bandwidth)
//         + (s > 1: c + s x 8 m n / partial bandwidth)
// ctas = ceil(m / tile_m) ceil(n / tile_n) s; 8 m n: one fp32 sum, written and read. The data sheet
// gives the SMs; rates are fitted as products, as those of the roofline.
struct ClosedForm {
  int64_t sm_count = 0;
  std::array<double, kClosedFormTiles.size()> tile_flops_per_s{};  // e_i x peak of an SM
  double bytes_per_s = 0;
  double launch_s = 0;             // t0
  double split_s = 0;              // c
  double partial_bytes_per_s = 0;  // of the sums of a split k

  [[nodiscard]] double time_s(const ClosedFormPoint& point) const;
};

// Fewer points would be met by the sixteen constants, not described.
inline constexpr size_t kMinClosedFormPoints = 64;

// The constants of least mean |relative error|: pattern search over their logarithms (Hooke,
// Jeeves, "Direct search solution of numerical and statistical problems", 1961) from several
// starts. The same points give the same constants. Nothing below kMinClosedFormPoints.
// Contract: every figure of a point is above 0, and sm_count.
[[nodiscard]] std::optional<ClosedForm> fit_closed_form(std::span<const ClosedFormPoint> points,
                                                        int64_t sm_count);

}  // namespace olivine::compare
