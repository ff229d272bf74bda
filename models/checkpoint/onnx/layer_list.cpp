// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/layer_list.h"

#include <fmt/format.h>

#include <utility>

#include "models/base/error.h"
#include "models/workloads/conv.h"
#include "models/workloads/layer_spec.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

std::vector<std::string> problems_of(const Layer& layer) {
  if (layer.kind != LayerKind::Vector) {
    return layer.conv ? shape_problems(*layer.conv, layer.kind) : shape_problems(layer.gemm);
  }
  if (layer.vector_elems < 1 || layer.vector_elems > kMaxVectorElems) {
    return {fmt::format("{} elements: must be 1..{}", layer.vector_elems, kMaxVectorElems)};
  }
  if (layer.vector_ops < 1 || layer.vector_ops > kMaxVectorOps) {
    return {
        fmt::format("{} operations an element: must be 1..{}", layer.vector_ops, kMaxVectorOps)};
  }
  return {};
}

}  // namespace

void LayerList::add(Layer layer) {
  std::vector<std::string> problems = problems_of(layer);
  for (std::string& problem : problems)
    problem = fmt::format("layer '{}': {}", layer.name, problem);
  if (!problems.empty()) throw ConfigError{std::move(problems)};
  if (layers_.size() == kMaxWorkloadLayers) {
    throw ConfigError{fmt::format("more than {} layers", kMaxWorkloadLayers)};
  }
  work_ += layer.kind == LayerKind::Vector
               ? static_cast<uint64_t>(layer.vector_elems * layer.vector_ops)
               : layer.gemm.macs().count();
  if (work_ > kMaxWorkloadMacs) {
    throw ConfigError{fmt::format("{} MACs and vector operations so far: must be at most {}", work_,
                                  kMaxWorkloadMacs)};
  }
  const std::string base = layer.name;
  for (size_t copy = 2; !names_.insert(layer.name).second; ++copy) {
    layer.name = fmt::format("{}_{}", base, copy);
  }
  layers_.push_back(std::move(layer));
}

}  // namespace olivine
