// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/checkpoint/onnx/onnx_workload.h"
#include "tests/models/checkpoint/onnx/wire_writer.h"

namespace olivine::test {

inline constexpr int64_t kOnnxFloat = 1;
inline constexpr int64_t kOnnxInt64 = 7;

// One attribute of a node: a number, a list of them, or text.
inline Wire attribute(std::string_view name, int64_t value) {
  return Wire{}.bytes(1, name).number(3, value).number(20, 2);
}
inline Wire attribute(std::string_view name, const std::vector<int64_t>& values) {
  return Wire{}.bytes(1, name).packed(8, values).number(20, 7);
}
inline Wire attribute(std::string_view name, std::string_view text) {
  return Wire{}.bytes(1, name).bytes(4, text).number(20, 3);
}

// Writes models of a few nodes, so that one operator at a time can be tested.
class GraphBuilder {
 public:
  explicit GraphBuilder(int64_t opset = 13) : opset_(opset) {}

  GraphBuilder& input(std::string_view name, const std::vector<int64_t>& shape,
                      int64_t type = kOnnxFloat) {
    Wire dims;
    for (const int64_t extent : shape) dims.message(1, Wire{}.number(1, extent));
    return typed_input(name, dims, type);
  }
  // Extents by name; "" is one without.
  GraphBuilder& named_input(std::string_view name, const std::vector<std::string>& dims_by_name) {
    Wire dims;
    for (const std::string& dim : dims_by_name) {
      dims.message(1, dim.empty() ? Wire{} : Wire{}.bytes(2, dim));
    }
    return typed_input(name, dims, kOnnxFloat);
  }
  GraphBuilder& integers(std::string_view name, const std::vector<int64_t>& values) {
    return integers(name, values, {static_cast<int64_t>(values.size())});
  }
  GraphBuilder& integers(std::string_view name, const std::vector<int64_t>& values,
                         const std::vector<int64_t>& shape) {
    graph_.message(5,
                   Wire{}.packed(1, shape).number(2, kOnnxInt64).packed(7, values).bytes(8, name));
    return *this;
  }
  // Zeros.
  GraphBuilder& floats(std::string_view name, const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) count *= extent;
    graph_.message(5, Wire{}
                          .packed(1, shape)
                          .number(2, kOnnxFloat)
                          .bytes(8, name)
                          .bytes(9, std::string(static_cast<size_t>(count) * 4, '\0')));
    return *this;
  }
  GraphBuilder& node(std::string_view op, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs,
                     const std::vector<Wire>& attributes = {}, std::string_view domain = "",
                     std::string_view name = "") {
    Wire node;
    for (const std::string& value : inputs) node.bytes(1, value);
    for (const std::string& value : outputs) node.bytes(2, value);
    node.bytes(3, name).bytes(4, op).bytes(7, domain);
    for (const Wire& entry : attributes) node.message(5, entry);
    graph_.message(1, node);
    return *this;
  }

  [[nodiscard]] Wire model() const {
    return Wire{}.number(1, 7).message(7, graph_).message(8, Wire{}.number(2, opset_));
  }
  [[nodiscard]] Workload workload(const ParamOverrides& overrides = {}) const {
    const Wire bytes = model();
    return onnx_workload(parse_onnx(bytes.span(), "built.onnx"), overrides);
  }

 private:
  GraphBuilder& typed_input(std::string_view name, const Wire& dims, int64_t type) {
    const Wire tensor = Wire{}.number(1, type).message(2, dims);
    graph_.message(11, Wire{}.bytes(1, name).message(2, Wire{}.message(1, tensor)));
    return *this;
  }

  int64_t opset_;
  Wire graph_;
};

}  // namespace olivine::test
