// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cuda_runtime_api.h>

#include <functional>
#include <memory>
#include <type_traits>

#include "kernels/runtime/cuda_check.cuh"
#include "kernels/runtime/device.h"

namespace olivine {

struct DestroyGraph {
  void operator()(cudaGraph_t graph) const noexcept {
    OLV_CUDA_CHECK_NOEXCEPT(cudaGraphDestroy(graph));
  }
};
using CapturedGraph = std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, DestroyGraph>;

// What `work` queues on a stream of its own, `repetitions` times, as a graph. What it throws is
// passed on.
[[nodiscard]] CapturedGraph capture(int repetitions, const std::function<void(StreamHandle)>& work);

}  // namespace olivine
