// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/base/gemm_shape.h"

namespace olivine::compare {

// The seed of the split that the shipped calibrations were fitted with.
inline constexpr uint64_t kDefaultSplitSeed = 1;

// Which half of the measured shapes a shape belongs to: the one that constants are fitted on, or
// the one that errors are stated on. A hash of m, n, k and the seed: the same shape falls into the
// same half on every device, in every format and in every order of the file.
[[nodiscard]] bool in_fit_half(const GemmShape& shape, uint64_t seed);

}  // namespace olivine::compare
