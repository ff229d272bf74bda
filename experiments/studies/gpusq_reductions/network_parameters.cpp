// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/gpusq_reductions/network_parameters.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "models/base/error.h"
#include "models/workloads/workload.h"

namespace olivine {
namespace {

std::string_view role_of(const Layer& layer) {
  const std::string_view name = layer.name;
  return name.substr(name.rfind('.') + 1);
}

ParameterKind kind_of(const Layer& layer) {
  if (layer.kind == LayerKind::Conv2d) return ParameterKind::PatchEmbedding;
  return role_of(layer) == "classifier" ? ParameterKind::Classifier : ParameterKind::Blocks;
}

// Distances along one side of a window of t tokens: 2 sqrt(t) - 1.
int64_t window_distances(int64_t tokens) {
  const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(tokens))));
  OLV_CHECK(side * side == tokens, "window of {} tokens", tokens);
  return 2 * side - 1;
}

// A walk through the layers in order.
class ParameterLister {
 public:
  explicit ParameterLister(PositionCoding coding) : coding_{coding} {}

  void add(const Layer& layer) {
    if (layer.kind == LayerKind::Linear || layer.kind == LayerKind::Conv2d) {
      add_weights(layer);
    } else if (role_of(layer).ends_with("layernorm")) {
      open_norms_.push_back(layer.name);
    } else if (role_of(layer) == "qk") {
      add_positions(layer);
    }
  }

  std::vector<ParameterTensor> take() {
    OLV_CHECK(open_norms_.empty(), "{} norms before no linear layer", open_norms_.size());
    return std::move(tensors_);
  }

 private:
  void add_weights(const Layer& layer) {
    const auto& [m, n, k, batch] = layer.gemm;
    for (const std::string& norm : open_norms_) {
      tensors_.push_back({norm + ".weight", ParameterKind::Norm, 1, k});
      tensors_.push_back({norm + ".bias", ParameterKind::Norm, 1, k});
    }
    open_norms_.clear();
    tensors_.push_back({layer.name + ".weight", kind_of(layer), n, k});
    if (role_of(layer) != "reduction") {
      tensors_.push_back({layer.name + ".bias", ParameterKind::Bias, 1, n});
    }
    // Patch embedding: the width of all tokens. Query, key and value: that of this block.
    width_ = layer.kind == LayerKind::Conv2d ? n : k;
  }

  void add_positions(const Layer& scores) {
    switch (coding_) {
      case PositionCoding::PerToken:  // once; the class token is one of the sequence
        if (has_positions_) return;
        tensors_.push_back({"class_token", ParameterKind::Position, 1, width_});
        tensors_.push_back({"positions", ParameterKind::Position, scores.gemm.m, width_});
        has_positions_ = true;
        return;
      case PositionCoding::PerWindow: {
        const int64_t distances = window_distances(scores.gemm.m);
        tensors_.push_back({scores.name + ".relative_bias", ParameterKind::Position,
                            distances * distances, width_ / scores.gemm.k});
        return;
      }
    }
  }

  PositionCoding coding_;
  std::vector<ParameterTensor> tensors_;
  std::vector<std::string> open_norms_;  // whose width is not known yet
  bool has_positions_ = false;
  int64_t width_ = 0;
};

}  // namespace

std::vector<ParameterTensor> list_parameters(const Workload& workload, PositionCoding coding) {
  ParameterLister lister{coding};
  for (const Layer& layer : workload.layers) lister.add(layer);
  return lister.take();
}

int64_t parameter_count(const std::vector<ParameterTensor>& tensors) {
  int64_t sum = 0;
  for (const ParameterTensor& tensor : tensors) sum += tensor.count();
  return sum;
}

int64_t parameter_count(const std::vector<ParameterTensor>& tensors, ParameterKind kind) {
  int64_t sum = 0;
  for (const ParameterTensor& tensor : tensors) {
    if (tensor.kind == kind) sum += tensor.count();
  }
  return sum;
}

int64_t weight_count(const std::vector<ParameterTensor>& tensors) {
  int64_t sum = 0;
  for (const ParameterTensor& tensor : tensors) {
    if (is_weight(tensor.kind)) sum += tensor.count();
  }
  return sum;
}

}  // namespace olivine
