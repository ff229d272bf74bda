// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/vector_layers.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/base/error.h"

namespace olivine {

void layer_norm(FloatMatrix& x, std::span<const float> weight, std::span<const float> bias,
                double epsilon) {
  const double count = static_cast<double>(x.columns);
  for (int64_t i = 0; i < x.rows; ++i) {
    const auto row = x.row(i);
    double sum = 0.0;
    for (const float value : row) sum += value;
    const double mean = sum / count;
    double squares = 0.0;
    for (const float value : row) squares += (value - mean) * (value - mean);
    const double factor = 1.0 / std::sqrt(squares / count + epsilon);
    for (size_t j = 0; j < row.size(); ++j) {
      row[j] = static_cast<float>((row[j] - mean) * factor) * weight[j] + bias[j];
    }
  }
}

void rms_norm(FloatMatrix& x, std::span<const float> weight, double epsilon) {
  for (int64_t i = 0; i < x.rows; ++i) {
    const auto row = x.row(i);
    double squares = 0.0;
    for (const float value : row) squares += static_cast<double>(value) * value;
    const double factor = 1.0 / std::sqrt(squares / static_cast<double>(x.columns) + epsilon);
    for (size_t j = 0; j < row.size(); ++j) {
      row[j] = static_cast<float>(row[j] * factor) * weight[j];
    }
  }
}

void softmax_rows(FloatMatrix& x) {
  for (int64_t i = 0; i < x.rows; ++i) {
    const auto row = x.row(i);
    const float max = *std::max_element(row.begin(), row.end());
    float sum = 0.0F;
    for (float& value : row) {
      value = std::exp(value - max);
      sum += value;
    }
    for (float& value : row) value /= sum;
  }
}

void gelu(std::span<float> x) {
  constexpr float kSqrtHalf = std::numbers::sqrt2_v<float> / 2.0F;
  for (float& value : x) value = 0.5F * value * (1.0F + std::erf(value * kSqrtHalf));
}

void gelu_tanh(std::span<float> x) {
  constexpr float kFactor = std::numbers::sqrt2_v<float> * std::numbers::inv_sqrtpi_v<float>;
  for (float& value : x) {
    const float cubic = value + 0.044715F * value * value * value;
    value = 0.5F * value * (1.0F + std::tanh(kFactor * cubic));
  }
}

void silu_multiply(std::span<float> x, std::span<const float> factor) {
  OLV_CHECK(x.size() == factor.size(), "{} and {} values", x.size(), factor.size());
  for (size_t i = 0; i < x.size(); ++i) x[i] = x[i] / (1.0F + std::exp(-x[i])) * factor[i];
}

void add(FloatMatrix& x, const FloatMatrix& y) {
  OLV_CHECK(x.values.size() == y.values.size(), "{} and {} values", x.values.size(),
            y.values.size());
  for (size_t i = 0; i < x.values.size(); ++i) x.values[i] += y.values[i];
}

void add_bias(FloatMatrix& x, std::span<const float> bias) {
  for (int64_t i = 0; i < x.rows; ++i) {
    const auto row = x.row(i);
    for (size_t j = 0; j < row.size(); ++j) row[j] += bias[j];
  }
}

}  // namespace olivine
