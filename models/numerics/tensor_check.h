// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

#include "models/numerics/quantize.h"

namespace olivine {

// Throws ShapeError unless there are rows x k values.
void check_shape(const TensorView& tensor);
// Throws ConfigError that names the first NaN or infinity.
void check_finite(const TensorView& tensor);
// Contract: there is a NaN or an infinity.
[[noreturn]] void throw_non_finite(const TensorView& tensor);

// Throws ShapeError unless there is one importance an input channel, ConfigError where one is not
// finite or below 0.
void check_importance(std::span<const float> importance, int64_t k, std::string_view name);
// What pruning sorts by: exact in double.
[[nodiscard]] inline double importance_score(float value, float importance) {
  return std::fabs(static_cast<double>(value)) * static_cast<double>(importance);
}

}  // namespace olivine
