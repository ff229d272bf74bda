// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/memory.h"

#include "kernels/runtime/cuda_check.cuh"

namespace olivine {

DeviceBuffer::DeviceBuffer(int64_t bytes) : bytes_{bytes} {
  if (bytes == 0) {
    return;
  }
  void* data = nullptr;
  OLV_CUDA_CHECK(cudaMalloc(&data, static_cast<size_t>(bytes)));
  data_.reset(data);
}

void DeviceBuffer::Free::operator()(void* data) const noexcept {
  OLV_CUDA_CHECK_NOEXCEPT(cudaFree(data));
}

void copy_to_device(void* device, const void* host, int64_t bytes, StreamHandle stream) {
  OLV_CUDA_CHECK(
      cudaMemcpyAsync(device, host, static_cast<size_t>(bytes), cudaMemcpyHostToDevice, stream));
}

void copy_to_host(void* host, const void* device, int64_t bytes, StreamHandle stream) {
  OLV_CUDA_CHECK(
      cudaMemcpyAsync(host, device, static_cast<size_t>(bytes), cudaMemcpyDeviceToHost, stream));
}

void copy_on_device(void* destination, const void* source, int64_t bytes, StreamHandle stream) {
  OLV_CUDA_CHECK(cudaMemcpyAsync(destination, source, static_cast<size_t>(bytes),
                                 cudaMemcpyDeviceToDevice, stream));
}

void fill_bytes(void* device, uint8_t value, int64_t bytes, StreamHandle stream) {
  OLV_CUDA_CHECK(cudaMemsetAsync(device, value, static_cast<size_t>(bytes), stream));
}

void synchronize(StreamHandle stream) { OLV_CUDA_CHECK(cudaStreamSynchronize(stream)); }

}  // namespace olivine
