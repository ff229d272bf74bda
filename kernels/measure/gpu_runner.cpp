// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/gpu_runner.h"

#include <utility>

#include "models/base/units.h"

namespace olivine::measure {
namespace {

constexpr int64_t kBufferAlignment = 256;

}  // namespace

void GpuRunner::capture_turns(int64_t launches,
                              const std::function<void(int64_t, StreamHandle)>& launch_of) {
  graph_.reset();
  graph_.emplace(static_cast<int>(launches / sets()), [&](StreamHandle stream) {
    for (int64_t set = 0; set < sets(); ++set) launch_of(set, stream);
  });
  graph_->upload(stream_);
  synchronize(stream_);
}

void GpuRunner::capture(size_t candidate, int64_t launches) {
  capture_turns(launches,
                [&](int64_t set, StreamHandle stream) { launch(candidate, set, stream); });
  // What earlier candidates wrote does not stand for what this one will.
  fill_bytes(last_output().data(), kPoison, static_cast<int64_t>(last_output().size()), stream_);
}

void GpuRunner::capture_step(size_t candidate, size_t step, int64_t launches) {
  capture_turns(launches, [&](int64_t set, StreamHandle stream) {
    launch_step(candidate, step, set, stream);
  });
}

std::span<const uint8_t> GpuRunner::timed_output() {
  return read_back(last_output().data(), static_cast<int64_t>(last_output().size()));
}

double GpuRunner::run_us(int64_t graphs) {
  graph_->launch(stream_);  // the clock starts behind it, so the host's launch is not in the time
  start_.record(stream_);
  for (int64_t i = 0; i < graphs; ++i) graph_->launch(stream_);
  stop_.record(stream_);
  return elapsed_us(start_, stop_);
}

void GpuRunner::enqueue(int64_t graphs) {
  for (int64_t i = 0; i < graphs; ++i) graph_->launch(stream_);
  const auto count = std::ssize(marks_);
  marks_[static_cast<size_t>(enqueued_ % count)].record(stream_);
  ++enqueued_;
  // The next mark is the oldest.
  if (enqueued_ >= count) marks_[static_cast<size_t>(enqueued_ % count)].synchronize();
}

void GpuRunner::drain() {
  synchronize(stream_);
  enqueued_ = 0;
}

std::vector<std::string> GpuRunner::kernel_names(size_t candidate) {
  std::vector<std::string> names;
  const Status status =
      olivine::kernel_names([&](StreamHandle stream) { launch(candidate, 0, stream); }, names);
  return status ? names : std::vector<std::string>{};
}

GuardedOutput GpuRunner::run_poisoned(const OutputLayout& layout,
                                      const std::function<void(void* c)>& run) {
  const DeviceBuffer memory{layout.total_bytes()};
  fill_bytes(memory.data(), kPoison, layout.total_bytes(), stream_);
  run(memory.data<std::byte>() + layout.guard_bytes);
  return {layout, read_back(memory.data(), layout.total_bytes())};
}

std::span<const uint8_t> GpuRunner::read_back(const void* device, int64_t bytes) {
  uint8_t* host = staging_.memory(bytes);
  copy_to_host(host, device, bytes, stream_);
  synchronize(stream_);
  return {host, static_cast<size_t>(bytes)};
}

uint8_t* Staging::memory(int64_t bytes) {
  if (buffer_.size() < static_cast<size_t>(bytes)) buffer_.resize(static_cast<size_t>(bytes));
  return buffer_.data();
}

RotatedBuffer::RotatedBuffer(const void* host, int64_t bytes, StreamHandle stream)
    : RotatedBuffer{bytes} {
  if (bytes == 0) return;
  copy_to_device(buffer_.data(), host, bytes, stream);
  synchronize(stream);
}

int64_t RotatedBuffer::stride() const { return round_up(bytes_, kBufferAlignment); }

void RotatedBuffer::multiply(int64_t sets, StreamHandle stream) {
  if (bytes_ == 0) return;
  DeviceBuffer copies{sets * stride()};
  for (int64_t set = 0; set < sets; ++set) {
    copy_on_device(copies.data<std::byte>() + set * stride(), buffer_.data(), stride(), stream);
  }
  synchronize(stream);
  buffer_ = std::move(copies);
}

}  // namespace olivine::measure
