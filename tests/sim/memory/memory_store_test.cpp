// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/memory_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "models/base/rng.h"

namespace olivine {
namespace {

TEST(MemoryStore, WhatWasNeverWrittenIsMarked) {
  const MemoryStore store;
  std::vector<uint8_t> bytes(3);
  store.read(uint64_t{1} << 60, bytes);
  EXPECT_EQ(bytes, std::vector<uint8_t>(3, MemoryStore::kUnwritten));
}

// Ranges from nothing to several pages, at and around page boundaries, against a byte map.
TEST(MemoryStore, KeepsEveryByteAcrossPages) {
  constexpr uint64_t kSeed = 77;
  constexpr int64_t kSpace = 20'000;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  MemoryStore store;
  std::vector<uint8_t> expected(kSpace, MemoryStore::kUnwritten);
  for (int round = 0; round < 300; ++round) {
    const int64_t address =
        rng.chance(0.3) ? rng.uniform(0, 3) * 4096 + rng.uniform(0, 2) : rng.uniform(0, kSpace - 1);
    std::vector<uint8_t> bytes(
        static_cast<size_t>(rng.uniform(0, std::min<int64_t>(9000, kSpace - address))));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(rng.next());
    store.write(static_cast<uint64_t>(address), bytes);
    std::copy(bytes.begin(), bytes.end(), expected.begin() + address);
    std::vector<uint8_t> all(kSpace);
    store.read(0, all);
    ASSERT_EQ(all, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace olivine
