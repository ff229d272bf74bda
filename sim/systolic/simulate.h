// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/systolic/run_layer.h"

namespace olivine {

class LayerObserver;
struct LayerPlan;
class MemoryObserver;
struct NetworkPlan;

// Who watches a layer and the memory it is alone on; null: nobody.
struct LayerObservers {
  LayerObserver* layer = nullptr;
  MemoryObserver* memory = nullptr;
};

// Runs one planned layer on the cycle-stepped model with synthetic operands of `seed` and compares
// every int32 output with the functional GEMM (a direct convolution for conv layers). Weights of a
// density below 1 travel as their compressed image, and what is computed with is what was expanded.
// Throws CheckFailed with the first output that differs, or NoProgress. `progress` is called now
// and then with the cycles done. Contract: plan.kind is not Vector.
[[nodiscard]] LayerTiming simulate_layer(const NetworkPlan& network, const LayerPlan& plan,
                                         uint64_t seed, const LayerProgress& progress = {},
                                         const LayerObservers& observers = {});

}  // namespace olivine
