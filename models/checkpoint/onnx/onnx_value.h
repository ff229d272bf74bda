// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/checkpoint/onnx/onnx_tensor.h"

namespace olivine {

using OnnxShape = std::vector<int64_t>;

// Larger integer tensors are no shapes: their content is not followed.
inline constexpr int64_t kMaxFoldedElements = 1024;

// What is known about a value of a graph once every named extent has a number.
struct OnnxValue {
  OnnxShape shape;
  // Known when the model is loaded, whatever the inputs hold: work on it is done once, not in
  // every run, and is no layer.
  bool is_constant = false;
  // Set where the value comes out of a weight layer with nothing in between, so that a bias added
  // to it, or a batch normalization, belongs to that layer: the axis of the layer's outputs.
  std::optional<size_t> product_axis;
  // The content of an integer or Boolean tensor, row-major: extents of later values come from it.
  std::optional<std::vector<int64_t>> integers;
  const OnnxTensor* tensor = nullptr;  // an initializer or the tensor of a Constant node
};

// An initializer or the tensor of a Constant node. Contract: `tensor` outlives the value.
[[nodiscard]] OnnxValue value_of(const OnnxTensor& tensor);

// Product of the extents. Contract: a shape of an OnnxValue (NodeContext::set_output checks it).
[[nodiscard]] int64_t element_count(const OnnxShape& shape);

// The shape two operands of an elementwise operator have together (ONNX "Broadcasting", as NumPy);
// nothing where they do not fit.
[[nodiscard]] std::optional<OnnxShape> broadcast_shape(const OnnxShape& a, const OnnxShape& b);

// Flat position, in a value of `shape` that is broadcast to `out`, of the element that is at
// `position` of `out`. Contract: broadcast_shape(shape, out) is `out`.
[[nodiscard]] size_t broadcast_position(const OnnxShape& shape, const OnnxShape& out,
                                        size_t position);

}  // namespace olivine
