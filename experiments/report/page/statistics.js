// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
"use strict";

olivine.statistics = {
  // Linear between the two nearest of ascending values, as experiments/compare/statistics.h.
  quantile: (ascending, share) => {
    const place = share * (ascending.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, ascending.length - 1);
    return ascending[below] + (place - below) * (ascending[above] - ascending[below]);
  },

  // Of relative errors: MAPE, median and 90 % quantile of their sizes, and the signed median.
  errors: (errors) => {
    const {quantile} = olivine.statistics;
    if (errors.length === 0) return null;
    const sizes = Float64Array.from(errors, Math.abs).sort();
    const signed = Float64Array.from(errors).sort();
    return {points: errors.length, mape: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
      median: quantile(sizes, 0.5), p90: quantile(sizes, 0.9), bias: quantile(signed, 0.5)};
  },
};
