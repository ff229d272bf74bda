// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "kernels/measure/case_runner.h"
#include "kernels/runtime/memory.h"
#include "kernels/runtime/stream.h"

namespace olivine::measure {

// Host memory for outputs on their way back, kept for all runners of a device: gigabytes of outputs
// are compared, and fresh pages for each would take longer than the copies.
class Staging {
 public:
  // At least so many bytes; what was there is gone.
  [[nodiscard]] uint8_t* memory(int64_t bytes);

 private:
  std::vector<uint8_t> buffer_;
};

// What runners of own kernels and of libraries share: graphs, events and outputs on one stream.
class GpuRunner : public CaseRunner {
 public:
  // Contract: both outlive the runner, and nobody else queues on the stream meanwhile.
  GpuRunner(StreamHandle stream, Staging& staging) : stream_{stream}, staging_{staging} {}

  void capture(size_t candidate, int64_t launches) override;
  void capture_step(size_t candidate, size_t step, int64_t launches) override;
  double run_us(int64_t graphs) override;
  void enqueue(int64_t graphs) override;
  void drain() override;
  std::span<const uint8_t> timed_output() override;
  std::vector<std::string> kernel_names(size_t candidate) override;

 protected:
  // Queues one launch with the operands of a set, C included; decoding before it too.
  virtual void launch(size_t candidate, int64_t set, StreamHandle stream) = 0;
  virtual void launch_step(size_t candidate, size_t step, int64_t set, StreamHandle stream) = 0;
  [[nodiscard]] virtual int64_t sets() const = 0;
  // C of the last set.
  [[nodiscard]] virtual std::span<std::byte> last_output() const = 0;

  [[nodiscard]] StreamHandle stream() const { return stream_; }
  // Poisons memory of that layout, lets `run` fill C and waits.
  GuardedOutput run_poisoned(const OutputLayout& layout, const std::function<void(void* c)>& run);
  std::span<const uint8_t> read_back(const void* device, int64_t bytes);

 private:
  // Every set once, `launches` / sets times.
  void capture_turns(int64_t launches, const std::function<void(int64_t, StreamHandle)>& launch_of);

  StreamHandle stream_;
  Staging& staging_;
  std::optional<Graph> graph_;
  Event start_;
  Event stop_;
  // Ends of the last enqueue() calls: more than one is under way, so that a sensor that is slow to
  // read leaves no gap.
  std::array<Event, 4> marks_;
  int64_t enqueued_ = 0;
};

// Copies of one operand in one allocation, each at a multiple of 256 bytes.
class RotatedBuffer {
 public:
  RotatedBuffer() = default;
  // One copy of the bytes, uploaded.
  RotatedBuffer(const void* host, int64_t bytes, StreamHandle stream);
  // `sets` copies of the first; without content where `bytes` alone are given.
  explicit RotatedBuffer(int64_t bytes) : bytes_{bytes}, buffer_{stride()} {}
  void multiply(int64_t sets, StreamHandle stream);

  [[nodiscard]] int64_t bytes() const { return bytes_; }  // of one copy
  [[nodiscard]] int64_t stride() const;
  [[nodiscard]] std::byte* at(int64_t set) const {
    return bytes_ == 0 ? nullptr : buffer_.data<std::byte>() + set * stride();
  }

 private:
  int64_t bytes_ = 0;
  DeviceBuffer buffer_;
};

}  // namespace olivine::measure
