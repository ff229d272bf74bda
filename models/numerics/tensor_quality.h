// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>

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

// Error sums of x against q; counts and scales stay 0.
[[nodiscard]] TensorQuality compare_values(std::span<const float> original,
                                           std::span<const float> stored);

}  // namespace olivine
