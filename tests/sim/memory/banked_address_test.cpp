// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/banked_memory_address.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "models/base/rng.h"
#include "tests/sim/memory/banked_support.h"

namespace olivine {
namespace {

INSTANTIATE_TEST_SUITE_P(AddressMapping, EveryPreset, ::testing::ValuesIn(kEveryPreset),
                         preset_name);

auto key_of(const DramCoordinate& where) {
  return std::tuple{where.channel, where.rank, where.group, where.bank, where.column, where.row};
}

TEST_P(EveryPreset, MapsEveryBurstOfAFewRowsToItsOwnPlaceAndBack) {
  const DramDevice& d = device();
  for (const auto& [channels, ranks] : {std::pair{1, 1}, {2, 1}, {3, 2}, {1, 3}}) {
    SCOPED_TRACE(fmt::format("{} channels, {} ranks", channels, ranks));
    const AddressMapping mapping{{.preset = GetParam(), .channels = channels, .ranks = ranks}};
    constexpr int64_t kRows = 3;
    const int64_t columns = d.row_bytes / d.burst_bytes();
    // The first kRows rows of every bank are exactly the lowest addresses.
    const int64_t bursts = channels * ranks * d.banks * columns * kRows;
    std::set<std::tuple<int32_t, int32_t, int32_t, int32_t, int32_t, int64_t>> seen;
    for (int64_t burst = 0; burst < bursts; ++burst) {
      const DramCoordinate where = mapping.decode(static_cast<uint64_t>(burst));
      ASSERT_EQ(mapping.encode(where), static_cast<uint64_t>(burst));
      ASSERT_TRUE(where.channel >= 0 && where.channel < channels);
      ASSERT_TRUE(where.rank >= 0 && where.rank < ranks);
      ASSERT_TRUE(where.group >= 0 && where.group < d.bank_groups);
      ASSERT_TRUE(where.bank >= 0 && where.bank < d.banks / d.bank_groups);
      ASSERT_TRUE(where.column >= 0 && where.column < columns);
      ASSERT_TRUE(where.row >= 0 && where.row < kRows);
      ASSERT_TRUE(seen.insert(key_of(where)).second) << "burst " << burst;
    }
  }
}

TEST_P(EveryPreset, MapsHighAddressesBackToo) {
  for (const uint64_t seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{seed};
    const AddressMapping mapping{
        {.preset = GetParam(), .channels = rng.uniform(1, 32), .ranks = rng.uniform(1, 8)}};
    for (int i = 0; i < 1000; ++i) {
      const auto burst = static_cast<uint64_t>(rng.uniform(0, int64_t{1} << 50));
      ASSERT_EQ(mapping.encode(mapping.decode(burst)), burst);
    }
  }
}

TEST_P(EveryPreset, AlternatesBankGroupsWithinAChannel) {
  const AddressMapping mapping{{.preset = GetParam()}};
  for (uint64_t burst = 0; burst < 1000; ++burst) {
    EXPECT_EQ(mapping.decode(burst).group, static_cast<int64_t>(burst) % device().bank_groups);
  }
}

TEST_P(EveryPreset, AlternatesChannelsEvery256Bytes) {
  const AddressMapping mapping{{.preset = GetParam(), .channels = 5}};
  for (uint64_t address = 0; address < 20000; address += 32) {
    EXPECT_EQ(mapping.decode(mapping.burst_of(address)).channel,
              static_cast<int32_t>(address / 256 % 5));
  }
}

TEST_P(EveryPreset, MovesStreamsARankOfRowsApartToOtherBanks) {
  const DramDevice& d = device();
  const AddressMapping mapping{{.preset = GetParam()}};
  // As many rows as a group has banks, at the same place of the row below: all in other banks.
  std::set<int32_t> banks;
  for (int64_t row = 0; row < d.banks / d.bank_groups; ++row) {
    const DramCoordinate where =
        mapping.decode(mapping.burst_of(static_cast<uint64_t>(row * d.banks * d.row_bytes)));
    EXPECT_EQ(where.row, row);
    banks.insert(where.bank);
  }
  EXPECT_EQ(banks.size(), static_cast<size_t>(d.banks / d.bank_groups));
}

TEST_P(EveryPreset, CountsTheBurstsOfEachChannel) {
  for (const int64_t channels : {1, 2, 3, 7, 32}) {
    SCOPED_TRACE(fmt::format("{} channels", channels));
    const AddressMapping mapping{{.preset = GetParam(), .channels = channels}};
    std::vector<int64_t> counts(static_cast<size_t>(channels), 0);
    for (uint64_t burst = 0; burst < 2000; ++burst) {
      for (int64_t channel = 0; channel < channels; ++channel) {
        ASSERT_EQ(mapping.bursts_before(burst, channel), counts[static_cast<size_t>(channel)]);
      }
      ++counts[static_cast<size_t>(mapping.decode(burst).channel)];
    }
  }
}

}  // namespace
}  // namespace olivine
