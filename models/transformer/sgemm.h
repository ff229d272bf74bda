// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>

#include "models/base/instruction_set.h"
#include "models/numerics/float_matrix.h"

namespace olivine {

// a b^T in float32, b row-major with b_rows rows of a.columns: a.rows x b_rows. On x86 by kernels
// that keep a tile of sums in registers, elsewhere by Eigen. Sums are taken in another order by
// each instruction set: results agree within (k + 2) eps sum |a| |b|.
[[nodiscard]] FloatMatrix multiply_transposed(const FloatMatrix& a, std::span<const float> b,
                                              int64_t b_rows,
                                              InstructionSet set = best_instruction_set());

}  // namespace olivine
