// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/onnx_value.h"

#include <algorithm>

#include "models/base/error.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {

OnnxValue value_of(const OnnxTensor& tensor) {
  OnnxValue value{tensor.shape, true, std::nullopt, std::nullopt, &tensor};
  if (!info(tensor.type).is_float && element_count(tensor.shape) <= kMaxFoldedElements) {
    value.integers = integers_of(tensor);
  }
  return value;
}

int64_t element_count(const OnnxShape& shape) {
  const auto count = checked_element_count(shape);
  OLV_CHECK(count, "shape {}", shape_text(shape));
  return *count;
}

std::optional<OnnxShape> broadcast_shape(const OnnxShape& a, const OnnxShape& b) {
  OnnxShape out(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < out.size(); ++i) {  // from the last axis
    const int64_t of_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t of_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1) return std::nullopt;
    out[out.size() - 1 - i] = of_a == 1 ? of_b : of_a;
  }
  return out;
}

size_t broadcast_position(const OnnxShape& shape, const OnnxShape& out, size_t position) {
  size_t result = 0;
  size_t stride = 1;
  for (size_t i = 0; i < shape.size(); ++i) {  // from the last axis
    const auto extent = static_cast<size_t>(shape[shape.size() - 1 - i]);
    const auto out_extent = static_cast<size_t>(out[out.size() - 1 - i]);
    if (extent != 1) result += position % out_extent * stride;
    position /= out_extent;
    stride *= extent;
  }
  return result;
}

}  // namespace olivine
