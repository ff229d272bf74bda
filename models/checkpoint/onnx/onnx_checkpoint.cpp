// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <set>

#include "models/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/onnx/onnx_model.h"
#include "models/checkpoint/onnx/onnx_names.h"

namespace olivine {
namespace {

// Collects the tensors of one model under distinct names.
class TensorList {
 public:
  explicit TensorList(const OnnxModel& model) : model_(model), weights_(onnx_weights(model.graph)) {
    metadata_["onnx.producer"] = model.producer;
    metadata_["onnx.opset"] = fmt::format("{}", model.opset);
  }

  void add(const OnnxTensor& tensor, std::string_view name) {
    const auto weight = weights_.find(name);
    std::string own_name{name};
    if (weight != weights_.end()) {
      own_name = weight->second.name;
      metadata_["onnx.layout:" + own_name] = weight->second.layout;
      if (own_name != name) metadata_["onnx.original:" + own_name] = name;
    }
    if (own_name.empty()) throw ConfigError{fmt::format("{}: a tensor without name", source())};
    if (!names_.insert(own_name).second) {
      throw ConfigError{fmt::format("{}: tensor '{}' twice", source(), own_name)};
    }
    tensors_.push_back({own_name, tensor.type, tensor.shape, tensor.bytes});
  }

  Checkpoint checkpoint() && {
    std::vector<std::shared_ptr<const MappedFile>> files;
    if (model_.storage->model != nullptr) files.push_back(model_.storage->model);
    for (const auto& [name, file] : model_.storage->external) files.push_back(file);
    return {source(), std::move(tensors_), std::move(metadata_), model_.storage, std::move(files)};
  }

 private:
  [[nodiscard]] const std::string& source() const { return model_.source; }

  const OnnxModel& model_;
  std::map<std::string_view, OnnxWeight> weights_;
  std::set<std::string> names_;
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace

Checkpoint onnx_checkpoint(const OnnxModel& model) {
  TensorList list{model};
  for (const OnnxTensor& tensor : model.graph.initializers) list.add(tensor, tensor.name);
  for (const OnnxNode& node : model.graph.nodes) {
    if (node.op_type != "Constant" || !node.domain.empty() || node.outputs.size() != 1) continue;
    const OnnxAttribute* value = node.find("value");
    if (value != nullptr && value->kind == OnnxAttribute::Kind::Tensor) {
      list.add(value->tensors.at(0), node.outputs[0]);
    }
  }
  return std::move(list).checkpoint();
}

Checkpoint open_onnx_checkpoint(const std::filesystem::path& path) {
  return onnx_checkpoint(open_onnx(path));
}

}  // namespace olivine
