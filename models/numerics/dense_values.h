// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "models/numerics/packed.h"

namespace olivine {

// Decoded values in dense order, row-major with `stride` elements a row (stride >= k); whatever
// 2:4 dropped, and everything past k, is 0. Without scales.
// Contract: find_problem(matrix) is empty.
[[nodiscard]] std::vector<int16_t> dense_int16(const PackedMatrix& matrix, int64_t stride);
// Contract: also fits_int8(matrix.format).
[[nodiscard]] std::vector<int8_t> dense_int8(const PackedMatrix& matrix, int64_t stride);
// Any format.
[[nodiscard]] std::vector<float> dense_float(const PackedMatrix& matrix, int64_t stride);

// Whether every value of the format fits int8: int8, int4 and ovp4 (|value| <= 96).
[[nodiscard]] bool fits_int8(Format format);

}  // namespace olivine
