// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <map>
#include <string_view>

#include "models/checkpoint/onnx/onnx_model.h"

namespace olivine {

// The plain attention subgraph: MatMul, then scales and masks, Softmax, MatMul. By node: "qk" for a
// MatMul whose product reaches a Softmax so, "pv" for one whose first operand comes from it.
[[nodiscard]] std::map<size_t, std::string_view> find_attention_roles(const OnnxGraph& graph);

}  // namespace olivine
