// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/checkpoint/checkpoint.h"
#include "models/numerics/float_matrix.h"

namespace olivine {

// The tensors of a checkpoint by their names without the family's prefix ("bert."), each checked
// against the shape that the configuration says. Throws ConfigError: absent (with the nearest
// name), another shape, no floats.
class TensorLookup {
 public:
  // Contract: `checkpoint` outlives this.
  TensorLookup(const Checkpoint& checkpoint, std::string prefix)
      : checkpoint_(checkpoint), prefix_(std::move(prefix)) {}

  [[nodiscard]] std::vector<float> vector(const std::string& name, int64_t count) const;
  [[nodiscard]] FloatMatrix matrix(const std::string& name, int64_t rows, int64_t columns) const;
  // Null where there is no tensor of that name, prefixed or not.
  [[nodiscard]] const StoredTensor* find(const std::string& name) const;

 private:
  [[nodiscard]] const StoredTensor& checked(const std::string& name,
                                            const std::vector<int64_t>& shape) const;

  const Checkpoint& checkpoint_;
  std::string prefix_;
};

}  // namespace olivine
