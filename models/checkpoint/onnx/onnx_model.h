// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/onnx/onnx_tensor.h"

namespace olivine {

class Checkpoint;

// Versions of the file format and of the operators this reader knows (ONNX "Versioning": IR 10 and
// opset 22 are those of ONNX 1.17). The operators' version matters where a graph is lowered, not
// where its weights are read.
inline constexpr int64_t kMinOnnxIrVersion = 3;
inline constexpr int64_t kMaxOnnxIrVersion = 10;
inline constexpr int64_t kMinOnnxOpset = 7;
inline constexpr int64_t kMaxOnnxOpset = 22;

// Nodes, tensors, attributes and names of one file together: what is held in memory stays within
// some hundred bytes for each, however small they are in the file.
inline constexpr size_t kMaxOnnxItems = size_t{1} << 20;

struct OnnxAttribute {
  enum class Kind : uint8_t { Float, Int, String, Tensor, Graph, Floats, Ints, Other };

  std::string_view name;
  Kind kind = Kind::Other;
  float real = 0;
  int64_t integer = 0;
  std::string_view text;
  std::vector<float> reals;
  std::vector<int64_t> integers;
  std::vector<OnnxTensor> tensors;  // one, of Kind::Tensor
};

struct OnnxNode {
  std::string_view op_type;
  std::string_view domain;               // "" is ai.onnx
  std::string_view name;                 // may be empty
  std::vector<std::string_view> inputs;  // "": an optional one that is absent
  std::vector<std::string_view> outputs;
  std::vector<OnnxAttribute> attributes;

  [[nodiscard]] const OnnxAttribute* find(std::string_view attribute) const;
};

// One extent of a graph's input: a number, a name, or neither.
struct OnnxDimension {
  std::optional<int64_t> extent;
  std::string_view name;
};

struct OnnxValueInfo {
  std::string_view name;
  std::optional<ElementType> type;                  // nothing: no tensor or no ElementType
  std::optional<std::vector<OnnxDimension>> shape;  // nothing: not even the rank is known
};

struct OnnxGraph {
  std::string_view name;
  std::vector<OnnxNode> nodes;
  std::vector<OnnxTensor> initializers;
  std::vector<OnnxValueInfo> inputs;  // may repeat initializers, as IR 3 demands
  std::vector<OnnxValueInfo> outputs;
};

struct OnnxModel {
  std::string source;
  std::string_view producer;
  int64_t ir_version = 0;
  int64_t opset = 0;  // of the domain ai.onnx
  OnnxGraph graph;
  std::shared_ptr<const OnnxStorage> storage;
};

// Reads a ModelProto. Weights are not copied (onnx_tensor.h). Graphs inside attributes (control
// flow) are not read. Untrusted input; what the graph means is not checked here. Throws ConfigError
// with one line: `source`, byte or name, and what is wrong. Contract: `bytes` outlives the model
// and its checkpoint.
[[nodiscard]] OnnxModel parse_onnx(std::span<const uint8_t> bytes, const std::string& source);
// The same from a file, mapped; the model keeps it.
[[nodiscard]] OnnxModel open_onnx(const std::filesystem::path& path);

// True when `bytes` begin like an ONNX file does: the fields of a ModelProto up to its graph, in
// the order in which writers put them.
[[nodiscard]] bool looks_like_onnx(std::span<const uint8_t> bytes);

// Initializers and tensors of Constant nodes, in the file's order. An initializer with a generated
// name ("onnx::MatMul_123", "123") that is the weight of one named node gets the name of that node:
// that of /encoder/query/MatMul is called encoder.query.weight. Metadata:
//   onnx.producer, onnx.opset
//   onnx.layout:NAME    of weights of MatMul, Gemm, Conv: "k,n", "n,k" or "n,c,r,s"
//   onnx.original:NAME  the name in the file, where it was changed
// Throws as open_onnx(), and ConfigError: a name twice.
[[nodiscard]] Checkpoint open_onnx_checkpoint(const std::filesystem::path& path);
[[nodiscard]] Checkpoint onnx_checkpoint(const OnnxModel& model);

}  // namespace olivine
