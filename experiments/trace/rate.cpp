// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/rate.h"

#include <algorithm>
#include <numeric>

#include "models/base/error.h"

namespace olivine::trace {
namespace {

__extension__ using Wide = __int128;  // bytes times cycles

}  // namespace

void ByteRate::add(int64_t bytes, int64_t from, int64_t until) {
  OLV_CHECK(0 <= from && from < until, "{}..{}", from, until);
  while (static_cast<size_t>((until - 1) / window_cycles_) >= max_windows_) widen();
  const auto last = static_cast<size_t>((until - 1) / window_cycles_);
  if (bytes_.size() <= last) bytes_.resize(last + 1);
  int64_t moved = 0;  // bytes before the window
  for (auto window = static_cast<size_t>(from / window_cycles_); window <= last; ++window) {
    const int64_t end = std::min(until, static_cast<int64_t>(window + 1) * window_cycles_);
    const auto by_end =
        static_cast<int64_t>(static_cast<Wide>(bytes) * (end - from) / (until - from));
    bytes_[window] += by_end - moved;
    moved = by_end;
  }
}

void ByteRate::widen() {
  window_cycles_ *= 2;
  for (size_t i = 0; i < bytes_.size(); ++i) {
    const int64_t value = bytes_[i];
    bytes_[i] = 0;
    bytes_[i / 2] += value;
  }
  bytes_.resize((bytes_.size() + 1) / 2);
}

int64_t ByteRate::total() const {
  return std::accumulate(bytes_.begin(), bytes_.end(), int64_t{0});
}

void BusyIntervals::add(int64_t bytes, int64_t from, int64_t until) {
  Interval added{from, until, bytes};
  while (!intervals_.empty() && added.from <= intervals_.back().until + gap_cycles_) {
    const Interval& last = intervals_.back();
    added = {std::min(last.from, added.from), std::max(last.until, added.until),
             last.bytes + added.bytes};
    intervals_.pop_back();
  }
  intervals_.push_back(added);
  while (intervals_.size() > max_intervals_) merge();
}

void BusyIntervals::merge() {
  gap_cycles_ = std::max<int64_t>(1, 2 * gap_cycles_);
  std::vector<Interval> merged;
  for (const Interval& interval : intervals_) {
    if (merged.empty() || interval.from > merged.back().until + gap_cycles_) {
      merged.push_back(interval);
    } else {
      merged.back().until = interval.until;
      merged.back().bytes += interval.bytes;
    }
  }
  intervals_ = std::move(merged);
}

}  // namespace olivine::trace
