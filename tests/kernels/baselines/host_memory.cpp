// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// kernels/runtime/memory.h in host memory: linked into a test in place of the GPU's, so that code
// which moves data through it runs without one.
#include "kernels/runtime/memory.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace olivine {
namespace {

constexpr int64_t kAlignment = 256;

int64_t rounded_up(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

DeviceBuffer::DeviceBuffer(int64_t bytes) : bytes_{bytes} {
  if (bytes == 0) {
    return;
  }
  void* data = std::aligned_alloc(kAlignment, static_cast<size_t>(rounded_up(bytes)));
  if (data == nullptr) {
    throw std::bad_alloc{};
  }
  data_.reset(data);
}

void DeviceBuffer::Free::operator()(void* data) const noexcept { std::free(data); }

void copy_to_device(void* device, const void* host, int64_t bytes, StreamHandle /*stream*/) {
  std::memcpy(device, host, static_cast<size_t>(bytes));
}

void copy_to_host(void* host, const void* device, int64_t bytes, StreamHandle /*stream*/) {
  std::memcpy(host, device, static_cast<size_t>(bytes));
}

void copy_on_device(void* destination, const void* source, int64_t bytes, StreamHandle /*stream*/) {
  std::memcpy(destination, source, static_cast<size_t>(bytes));
}

void fill_bytes(void* device, uint8_t value, int64_t bytes, StreamHandle /*stream*/) {
  std::memset(device, value, static_cast<size_t>(bytes));
}

void synchronize(StreamHandle /*stream*/) {}

}  // namespace olivine
