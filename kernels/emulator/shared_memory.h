// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/base/rng.h"

namespace olivine::emulation {

// On sm_90 the first KiB of a block's shared memory is the system's: dynamic memory starts here.
inline constexpr uint32_t kFirstSharedAddress = 1024;

// The shared memory of a block: garbage at first, and for every word who last stored to it with an
// ordinary store. Offsets count from the start of the dynamic part, which is 1,024-aligned.
class SharedMemory {
 public:
  SharedMemory(int bytes, Rng& rng);

  [[nodiscard]] std::byte* data() const { return data_.get(); }
  [[nodiscard]] std::byte* at(uint32_t offset) const { return data_.get() + offset; }
  [[nodiscard]] int64_t bytes() const { return bytes_; }

  // Offset of an address, or bytes() and more where it is outside.
  [[nodiscard]] uint64_t offset_of(const void* address) const;
  [[nodiscard]] bool contains(uint64_t offset, int64_t bytes) const {
    return offset <= static_cast<uint64_t>(bytes_) &&
           bytes <= bytes_ - static_cast<int64_t>(offset);
  }

  // --- who stored what --------------------------------------------------------------------------
  // A stamp: thread + 1 above, its count of proxy fences below; 0 where there is nothing to fence.
  void stamp(uint32_t offset, int bytes, int thread, uint16_t fences);
  void clear_stamps(uint32_t offset, int bytes);
  // The whole 16 bytes around `offset` have nothing to fence.
  [[nodiscard]] bool is_clean_chunk(uint32_t offset) const {
    const uint32_t* s = stamps_.data() + offset / 16 * 4;
    return (s[0] | s[1] | s[2] | s[3]) == 0;
  }
  [[nodiscard]] uint32_t stamp_at(uint32_t offset) const { return stamps_[offset / 4]; }

  // --- mbarriers --------------------------------------------------------------------------------
  void reserve_barrier(uint32_t offset);
  [[nodiscard]] bool overlaps_barrier(uint32_t offset, int bytes) const;

  void fill_with_garbage(uint32_t offset, int bytes, Rng& rng);

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };

  int64_t bytes_;
  std::unique_ptr<std::byte[], Free> data_;
  std::vector<uint32_t> stamps_;   // of words
  std::vector<bool> has_barrier_;  // of 8 bytes
  bool has_any_barrier_ = false;
};

}  // namespace olivine::emulation
