// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/random_order.h"

#include <algorithm>
#include <bit>

#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine::sweep {

RandomOrder::RandomOrder(uint64_t count, uint64_t seed) : count_(count), half_bits_(1) {
  OLV_CHECK(count <= uint64_t{1} << 62, "{} places", count);
  const int bits = count == 0 ? 0 : static_cast<int>(std::bit_width(count - 1));
  half_bits_ = std::max(half_bits_, (bits + 1) / 2);
  Rng rng{seed};
  for (uint64_t& key : keys_) key = rng.next();
}

uint64_t RandomOrder::encrypt(uint64_t value) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = value >> half_bits_;
  uint64_t right = value & mask;
  for (const uint64_t key : keys_) {
    const uint64_t mixed = left ^ (Rng{right ^ key}.next() & mask);
    left = right;
    right = mixed;
  }
  return (left << half_bits_) | right;
}

uint64_t RandomOrder::at(uint64_t place) const {
  OLV_CHECK(place < count_, "place {} of {}", place, count_);
  uint64_t value = encrypt(place);
  while (value >= count_) value = encrypt(value);
  return value;
}

}  // namespace olivine::sweep
