// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine::measure {

// C[m][n] = sum over k of activations[m][k] * weights[n][k], wrapped around, row-major without
// gaps. Device addresses; k elements a row.
struct ReferenceGemmArgs {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  const int16_t* activations = nullptr;
  const int16_t* weights = nullptr;
  int32_t* c = nullptr;
};

}  // namespace olivine::measure
