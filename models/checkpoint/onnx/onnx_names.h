// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "models/checkpoint/onnx/onnx_model.h"

namespace olivine {

// A weight of a MatMul, Gemm or Conv that is an initializer.
struct OnnxWeight {
  std::string name;           // what it is called here
  std::string_view original;  // in the file
  std::string_view layout;    // "k,n", "n,k" or "n,c,r,s"
  size_t use_count = 0;       // how often nodes take it
};

// By the name in the file: every initializer that is the weight (second input) of MatMul, Gemm or
// Conv nodes which agree on its layout. `name` is the original one, but for generated names as
// open_onnx_checkpoint() says.
[[nodiscard]] std::map<std::string_view, OnnxWeight> onnx_weights(const OnnxGraph& graph);

// True for names that exporters make up: "onnx::MatMul_123", "123", "val_12", "_v_12".
[[nodiscard]] bool is_generated_onnx_name(std::string_view name);

// "/encoder/query/MatMul_1" as "encoder.query.MatMul_1": a path of modules as PyTorch's exporter
// writes it. Nothing for a node without name.
[[nodiscard]] std::string dotted_onnx_name(const OnnxNode& node);
// The same without a last component that is the operator's name: "encoder.query" for
// "/encoder/query/MatMul".
[[nodiscard]] std::string module_of_onnx_node(const OnnxNode& node);

}  // namespace olivine
