// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

namespace olivine {

// Which tensors of a checkpoint are weights: floats of two or more extents that are no embeddings
// or biases (names with "embed" or "bias" in them), without those that match a pattern of
// `exclude`. `include`, if there is any, replaces the rule about names. In patterns '*' stands for
// any characters.
struct WeightFilter {
  std::vector<std::string> include;
  std::vector<std::string> exclude;
};

}  // namespace olivine
