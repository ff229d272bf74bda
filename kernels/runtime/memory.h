// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/runtime/device.h"

namespace olivine {

// Memory of the current device, aligned to 256 bytes. Of 0 bytes it is nullptr.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  explicit DeviceBuffer(int64_t bytes);

  [[nodiscard]] int64_t bytes() const { return bytes_; }
  [[nodiscard]] void* data() const { return data_.get(); }
  template <class T>
  [[nodiscard]] T* data() const {
    return static_cast<T*>(data_.get());
  }

 private:
  struct Free {
    void operator()(void* data) const noexcept;
  };
  std::unique_ptr<void, Free> data_;
  int64_t bytes_ = 0;
};

// Queued on the stream. Contract: both ranges live until the stream has come past the copy.
void copy_to_device(void* device, const void* host, int64_t bytes, StreamHandle stream);
void copy_to_host(void* host, const void* device, int64_t bytes, StreamHandle stream);
void copy_on_device(void* destination, const void* source, int64_t bytes, StreamHandle stream);
void fill_bytes(void* device, uint8_t value, int64_t bytes, StreamHandle stream);
// Waits for everything that is queued on the stream.
void synchronize(StreamHandle stream);

// Both wait for their copy.
template <class T>
[[nodiscard]] DeviceBuffer upload(std::span<const T> host, StreamHandle stream) {
  const auto bytes = static_cast<int64_t>(host.size_bytes());
  DeviceBuffer buffer{bytes};
  copy_to_device(buffer.data(), host.data(), bytes, stream);
  synchronize(stream);
  return buffer;
}
template <class T>
[[nodiscard]] std::vector<T> download(const void* device, int64_t count, StreamHandle stream) {
  std::vector<T> host(static_cast<size_t>(count));
  copy_to_host(host.data(), device, count * static_cast<int64_t>(sizeof(T)), stream);
  synchronize(stream);
  return host;
}

}  // namespace olivine
