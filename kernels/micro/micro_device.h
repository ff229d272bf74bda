// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "kernels/micro/issue_operands.h"
#include "kernels/micro/micro_launch.h"
#include "kernels/runtime/memory.h"

// What run_micro() and run_sustained() share: operands and outputs on the current device.
namespace olivine {

// Limits of the current device. Throws CudaError.
[[nodiscard]] DeviceLimits current_device_limits();

// IssueOperands on the device.
class IssueBuffers {
 public:
  IssueBuffers(const IssueOperands& operands, StreamHandle stream);
  [[nodiscard]] IssueInput input() const;

 private:
  DeviceBuffer registers_;
  DeviceBuffer metadata_;
  DeviceBuffer tiles_;
  DeviceBuffer zeros_;
};

// Spans of several launches.
class SpanBuffer {
 public:
  // `threads`: of the largest launch.
  SpanBuffer(int64_t launches, int64_t spans_per_launch, int64_t threads);
  // For launch `launch`, of blocks that write `spans_per_block` spans each.
  [[nodiscard]] LoopOutput output(int64_t launch, int spans_per_block) const;
  // Waits for the stream. [launch][span]
  [[nodiscard]] std::vector<TimedSpan> read(StreamHandle stream) const;

 private:
  int64_t launches_;
  int64_t spans_per_launch_;
  DeviceBuffer spans_;
  DeviceBuffer sink_;
};

}  // namespace olivine
