// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/checkpoint.h"
#include "models/quantization/weight_filter.h"

namespace olivine {

struct QuantizeOptions;
struct QuantizedTensor;
struct WeightStorage;

// Weights of one layer where they lie in a checkpoint, as the rows of a GEMM operand: n rows of k.
struct WeightSource {
  std::string layer;   // in the network ("encoder.0.query"), or the tensor's name
  std::string tensor;  // in the checkpoint
  int64_t rows = 0;
  int64_t k = 0;
  bool is_transposed = false;  // stored [k, n], as GPT-2 and ONNX do
  int64_t first_row = 0;       // of a tensor that holds several layers
};

// The tensors that the filter takes, in the file's order. The first extent is n, the rest k, but
// for ONNX products, which are [k, n] (metadata "onnx.layout:NAME"); convolutions [n, c, r, s]
// become rows of r, s, c.
[[nodiscard]] std::vector<WeightSource> find_weights(const Checkpoint& checkpoint,
                                                     const WeightFilter& filter = {});

// '*' stands for any characters, also none.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

// Rows first .. first + count of a layer's weights as float32.
[[nodiscard]] std::vector<float> read_rows(const StoredTensor& tensor, const WeightSource& source,
                                           int64_t first, int64_t count);

// All rows of a layer as its tensor has them: read_rows() undone. Contract: `values` are rows x k,
// and the layer is the whole tensor.
[[nodiscard]] std::vector<float> in_stored_order(const StoredTensor& tensor,
                                                 const WeightSource& source,
                                                 std::vector<float> values);

// Quantizes block by block of rows, so that of the weights one block is in memory as float32, and
// the rest as stored. Same result as for all rows at once. Throws as quantize_weights() does.
[[nodiscard]] QuantizedTensor quantize_source(const Checkpoint& checkpoint,
                                              const WeightSource& source,
                                              const WeightStorage& storage,
                                              const QuantizeOptions& options);

}  // namespace olivine
