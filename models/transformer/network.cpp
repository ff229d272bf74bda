// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/network.h"

#include <algorithm>

#include "models/transformer/vector_layers.h"

namespace olivine {

FloatMatrix Network::embed(std::span<const TokenIds> sequences, const FloatMatrix& positions,
                           int64_t first_position) const {
  size_t count = 0;
  for (const TokenIds& sequence : sequences) count += sequence.size();
  FloatMatrix x(static_cast<int64_t>(count), config_.hidden);
  int64_t row = 0;
  for (const TokenIds& sequence : sequences) {
    int64_t position = first_position;
    for (const int32_t token : sequence) {
      const auto out = x.row(row++);
      std::ranges::copy(tokens_.row(token), out.begin());
      if (positions.rows == 0) continue;
      const auto offset = positions.row(position++);
      for (size_t j = 0; j < out.size(); ++j) out[j] += offset[j];
    }
  }
  return x;
}

void Network::normalize(FloatMatrix& x, const Norm& norm) const {
  if (norm.bias.empty()) {
    rms_norm(x, norm.weight, config_.norm_epsilon);
  } else {
    layer_norm(x, norm.weight, norm.bias, config_.norm_epsilon);
  }
}

Norm find_norm(const TensorLookup& lookup, const std::string& name, int64_t hidden) {
  return {lookup.vector(name + ".weight", hidden), lookup.vector(name + ".bias", hidden)};
}

std::vector<int64_t> lengths_of(std::span<const TokenIds> sequences) {
  std::vector<int64_t> lengths;
  for (const TokenIds& sequence : sequences) {
    lengths.push_back(static_cast<int64_t>(sequence.size()));
  }
  return lengths;
}

}  // namespace olivine
