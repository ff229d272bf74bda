// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>
#include <span>

namespace olivine::compare {

// One GEMM as a roofline sees it.
struct RooflinePoint {
  double flops = 0;  // 2 m n k
  double bytes = 0;  // operands and outputs, once each
  double time_s = 0;
};

// t = max(flops / (e x peak), bytes / (b x bandwidth)) + t0 with e, b and t0 fitted: the least
// that any model of a GPU has to beat. Kept as products, so that no data sheet is needed to fit it.
struct Roofline {
  double flops_per_s = 0;  // e x peak
  double bytes_per_s = 0;  // b x bandwidth
  double launch_s = 0;     // t0

  [[nodiscard]] double time_s(const RooflinePoint& point) const;
};

// Fewer points would be met by the three constants, not described.
inline constexpr size_t kMinRooflinePoints = 12;

// The constants of least mean |relative error|: a grid over their logarithms, then Nelder-Mead
// (Nelder, Mead, "A simplex method for function minimization", 1965) from its best places.
// The same points give the same constants. Nothing below kMinRooflinePoints.
// Contract: every figure of a point is above 0.
[[nodiscard]] std::optional<Roofline> fit_roofline(std::span<const RooflinePoint> points);

}  // namespace olivine::compare
