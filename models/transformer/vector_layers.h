// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>

#include "models/numerics/float_matrix.h"

namespace olivine {

// What a transformer computes between its GEMMs, in float32 and in place. Sums of a row are taken
// in double: a norm does not lose digits to the order of its sum.

// Each row (x - mean) / sqrt(variance + epsilon), times weight, plus bias; variance of the row
// itself (divided by its length).
void layer_norm(FloatMatrix& x, std::span<const float> weight, std::span<const float> bias,
                double epsilon);
// Each row x / sqrt(mean of squares + epsilon), times weight.
void rms_norm(FloatMatrix& x, std::span<const float> weight, double epsilon);

// Each row to exp(x - max) / sum. -infinity is 0.
void softmax_rows(FloatMatrix& x);

// x Phi(x), by the error function.
void gelu(std::span<float> x);
// Its approximation 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), as GPT-2 was trained with.
void gelu_tanh(std::span<float> x);
// x / (1 + exp(-x)), times `factor`.
void silu_multiply(std::span<float> x, std::span<const float> factor);

void add(FloatMatrix& x, const FloatMatrix& y);
void add_bias(FloatMatrix& x, std::span<const float> bias);  // to each row

}  // namespace olivine
