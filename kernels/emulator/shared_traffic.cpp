// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/shared_traffic.h"

#include <algorithm>
#include <bit>

namespace olivine::emulation {
namespace {

constexpr int kWarpThreads = 32;
constexpr size_t kMaxWords = 4;  // of an access

}  // namespace

int wavefronts(std::span<const uint32_t> offsets, int bytes) {
  std::array<uint32_t, kWarpThreads * kMaxWords> words{};
  size_t count = 0;
  const auto width = static_cast<uint32_t>(std::max(1, bytes / kWordBytes));
  for (const uint32_t offset : offsets) {
    for (uint32_t i = 0; i < width; ++i) words[count++] = offset / kWordBytes + i;
  }
  std::sort(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
  std::array<int, kBanks> asked{};
  int most = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0 && words[i] == words[i - 1]) continue;
    most = std::max(most, ++asked[words[i] % kBanks]);
  }
  return most;
}

WarpTraffic::WarpTraffic() = default;

void WarpTraffic::add(int lane, uint32_t offset, int bytes, SharedTraffic& total) {
  is_new_ = false;
  Width& width = widths_[static_cast<size_t>(std::countr_zero(static_cast<unsigned>(bytes)))];
  const auto thread = static_cast<size_t>(lane);
  const size_t position = width.next[thread]++ - width.first;
  if (position >= width.requests.size()) width.requests.resize(position + 1);
  Request& request = width.requests[position];
  request.lanes |= 1U << static_cast<unsigned>(lane);
  request.offsets[thread] = offset;
  if (request.lanes != ~0U || position != 0) return;
  // In step so far: the oldest request is complete, nobody can add to it.
  size_t complete = 0;
  while (complete < width.requests.size() && width.requests[complete].lanes == ~0U) {
    count(width.requests[complete++], bytes, total);
  }
  width.requests.erase(width.requests.begin(),
                       width.requests.begin() + static_cast<std::ptrdiff_t>(complete));
  width.first += static_cast<uint32_t>(complete);
}

void WarpTraffic::flush(SharedTraffic& total) {
  if (is_new_) return;
  is_new_ = true;
  for (size_t i = 0; i < widths_.size(); ++i) {
    Width& width = widths_[i];
    for (const Request& request : width.requests) count(request, 1 << i, total);
    width.requests.clear();
    width.first = 0;
    width.next.fill(0);
  }
}

void WarpTraffic::count(const Request& request, int bytes, SharedTraffic& total) {
  // 128 bytes at a time: 32 threads of up to 4 bytes, 16 of 8, 8 of 16.
  const int together = std::min(kWarpThreads, kWavefrontBytes / bytes);
  ++total.requests;
  for (int first = 0; first < kWarpThreads; first += together) {
    std::array<uint32_t, kWarpThreads> offsets{};
    size_t count = 0;
    for (int lane = first; lane < first + together; ++lane) {
      if ((request.lanes >> static_cast<unsigned>(lane) & 1U) == 0) continue;
      offsets[count++] = request.offsets[static_cast<size_t>(lane)];
    }
    if (count == 0) continue;
    total.wavefronts += wavefronts({offsets.data(), count}, bytes);
    ++total.ideal_wavefronts;
  }
}

}  // namespace olivine::emulation
