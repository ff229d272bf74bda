// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace olivine::trace {

// Bytes over time in equal windows from cycle 0 on, as whole numbers: they add up to what was
// added, however often the windows were widened so that there are not more than a given number.
class ByteRate {
 public:
  // Contract: max_windows >= 2.
  explicit ByteRate(size_t max_windows) : max_windows_(max_windows) {}

  // Spread evenly over cycles from .. until - 1. Contract: 0 <= from < until.
  void add(int64_t bytes, int64_t from, int64_t until);

  [[nodiscard]] int64_t window_cycles() const { return window_cycles_; }
  // By window; those after the last byte are not there.
  [[nodiscard]] const std::vector<int64_t>& bytes() const { return bytes_; }
  [[nodiscard]] int64_t total() const;

 private:
  void widen();

  size_t max_windows_;
  int64_t window_cycles_ = 1;
  std::vector<int64_t> bytes_;
};

// When a data path moved something: intervals that do not touch, at most a given number of them;
// where there would be more, those that lie close together become one.
class BusyIntervals {
 public:
  struct Interval {
    int64_t from = 0;
    int64_t until = 0;
    int64_t bytes = 0;
  };

  // Contract: max_intervals >= 2.
  explicit BusyIntervals(size_t max_intervals) : max_intervals_(max_intervals) {}

  // Contract: nearly in the order of time.
  void add(int64_t bytes, int64_t from, int64_t until);

  [[nodiscard]] const std::vector<Interval>& intervals() const { return intervals_; }
  // Gaps of so many cycles or less are left out; 0: intervals are exact.
  [[nodiscard]] int64_t gap_cycles() const { return gap_cycles_; }

 private:
  void merge();

  size_t max_intervals_;
  int64_t gap_cycles_ = 0;
  std::vector<Interval> intervals_;
};

}  // namespace olivine::trace
