// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "models/workloads/workload.h"

namespace olivine {

// Collects the layers of a workload and holds them to the limits every workload has.
class LayerList {
 public:
  // Adds a layer; a name that is taken gets "_2", "_3" and so on. Throws ConfigError: a shape that
  // models refuse, too many layers, too much work in all; the message names the layer.
  void add(Layer layer);
  [[nodiscard]] std::vector<Layer> take() && { return std::move(layers_); }
  [[nodiscard]] bool is_empty() const { return layers_.empty(); }

 private:
  std::vector<Layer> layers_;
  std::set<std::string> names_;
  uint64_t work_ = 0;  // MACs and vector operations
};

}  // namespace olivine
