// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/machines/dram_device.h"

namespace olivine {

// Where a burst lies.
struct DramCoordinate {
  int32_t channel = 0;
  int32_t rank = 0;
  int32_t group = 0;   // bank group
  int32_t bank = 0;    // within the group
  int32_t column = 0;  // in bursts
  int64_t row = 0;

  bool operator==(const DramCoordinate&) const = default;
};

// Bursts to coordinates and back. From the lowest bits of an address:
//
//   burst offset | bank group | column, low | channel | column, high | bank | rank | row
//
// Bank groups come first, so a sequential stream needs tCCD_S between its bursts, not tCCD_L. The
// low column bits fill up kInterleaveBytes, after which the next channel follows: a packet of that
// size is one channel's. The bank is then rotated by the row, so that streams a power of two apart
// do not meet in one bank all the time (the purpose of Zhang, Zhu, Zhang, "A permutation-based page
// interleaving scheme", MICRO 2000; their exclusive or would put the end of one row and the
// beginning of the next into one bank). Channels and ranks may be any number.
// Addresses beyond the capacity lie in rows that the device does not have; their timing is that of
// any other row.
class AddressMapping {
 public:
  static constexpr int64_t kInterleaveBytes = 256;

  explicit AddressMapping(const BankedConfig& config);

  // `burst` is an address divided by the burst's bytes.
  [[nodiscard]] DramCoordinate decode(uint64_t burst) const;
  [[nodiscard]] uint64_t encode(const DramCoordinate& where) const;

  [[nodiscard]] uint64_t burst_of(uint64_t address) const { return address >> offset_bits_; }
  // How many of the bursts 0 .. burst-1 are in `channel`.
  [[nodiscard]] int64_t bursts_before(uint64_t burst, int64_t channel) const;

 private:
  [[nodiscard]] int32_t rotated(int64_t bank, int64_t by) const;

  int32_t offset_bits_ = 0;
  int32_t group_bits_ = 0;
  int32_t low_bits_ = 0;   // of the column
  int32_t high_bits_ = 0;  // of the column
  int32_t bank_bits_ = 0;
  uint64_t channels_ = 1;
  uint64_t ranks_ = 1;
};

}  // namespace olivine
