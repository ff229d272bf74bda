// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/onnx/node_context.h"

namespace olivine {

struct OnnxOperator;

// Sets the outputs of a node and adds its layers.
using LowerOnnxNode = void (*)(NodeContext&, const OnnxOperator&);
// An operator on two integers (one, where an operator has one operand: the second is 0). Nothing
// where the result does not fit or does not exist.
using FoldIntegers = std::optional<int64_t> (*)(int64_t, int64_t);

inline constexpr std::string_view kMicrosoftDomain = "com.microsoft";  // of ONNX Runtime

struct OnnxOperator {
  std::string_view name;
  LowerOnnxNode lower;
  int64_t ops = 0;  // vector operations an element
  FoldIntegers fold = nullptr;
  std::string_view domain = "";
};

// Operators by what they do. Each is a table; an operator that is not in one is not supported.
[[nodiscard]] std::span<const OnnxOperator> matrix_operators();     // products with layers
[[nodiscard]] std::span<const OnnxOperator> attention_operators();  // fused ones of ONNX Runtime
[[nodiscard]] std::span<const OnnxOperator> elementwise_operators();
[[nodiscard]] std::span<const OnnxOperator> normalization_operators();
[[nodiscard]] std::span<const OnnxOperator> pooling_operators();    // and reductions
[[nodiscard]] std::span<const OnnxOperator> view_operators();       // another shape, same elements
[[nodiscard]] std::span<const OnnxOperator> selection_operators();  // parts, joins, repetitions
[[nodiscard]] std::span<const OnnxOperator> constant_operators();   // Shape, Constant, Range ...

[[nodiscard]] const OnnxOperator* find_onnx_operator(std::string_view domain,
                                                     std::string_view name);
// "Add", "com.microsoft.Attention", ..., sorted.
[[nodiscard]] std::vector<std::string> onnx_operator_names();

}  // namespace olivine
