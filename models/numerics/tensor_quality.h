// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "models/numerics/packed.h"
#include "models/numerics/quantize.h"

namespace olivine {

// What storing a tensor in few bits has cost it. Sums, so that parts add up to the whole.
struct TensorQuality {
  uint64_t elements = 0;
  double squared_error = 0.0;   // sum (x - q)^2
  double squared_signal = 0.0;  // sum x^2
  double squared_stored = 0.0;  // sum q^2
  double product = 0.0;         // sum x q
  // OliVe Table 2: elements stored as outliers, elements that became 0 for the one beside them, and
  // pairs of which both were outliers.
  uint64_t outliers = 0;
  uint64_t victims = 0;
  uint64_t outlier_pairs = 0;
  float scale_min = 0.0F;  // 0: no scale
  float scale_max = 0.0F;

  [[nodiscard]] double mse() const;                     // 0 of nothing
  [[nodiscard]] std::optional<double> sqnr_db() const;  // nothing where x = q
  [[nodiscard]] double cosine() const;                  // 1 where both are zero
  TensorQuality& add(const TensorQuality& other);
};

// Error sums of x against q; counts and scales stay 0. Throws ShapeError: sizes that differ.
[[nodiscard]] TensorQuality compare_values(std::span<const float> original,
                                           std::span<const float> stored);

// What quantizing has cost: stored values are fl32(integer * scale). A pair counts as two outliers
// where the rules would have made its victim an outlier too. Throws ShapeError: other sizes.
[[nodiscard]] TensorQuality measure_quantized(const TensorView& original,
                                              const Quantized& quantized);

// The same of any packed operand against the dense original; what 2:4 dropped is 0, and counts are
// of kept elements (padding counts nowhere). Needs a few rows of floats beside its arguments.
// Contract: find_problem(packed) is empty. Throws ShapeError: other sizes.
[[nodiscard]] TensorQuality measure_packed(const TensorView& original, const PackedMatrix& packed);

}  // namespace olivine
