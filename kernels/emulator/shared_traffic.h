// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/emulator/emulator.h"

namespace olivine::emulation {

inline constexpr int kBanks = 32;
inline constexpr int kWordBytes = 4;
inline constexpr int kWavefrontBytes = kBanks * kWordBytes;

// Wavefronts of threads that access `bytes` each at these offsets together: the most distinct words
// that one bank is asked for. Contract: at most 32 offsets.
[[nodiscard]] int wavefronts(std::span<const uint32_t> offsets, int bytes);

// The ordinary accesses of a warp, put together to requests: the n-th of a width of each thread.
class WarpTraffic {
 public:
  WarpTraffic();

  void add(int lane, uint32_t offset, int bytes, SharedTraffic& total);
  // At a warp-wide operation all threads begin to count anew.
  void flush(SharedTraffic& total);

 private:
  struct Request {
    uint32_t lanes = 0;
    std::array<uint32_t, 32> offsets{};
  };
  // Of one width. Requests before `first` are complete and counted.
  struct Width {
    std::array<uint32_t, 32> next{};
    uint32_t first = 0;
    std::vector<Request> requests;
  };

  static void count(const Request& request, int bytes, SharedTraffic& total);

  std::array<Width, 5> widths_;  // 1, 2, 4, 8, 16 bytes
  bool is_new_ = true;           // no access since the last flush
};

}  // namespace olivine::emulation
