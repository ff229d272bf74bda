// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "models/numerics/packed.h"

namespace olivine {

// A GEMM as a warp computes it: weights in blocks of 16 rows, activations in blocks of 8, k in
// steps of one instruction, every operand through registers (mma_execute.h). Ragged edges are
// filled up with zeros (2:4: with legal metadata of zero elements). For checking kernels' indexing:
// slow.
//
// C[m,n] row-major, of m rows of activations and n rows of weights, as in gemm.h. Both throw
// ShapeError where gemm.h does and where no instruction takes both formats, and ConfigError where
// find_problem() objects to an operand. Extents may be 0.

// Equal to gemm_golden() to the bit.
[[nodiscard]] std::vector<int32_t> execute_tile(const PackedMatrix& activations,
                                                const PackedMatrix& weights);

// Both operands in one float format. Sums in ascending k: equal to gemm_float().
[[nodiscard]] std::vector<float> execute_tile_float(const PackedMatrix& activations,
                                                    const PackedMatrix& weights);

// What software decode on CUDA cores puts in front of an int8 instruction: the same values as int8
// codes, the same pattern, metadata and scales. GEMMs of it are equal to the bit.
// Contract: fits_int8(matrix.format) (so not ovp4f, which reaches 192, nor ovp8) and
// find_problem(matrix) is empty.
[[nodiscard]] PackedMatrix decode_to_int8(const PackedMatrix& matrix);

}  // namespace olivine
