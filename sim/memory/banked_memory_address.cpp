// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/banked_memory_address.h"

#include <algorithm>
#include <bit>

#include "models/base/error.h"

namespace olivine {
namespace {

int32_t log2_of(int64_t extent) {
  OLV_CHECK(extent > 0 && std::has_single_bit(static_cast<uint64_t>(extent)),
            "{} is not a power of two", extent);
  return std::countr_zero(static_cast<uint64_t>(extent));
}

// Takes fields off a number, the lowest first, or puts them on again.
class Digits {
 public:
  explicit Digits(uint64_t value) : value_(value) {}

  [[nodiscard]] int32_t take_bits(int32_t bits) {
    const uint64_t field = value_ & ((uint64_t{1} << bits) - 1);
    value_ >>= bits;
    return static_cast<int32_t>(field);
  }
  [[nodiscard]] int32_t take(uint64_t radix) {
    if (radix == 1) return 0;
    const uint64_t field = value_ % radix;
    value_ /= radix;
    return static_cast<int32_t>(field);
  }
  void put_bits(int64_t field, int32_t bits) {
    value_ = value_ << bits | static_cast<uint64_t>(field);
  }
  void put(int64_t field, uint64_t radix) {
    value_ = value_ * radix + static_cast<uint64_t>(field);
  }
  [[nodiscard]] uint64_t rest() const { return value_; }

 private:
  uint64_t value_;
};

}  // namespace

AddressMapping::AddressMapping(const BankedConfig& config)
    : channels_(static_cast<uint64_t>(config.channels)),
      ranks_(static_cast<uint64_t>(config.ranks)) {
  const DramDevice& device = dram_device(config.preset);
  const int64_t columns = device.row_bytes / device.burst_bytes();
  const int64_t interleaved = kInterleaveBytes / device.burst_bytes() / device.bank_groups;
  offset_bits_ = log2_of(device.burst_bytes());
  group_bits_ = log2_of(device.bank_groups);
  low_bits_ = log2_of(std::clamp<int64_t>(interleaved, 1, columns));
  high_bits_ = log2_of(columns) - low_bits_;
  bank_bits_ = log2_of(device.banks / device.bank_groups);
}

int32_t AddressMapping::rotated(int64_t bank, int64_t by) const {
  return static_cast<int32_t>((bank + by) & ((int64_t{1} << bank_bits_) - 1));
}

DramCoordinate AddressMapping::decode(uint64_t burst) const {
  Digits digits{burst};
  DramCoordinate where;
  where.group = digits.take_bits(group_bits_);
  where.column = digits.take_bits(low_bits_);
  where.channel = digits.take(channels_);
  where.column |= digits.take_bits(high_bits_) << low_bits_;
  where.bank = digits.take_bits(bank_bits_);
  where.rank = digits.take(ranks_);
  where.row = static_cast<int64_t>(digits.rest());
  where.bank = rotated(where.bank, where.row);
  return where;
}

uint64_t AddressMapping::encode(const DramCoordinate& where) const {
  Digits digits{static_cast<uint64_t>(where.row)};
  digits.put(where.rank, ranks_);
  digits.put_bits(rotated(where.bank, -where.row), bank_bits_);
  digits.put_bits(where.column >> low_bits_, high_bits_);
  digits.put(where.channel, channels_);
  digits.put_bits(where.column & ((1 << low_bits_) - 1), low_bits_);
  digits.put_bits(where.group, group_bits_);
  return digits.rest();
}

int64_t AddressMapping::bursts_before(uint64_t burst, int64_t channel) const {
  const int32_t chunk_bits = group_bits_ + low_bits_;
  const uint64_t chunk = burst >> chunk_bits;  // a channel's turn
  const auto turns = static_cast<int64_t>(chunk / channels_);
  const auto current = static_cast<int64_t>(chunk % channels_);
  const auto part = static_cast<int64_t>(burst & ((uint64_t{1} << chunk_bits) - 1));
  const int64_t started = channel == current ? part : 0;
  return ((turns + (channel < current ? 1 : 0)) << chunk_bits) + started;
}

}  // namespace olivine
