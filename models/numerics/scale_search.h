// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/numerics/quantize.h"

namespace olivine {

// Weights have one scale a row (output channel), activations one a tensor.
enum class Granularity : uint8_t { PerRow, PerTensor };

// Candidates for alpha, the real value mapped to the largest normal point: x_max * p / 100 for
// p = low, low + step, ... < up. The defaults are those of the published accuracy.
struct SearchRange {
  int low_percent = 75;
  int up_percent = 250;
  int step_percent = 2;
};

struct ScaleChoice {
  EncodeRules rules;
  std::vector<float> x_max;                      // one a row, or one
  std::vector<float> alpha;                      // likewise
  std::vector<float> scales;                     // alpha / largest normal; 1 where alpha is 0
  std::vector<std::optional<int>> best_percent;  // empty where x_max is 0
  std::vector<double> mse;                       // of the best candidate

  [[nodiscard]] double mse_sum() const;
};

// max(|mean + 3 sd|, |mean - 3 sd|) with the unbiased deviation, for formats with outliers; else
// max|x|. Sums in double, the result rounded to float32.
[[nodiscard]] std::vector<float> find_x_max(const TensorView& tensor, const Grid& grid,
                                            Granularity granularity);

// The scale of least mean squared error: every candidate quantizes the whole tensor, victims
// included; the first of equal ones wins. alpha is fl32(x_max * fl32(p * 0.01)). Throws as quantize
// does. Cost: (up - low) / step quantizations.
[[nodiscard]] ScaleChoice search_scales(const TensorView& tensor, const EncodeRules& rules,
                                        Granularity granularity, const SearchRange& range = {});
// The same from given x_max.
[[nodiscard]] ScaleChoice search_scales(const TensorView& tensor, const EncodeRules& rules,
                                        std::vector<float> x_max, const SearchRange& range = {});

// ovp4 or ovp4f for a whole tensor: the one with the smaller sum of row errors; ovp4 of equals.
[[nodiscard]] ScaleChoice search_ovp4_type(const TensorView& tensor, EncoderPolicy policy,
                                           Granularity granularity, const SearchRange& range = {});

}  // namespace olivine
