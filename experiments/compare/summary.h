// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "experiments/compare/closed_form.h"
#include "experiments/compare/regime.h"
#include "experiments/compare/roofline.h"
#include "experiments/compare/statistics.h"

namespace olivine::compare {

struct Comparison;
struct Point;

// Points of one regime, or all, of a collection; every error on the same points.
struct RegimeSummary {
  std::optional<Regime> regime;  // nothing: all
  ErrorSummary simulated;
  std::optional<ErrorSummary> roofline;
  std::optional<ErrorSummary> closed_form;
  // What a second measurement of the same shapes would be wrong by; of the points that have one.
  std::optional<ErrorSummary> noise;
  std::vector<size_t> worst;  // points of largest |error|, largest first, at most kWorstPoints
};
inline constexpr size_t kWorstPoints = 10;

struct CollectionSummary {
  size_t collection = 0;               // of the comparison
  std::vector<RegimeSummary> regimes;  // in the order of kRegimeNames, without empty ones
  RegimeSummary all;
  std::optional<Roofline> roofline;  // nothing: too few points to fit
  std::optional<ClosedForm> closed_form;
  size_t fit_points = 0;              // of the half both are fitted on
  std::optional<size_t> second;       // the collection that noise is taken from
  std::optional<ErrorSummary> power;  // of watts
};

// What the roofline and the closed form read of a GEMM.
[[nodiscard]] RooflinePoint roofline_point(const Point& point);
[[nodiscard]] ClosedFormPoint closed_form_point(const Point& point);

// Every collection that has simulated points, in order, on `threads` threads. Rooflines and closed
// forms are fitted on the half to fit on, whatever half errors are stated on. Noise: another
// collection of the same device, scheme and kernels, the one with most shapes in common.
// Contract: simulate() is done.
[[nodiscard]] std::vector<CollectionSummary> summarize(const Comparison& comparison,
                                                       unsigned threads);

}  // namespace olivine::compare
