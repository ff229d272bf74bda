// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>

#include "models/numerics/float_matrix.h"

namespace olivine {

// Rotary position embedding (Su et al. 2021, arXiv 2104.09864) in the order of Hugging Face's
// checkpoints: element i of a head turns with element i + head_dim / 2, by position *
// theta^(-2i / head_dim). Positions count from 0 in each sequence. Contract: head_dim is even and
// divides the columns, the lengths add up to the rows.
void rotate_positions(FloatMatrix& x, int64_t head_dim, double theta,
                      std::span<const int64_t> lengths);

}  // namespace olivine
