// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/tensor_lookup.h"

#include <fmt/ranges.h>

#include "models/base/error.h"

namespace olivine {

const StoredTensor* TensorLookup::find(const std::string& name) const {
  const StoredTensor* tensor = checkpoint_.find(name);
  return tensor != nullptr ? tensor : checkpoint_.find(prefix_ + name);
}

const StoredTensor& TensorLookup::checked(const std::string& name,
                                          const std::vector<int64_t>& shape) const {
  const StoredTensor* tensor = find(name);
  if (tensor == nullptr) return checkpoint_.at(name);  // throws, with the nearest name
  if (tensor->shape != shape) {
    throw ConfigError{fmt::format("{}: {} is [{}]: the configuration says [{}]",
                                  checkpoint_.source(), tensor->name,
                                  fmt::join(tensor->shape, ", "), fmt::join(shape, ", "))};
  }
  return *tensor;
}

std::vector<float> TensorLookup::vector(const std::string& name, int64_t count) const {
  return checked(name, {count}).floats();
}

FloatMatrix TensorLookup::matrix(const std::string& name, int64_t rows, int64_t columns) const {
  FloatMatrix matrix;
  matrix.values = checked(name, {rows, columns}).floats();
  matrix.rows = rows;
  matrix.columns = columns;
  return matrix;
}

}  // namespace olivine
