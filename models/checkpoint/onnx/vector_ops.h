// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string_view>

#include "models/workloads/layer_spec.h"

namespace olivine {

// The operations an element of a vector layer as workload files name them ("softmax_ops"). An
// unknown name does not compile.
consteval int64_t vector_ops(std::string_view name) {
  for (const VectorOp& op : kVectorOps) {
    if (op.name == name) return op.ops;
  }
  throw "no such vector operation";
}

}  // namespace olivine
