// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace olivine {
namespace {

std::array<std::span<const OnnxOperator>, 8> tables() {
  return {matrix_operators(),        attention_operators(), elementwise_operators(),
          normalization_operators(), pooling_operators(),   view_operators(),
          selection_operators(),     constant_operators()};
}

}  // namespace

const OnnxOperator* find_onnx_operator(std::string_view domain, std::string_view name) {
  for (const auto table : tables()) {
    for (const OnnxOperator& entry : table) {
      if (entry.name == name && entry.domain == domain) return &entry;
    }
  }
  return nullptr;
}

std::vector<std::string> onnx_operator_names() {
  std::vector<std::string> names;
  for (const auto table : tables()) {
    for (const OnnxOperator& entry : table) {
      names.push_back(entry.domain.empty() ? std::string{entry.name}
                                           : fmt::format("{}.{}", entry.domain, entry.name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace olivine
