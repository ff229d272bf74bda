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
// does. By the paper's rules, estimates with proven bounds rule out all but a few candidates
// (run_search.h): the result is the same to the bit. Otherwise the cost is (up - low) / step
// quantizations.
[[nodiscard]] ScaleChoice search_scales(const TensorView& tensor, const EncodeRules& rules,
                                        Granularity granularity, const SearchRange& range = {});
// The same from given x_max.
[[nodiscard]] ScaleChoice search_scales(const TensorView& tensor, const EncodeRules& rules,
                                        std::vector<float> x_max, const SearchRange& range = {});
// The same as it is defined, trying every candidate: for other rules, and to check the above.
[[nodiscard]] ScaleChoice search_scales_exhaustively(const TensorView& tensor,
                                                     const EncodeRules& rules,
                                                     std::vector<float> x_max,
                                                     const SearchRange& range = {});

// Search and encode (by the paper's policy) in one go, a few rows at a time: nothing of the
// tensor's size but the codes is kept. Rows are independent, so a caller may pass a tensor in
// blocks of rows, on several threads too. Contract: info(format).is_integer. Throws as quantize
// does; x_max and indices in messages are those of the tensor passed.
struct SearchedMatrix {
  PackedMatrix packed;
  ScaleChoice choice;
};
[[nodiscard]] SearchedMatrix search_and_encode(const TensorView& tensor, Format format,
                                               Granularity granularity,
                                               const SearchRange& range = {});

// ovp4 or ovp4f for a whole tensor: the one with the smaller sum of row errors; ovp4 of equals.
[[nodiscard]] ScaleChoice search_ovp4_type(const TensorView& tensor, EncoderPolicy policy,
                                           Granularity granularity, const SearchRange& range = {});

}  // namespace olivine
