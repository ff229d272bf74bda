// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/linear_store.h"

#include <utility>

#include "models/base/error.h"
#include "models/transformer/vector_layers.h"

namespace olivine {
namespace {

// Columns first, first + 1, ... of `x` as rows.
std::vector<float> columns_as_rows(const FloatMatrix& x, int64_t first, int64_t count) {
  std::vector<float> rows;
  rows.reserve(static_cast<size_t>(count * x.rows));
  for (int64_t column = first; column < first + count; ++column) {
    for (int64_t i = 0; i < x.rows; ++i) rows.push_back(x.row(i)[static_cast<size_t>(column)]);
  }
  return rows;
}

std::string stored_name(const std::string& name, const TensorLookup& lookup) {
  const StoredTensor* tensor = lookup.find(name);
  return tensor != nullptr ? tensor->name : name;
}

}  // namespace

std::span<const float> LinearStore::keep(std::vector<float> values) {
  return values_.emplace_back(std::move(values));
}

void LinearStore::add(std::string name, const std::string& tensor, int64_t n, int64_t k, Bias bias,
                      const TensorLookup& lookup) {
  LinearLayer layer;
  layer.name = std::move(name);
  layer.tensor = stored_name(tensor + ".weight", lookup);
  layer.n = n;
  layer.k = k;
  layer.weights = keep(lookup.matrix(tensor + ".weight", n, k).values);
  if (bias == Bias::Present) layer.bias = keep(lookup.vector(tensor + ".bias", n));
  layers_.push_back(std::move(layer));
}

void LinearStore::add_input_major(std::span<const std::string> names, const std::string& tensor,
                                  int64_t outputs, int64_t k, const TensorLookup& lookup) {
  const FloatMatrix weights = lookup.matrix(tensor + ".weight", k, outputs);
  const std::span<const float> bias = keep(lookup.vector(tensor + ".bias", outputs));
  const int64_t n = outputs / static_cast<int64_t>(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    LinearLayer layer;
    layer.name = names[i];
    layer.tensor = stored_name(tensor + ".weight", lookup);
    layer.is_input_major = true;
    layer.first_output = static_cast<int64_t>(i) * n;
    layer.n = n;
    layer.k = k;
    layer.weights = keep(columns_as_rows(weights, layer.first_output, n));
    layer.bias = bias.subspan(static_cast<size_t>(layer.first_output), static_cast<size_t>(n));
    layers_.push_back(std::move(layer));
  }
}

FloatMatrix LinearStore::run(size_t layer, const FloatMatrix& x, GemmExecutor& executor) const {
  const LinearLayer& linear = layers_.at(layer);
  FloatMatrix y = executor.linear(linear, x);
  OLV_CHECK(y.rows == x.rows && y.columns == linear.n, "{}: {} x {} of {} x {}", linear.name,
            y.rows, y.columns, x.rows, linear.n);
  if (!linear.bias.empty()) add_bias(y, linear.bias);
  return y;
}

}  // namespace olivine
