// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace olivine {

struct Workload;

// Weights of blocks, patch embedding and classifier may be packed; the others never are.
enum class ParameterKind : uint8_t { Blocks, PatchEmbedding, Classifier, Bias, Norm, Position };

[[nodiscard]] constexpr bool is_weight(ParameterKind kind) { return kind < ParameterKind::Bias; }

// Weights: n output features of k inputs each. Others: n vectors of k, or one of k.
struct ParameterTensor {
  std::string name;
  ParameterKind kind = ParameterKind::Blocks;
  int64_t n = 0;
  int64_t k = 0;

  [[nodiscard]] int64_t count() const { return n * k; }
};

// How a vision transformer knows where a token stands.
//   PerToken   DeiT: a vector a token, and the class token itself
//   PerWindow  Swin: in every block and head, a bias for each distance within a window
enum class PositionCoding : uint8_t { PerToken, PerWindow };

// Parameters of a vision transformer, in the order of its layers: weights from the GEMMs of its
// workload, the others as the reference implementations have them (Touvron et al. 2021, Liu et al.
// 2021):
//   biases     one an output feature of every linear layer and of the patch embedding; Swin's
//              patch merging ("reduction") has none
//   norms      scale and shift of every layer norm, as wide as the input of the linear layer
//              behind it
//   positions  see PositionCoding
// Contract: a workload of the DeiT or Swin family, named as the shipped ones are.
[[nodiscard]] std::vector<ParameterTensor> list_parameters(const Workload& workload,
                                                           PositionCoding coding);

[[nodiscard]] int64_t parameter_count(const std::vector<ParameterTensor>& tensors);
[[nodiscard]] int64_t parameter_count(const std::vector<ParameterTensor>& tensors,
                                      ParameterKind kind);
// Of the three kinds of weights.
[[nodiscard]] int64_t weight_count(const std::vector<ParameterTensor>& tensors);

}  // namespace olivine
