// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/numerics/packed.h"

namespace olivine {

enum class OperandKind : uint8_t { Integer, Float };

// Throws ShapeError or ConfigError where `a` (activations) and `b` (weights) cannot be multiplied.
// Integer: both formats are. Float: at least one format is a float one.
void check_operands(const PackedMatrix& a, const PackedMatrix& b, OperandKind kind);

}  // namespace olivine
