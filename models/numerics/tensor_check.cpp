// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/tensor_check.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "models/base/error.h"

namespace olivine {
namespace {

bool is_all_finite(std::span<const float> values) {
  uint32_t largest = 0;  // exponent field; no early exit, so that it vectorizes
  for (const float value : values) {
    largest = std::max(largest, std::bit_cast<uint32_t>(value) & 0x7F800000u);
  }
  return largest != 0x7F800000u;
}

}  // namespace

void check_shape(const TensorView& tensor) {
  if (tensor.rows >= 0 && tensor.k >= 0 &&
      tensor.values.size() == static_cast<size_t>(tensor.rows * tensor.k)) {
    return;
  }
  throw ShapeError{fmt::format("{}: {} values for {} x {}", tensor.name, tensor.values.size(),
                               tensor.rows, tensor.k)};
}

void check_finite(const TensorView& tensor) {
  if (!is_all_finite(tensor.values)) throw_non_finite(tensor);
}

void throw_non_finite(const TensorView& tensor) {
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    if (std::isfinite(tensor.values[i])) continue;
    throw ConfigError{fmt::format("{}[{}] = {}: must be finite", tensor.name, i, tensor.values[i])};
  }
  OLV_CHECK(false, "{} is finite", tensor.name);
}

void check_importance(std::span<const float> importance, int64_t k, std::string_view name) {
  if (importance.size() != static_cast<size_t>(k)) {
    throw ShapeError{
        fmt::format("{}: {} importances of channels, must be {}", name, importance.size(), k)};
  }
  for (size_t i = 0; i < importance.size(); ++i) {
    if (std::isfinite(importance[i]) && importance[i] >= 0.0F) continue;
    throw ConfigError{fmt::format("{}: importance of channel {} = {}: must be finite, 0 or more",
                                  name, i, importance[i])};
  }
}

}  // namespace olivine
