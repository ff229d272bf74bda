// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "models/numerics/quantize.h"

namespace olivine {

// Throws ShapeError unless there are rows x k values.
void check_shape(const TensorView& tensor);
// Throws ConfigError that names the first NaN or infinity.
void check_finite(const TensorView& tensor);
// Contract: there is a NaN or an infinity.
[[noreturn]] void throw_non_finite(const TensorView& tensor);

}  // namespace olivine
