// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/micro_device.h"

#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

template <class T>
DeviceBuffer uploaded(const std::vector<T>& host, StreamHandle stream) {
  return upload(std::span<const T>{host}, stream);
}

}  // namespace

DeviceLimits current_device_limits() {
  int index = 0;
  OLV_CUDA_CHECK(cudaGetDevice(&index));
  DeviceInfo device;
  if (const Status status = find_device(index, device); !status) {
    throw CudaError{"find_device", __FILE__, status.reason()};
  }
  return limits_of(device);
}

IssueBuffers::IssueBuffers(const IssueOperands& operands, StreamHandle stream)
    : registers_{uploaded(operands.registers, stream)},
      metadata_{uploaded(operands.metadata, stream)},
      tiles_{uploaded(operands.tiles, stream)},
      zeros_{int64_t{kIssueThreads} * kIssueZeros * static_cast<int64_t>(sizeof(uint32_t))} {
  fill_bytes(zeros_.data(), 0, zeros_.bytes(), stream);
}

IssueInput IssueBuffers::input() const {
  return {registers_.data<const uint32_t>(), metadata_.data<const uint32_t>(),
          tiles_.data<const uint32_t>(), zeros_.data<const uint32_t>()};
}

SpanBuffer::SpanBuffer(int64_t launches, int64_t spans_per_launch, int64_t threads)
    : launches_{launches},
      spans_per_launch_{spans_per_launch},
      spans_{launches * spans_per_launch * static_cast<int64_t>(sizeof(TimedSpan))},
      sink_{threads * static_cast<int64_t>(sizeof(int32_t))} {}

LoopOutput SpanBuffer::output(int64_t launch, int spans_per_block) const {
  return {spans_.data<TimedSpan>() + launch * spans_per_launch_, sink_.data<int32_t>(),
          spans_per_block};
}

std::vector<TimedSpan> SpanBuffer::read(StreamHandle stream) const {
  return download<TimedSpan>(spans_.data(), launches_ * spans_per_launch_, stream);
}

}  // namespace olivine
