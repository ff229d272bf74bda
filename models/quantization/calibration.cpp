// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/calibration.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace olivine {
namespace {

void keep(std::vector<float>& kept, const FloatMatrix& values, size_t limit) {
  const size_t count = std::min(values.values.size(), limit - std::min(limit, kept.size()));
  kept.insert(kept.end(), values.values.begin(),
              values.values.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

FloatMatrix CalibrationExecutor::linear(const LinearLayer& layer, const FloatMatrix& x) {
  FloatMatrix& kept = inputs_[layer.name];
  kept.columns = x.columns;
  keep(kept.values, x, static_cast<size_t>(max_rows_ * x.columns));
  kept.rows = x.columns == 0 ? 0 : static_cast<int64_t>(kept.values.size()) / x.columns;
  return float_.linear(layer, x);
}

FloatMatrix CalibrationExecutor::attention(std::string_view name, const FloatMatrix& a,
                                           const FloatMatrix& b) {
  AttentionInputs& kept = attentions_[std::string{name}];
  keep(kept.a, a, static_cast<size_t>(max_rows_ * a.columns));
  keep(kept.b, b, static_cast<size_t>(max_rows_ * b.columns));
  return float_.attention(name, a, b);
}

const FloatMatrix& CalibrationExecutor::inputs(std::string_view layer) const {
  const auto found = inputs_.find(layer);
  OLV_CHECK(found != inputs_.end(), "{} has not run", layer);
  return found->second;
}

const CalibrationExecutor::AttentionInputs& CalibrationExecutor::attention_inputs(
    std::string_view name) const {
  const auto found = attentions_.find(name);
  OLV_CHECK(found != attentions_.end(), "{} has not run", name);
  return found->second;
}

TensorView view_of(const FloatMatrix& matrix, std::string_view name) {
  return {name, matrix.values, matrix.rows, matrix.columns};
}

std::vector<float> channel_importance(const FloatMatrix& inputs) {
  std::vector<double> squares(static_cast<size_t>(inputs.columns), 0.0);
  for (int64_t row = 0; row < inputs.rows; ++row) {
    const auto values = inputs.row(row);
    for (size_t i = 0; i < squares.size(); ++i) {
      squares[i] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    }
  }
  std::vector<float> result(squares.size());
  const double rows = std::max<double>(1.0, static_cast<double>(inputs.rows));
  for (size_t i = 0; i < squares.size(); ++i) {
    result[i] = static_cast<float>(std::sqrt(squares[i] / rows));
  }
  return result;
}

}  // namespace olivine
