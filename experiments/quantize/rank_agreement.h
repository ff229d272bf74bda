// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>
#include <vector>

namespace olivine {

// How far two gradings of the same things agree: what a model says of sentence pairs beside what
// people say (Spearman 1904), or beside what it said before it was quantized.

// Ranks from 1, the smallest first; equal values share the mean of their ranks.
// Throws ConfigError with the first value that is not finite.
[[nodiscard]] std::vector<double> average_ranks(std::span<const double> values);

// Pearson's linear correlation, -1..1; 0 where nothing can agree: fewer than two values, or all of
// one side equal. Throws ShapeError where the sides differ in length, ConfigError as above.
[[nodiscard]] double pearson(std::span<const double> a, std::span<const double> b);

// Spearman's rank correlation: Pearson's of the average ranks. Throws alike.
[[nodiscard]] double spearman(std::span<const double> a, std::span<const double> b);

}  // namespace olivine
