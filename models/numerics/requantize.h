// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>

#include "models/numerics/packed.h"

namespace olivine {

// The output path: int32 sums C[m,n] become the activations of the next layer.
struct RequantizeArgs {
  std::span<const int32_t> sums;  // row-major, m x n
  int64_t m = 0;
  int64_t n = 0;
  float activation_scale = 1.0F;
  std::span<const float> weight_scales;  // one a weight row (column of C), or one
  float output_scale = 1.0F;
};

// Arithmetic, every step rounded to float32 (nearest, ties to even), so that hardware can follow:
//   multiplier[j] = activation_scale * weight_scales[j]
//   real          = float(sum) * multiplier[j]
//   quotient      = |real| / output_scale, then the encoder's nearest point (quantize.h)
// The result has m rows of k = n and one scale, output_scale. Any integer format. Throws
// ShapeError: sizes that do not match, a float format; ConfigError: a scale that is not finite and
// positive, real beyond float32.
[[nodiscard]] PackedMatrix requantize(const RequantizeArgs& args, Format format);

}  // namespace olivine
