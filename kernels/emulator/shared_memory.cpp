// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/shared_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace olivine::emulation {
namespace {

constexpr size_t kAlignment = 1024;

std::byte* allocate(size_t bytes) {
  const size_t rounded = std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
  void* memory = std::aligned_alloc(kAlignment, rounded);
  if (memory == nullptr) throw std::bad_alloc{};
  return static_cast<std::byte*>(memory);
}

}  // namespace

void SharedMemory::Free::operator()(std::byte* bytes) const { std::free(bytes); }

SharedMemory::SharedMemory(int bytes, Rng& rng)
    : bytes_{bytes},
      data_{allocate(static_cast<size_t>(bytes))},
      stamps_(static_cast<size_t>(bytes) / 16 * 4 + 4),
      has_barrier_(static_cast<size_t>(bytes) / 8 + 1) {
  fill_with_garbage(0, bytes, rng);
}

uint64_t SharedMemory::offset_of(const void* address) const {
  return reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(data_.get());
}

void SharedMemory::stamp(uint32_t offset, int bytes, int thread, uint16_t fences) {
  const uint32_t value = static_cast<uint32_t>(thread + 1) << 16U | fences;
  const uint32_t last = (offset + static_cast<uint32_t>(bytes) - 1) / 4;
  for (uint32_t word = offset / 4; word <= last; ++word) stamps_[word] = value;
}

void SharedMemory::clear_stamps(uint32_t offset, int bytes) {
  const auto first = stamps_.begin() + offset / 4;
  std::fill(first, first + bytes / 4, 0U);
}

void SharedMemory::reserve_barrier(uint32_t offset) {
  has_barrier_[offset / 8] = true;
  has_any_barrier_ = true;
}

bool SharedMemory::overlaps_barrier(uint32_t offset, int bytes) const {
  if (!has_any_barrier_ || bytes <= 0) return false;
  const uint32_t last = (offset + static_cast<uint32_t>(bytes) - 1) / 8;
  for (uint32_t i = offset / 8; i <= last; ++i) {
    if (has_barrier_[i]) return true;
  }
  return false;
}

void SharedMemory::fill_with_garbage(uint32_t offset, int bytes, Rng& rng) {
  uint64_t garbage = 0;
  for (int i = 0; i < bytes; i += 8) {
    garbage = rng.next();
    const int count = std::min(8, bytes - i);
    std::memcpy(at(offset) + i, &garbage, static_cast<size_t>(count));
  }
}

}  // namespace olivine::emulation
