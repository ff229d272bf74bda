// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <functional>
#include <numeric>
#include <vector>

#include "kernels/device/ops.cuh"
#include "kernels/launch/swizzle.h"
#include "tests/kernels/emulator/emulator_check.h"

namespace olivine {
namespace {

using namespace device;
using testing::HasSubstr;

constexpr LaunchConfig kOneWarp{1, 32, 4096, 1};

void fill(std::byte* shared, int bytes) {
  for (int i = lane_index(); i < bytes; i += 32) {
    store_shared(shared + i, static_cast<uint8_t>(i * 7 + i / 256));
  }
  sync_warp();
}

// --- bounds and alignment ------------------------------------------------------------------------
TEST(SharedMemory, StartsAsGarbageThatTheSeedChooses) {
  std::array<uint64_t, 3> first{};
  for (size_t seed = 1; seed <= 2; ++seed) {
    emulate(kOneWarp, {seed, 90, {}}, [&](std::byte* shared) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(shared) % 1024, 0U);
      first[seed] = load_shared<uint64_t>(shared);
    });
  }
  EXPECT_NE(first[1], first[2]);
}

TEST(SharedMemory, RefusesAccessesOutOfBoundsBad) {
  const auto error = [](int offset) {
    return error_of(kOneWarp, [=](std::byte* shared) { load_shared<uint32_t>(shared + offset); });
  };
  EXPECT_EQ(error(4092), "");
  EXPECT_THAT(error(4096), HasSubstr("load_shared: 4 bytes at offset 4096 of 4096"));
  EXPECT_THAT(error(-4), HasSubstr("at offset -4"));
  EXPECT_THAT(error(6), HasSubstr("no multiple of 4"));
  EXPECT_THAT(error_of(kOneWarp,
                       [](std::byte*) {
                         uint32_t local = 0;
                         store_shared(&local, 1U);
                       }),
              HasSubstr("store_shared"));
  EXPECT_THAT(error_of(kOneWarp, [](std::byte* shared) { store_shared(shared + 8, Bytes16{}); }),
              HasSubstr("no multiple of 16"));
}

TEST(GlobalMemory, RefusesAccessesOutsideTheRangesBad) {
  alignas(16) std::array<uint32_t, 8> data{};
  alignas(16) std::array<uint32_t, 8> result{};
  const EmulatorOptions options{1, 90, {{data.data(), 28, false}, {result.data(), 32, true}}};
  const auto error = [&](const std::function<void()>& access) {
    return error_of(
        kOneWarp, [&](std::byte*) { access(); }, options);
  };
  EXPECT_EQ(error([&] { load_global<uint32_t>(data.data() + 6); }), "");
  EXPECT_EQ(error([&] { store_global(result.data() + 7, 5U); }), "");
  EXPECT_THAT(error([&] { load_global<uint32_t>(data.data() + 7); }),
              HasSubstr("nearest is range 0 of 28 read-only bytes, +28 of it"));
  EXPECT_THAT(error([&] { load_streaming(data.data() + 4); }), HasSubstr("may not be read"));
  EXPECT_THAT(error([&] { store_global(data.data(), 5U); }), HasSubstr("may not be written"));
  EXPECT_THAT(error([&] { load_global<uint32_t>(nullptr); }), HasSubstr("null"));
  EXPECT_THAT(
      error([&] { load_global<Bytes16>(reinterpret_cast<const std::byte*>(result.data()) + 8); }),
      HasSubstr("no multiple of 16"));
}

TEST(GlobalMemory, AtomicsReturnWhatWasThere) {
  unsigned long long least = 1000;
  int32_t sum = 5;
  std::vector<int32_t> before;
  emulate({1, 64, 0, 1}, {}, [&](std::byte*) {
    EXPECT_GE(atomic_min_global(&least, static_cast<uint64_t>(500 + thread_index())), least);
    before.push_back(atomic_add_global(&sum, 2));
  });
  EXPECT_EQ(least, 500U);
  EXPECT_EQ(sum, 5 + 2 * 64);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i], 5 + 2 * static_cast<int>(i));
}

// --- ldmatrix ------------------------------------------------------------------------------------
TEST(LoadMatrices, GivesEachThreadItsWordOfFourRows) {
  emulate(kOneWarp, {}, [](std::byte* shared) {
    fill(shared, 4096);
    // Lane l names row l % 8 of matrix l / 8, anywhere.
    const auto row_of = [](int lane) { return (lane * 5 % 32) * 48; };
    uint32_t word[4];
    load_matrices(word, shared + row_of(lane_index()));
    for (int matrix = 0; matrix < 4; ++matrix) {
      const int offset = row_of(8 * matrix + lane_index() / 4) + lane_index() % 4 * 4;
      EXPECT_EQ(word[matrix], load_shared<uint32_t>(shared + offset));
    }
  });
}

TEST(LoadMatrices, RefusesMisalignedRowsBad) {
  const auto error = [](int offset) {
    return error_of(kOneWarp, [=](std::byte* shared) {
      uint32_t word[4];
      load_matrices(word, shared + lane_index() * 16 + offset);
    });
  };
  EXPECT_EQ(error(4096 - 512), "");
  EXPECT_THAT(error(8), HasSubstr("no multiple of 16"));
  EXPECT_THAT(error(4096 - 496), HasSubstr("offset 4096 of 4096"));
}

// --- banks ---------------------------------------------------------------------------------------
SharedTraffic traffic_of_matrices(const std::function<int(int)>& offset_of_lane) {
  return emulate(kOneWarp, {},
                 [&](std::byte* shared) {
                   uint32_t word[4];
                   load_matrices(word, shared + offset_of_lane(lane_index()));
                 })
      .matrix_loads;
}

TEST(SharedTraffic, RowsOfAWholeWavefrontConflictUnlessTheyAreSwizzled) {
  const SharedTraffic plain = traffic_of_matrices([](int lane) { return lane * 128; });
  EXPECT_EQ(plain.requests, 1);
  EXPECT_EQ(plain.ideal_wavefronts, 4);
  EXPECT_EQ(plain.wavefronts, 4 * 8);  // 8 rows of each matrix in the same four banks
  const SharedTraffic exchanged =
      traffic_of_matrices([](int lane) { return swizzled(Swizzle::Bytes128, lane * 128); });
  EXPECT_EQ(exchanged.wavefronts, 4);
  const SharedTraffic padded = traffic_of_matrices([](int lane) { return lane * 80; });
  EXPECT_EQ(padded.wavefronts, 4);
  const SharedTraffic same = traffic_of_matrices([](int) { return 16; });
  EXPECT_EQ(same.wavefronts, 4);  // one word for all is no conflict
}

template <class T>
SharedTraffic traffic_of_loads(const std::function<int(int)>& offset_of_lane) {
  return emulate(kOneWarp, {},
                 [&](std::byte* shared) { load_shared<T>(shared + offset_of_lane(lane_index())); })
      .loads;
}

TEST(SharedTraffic, CountsWhatTheBanksOfAWarpAreAskedFor) {
  EXPECT_EQ(traffic_of_loads<uint32_t>([](int lane) { return 4 * lane; }).wavefronts, 1);
  EXPECT_EQ(traffic_of_loads<uint8_t>([](int lane) { return lane; }).wavefronts, 1);
  EXPECT_EQ(traffic_of_loads<uint32_t>([](int lane) { return 8 * lane; }).wavefronts, 2);
  EXPECT_EQ(traffic_of_loads<uint32_t>([](int lane) { return 128 * lane; }).wavefronts, 32);
  const SharedTraffic wide = traffic_of_loads<Bytes16>([](int lane) { return 16 * lane; });
  EXPECT_EQ(wide.requests, 1);
  EXPECT_EQ(wide.wavefronts, 4);
  EXPECT_EQ(wide.ideal_wavefronts, 4);
  EXPECT_EQ(traffic_of_loads<Bytes16>([](int lane) { return 128 * lane; }).wavefronts, 4 * 8);
  EXPECT_EQ(traffic_of_loads<Bytes8>([](int lane) { return 8 * lane; }).wavefronts, 2);
}

TEST(SharedTraffic, PutsTheAccessesOfAWarpTogether) {
  const EmulatorReport report = emulate({1, 64, 4096, 1}, {}, [](std::byte* shared) {
    for (int i = 0; i < 3; ++i) store_shared(shared + 4 * thread_index(), i);
    if (lane_index() < 8) store_shared(shared + 1024 + 128 * lane_index(), 1);
    sync_warp();
    for (int i = 0; i < 2; ++i) load_shared<uint8_t>(shared + thread_index());
  });
  EXPECT_EQ(report.stores.requests, 2 * (3 + 1));
  EXPECT_EQ(report.stores.wavefronts, 2 * (3 + 8));
  EXPECT_EQ(report.loads.requests, 2 * 2);
  EXPECT_EQ(report.loads.wavefronts, 2 * 2);
}

// --- cp.async ------------------------------------------------------------------------------------
std::vector<uint8_t> numbers(size_t count) {
  std::vector<uint8_t> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<uint8_t>(1 + i % 255);
  return values;
}

// Two groups of a chunk a thread; waits for the first, or not.
template <bool kWaits>
bool first_group_is_there(uint64_t seed) {
  alignas(16) static std::array<uint8_t, 1024> source;
  const std::vector<uint8_t> values = numbers(source.size());
  std::copy(values.begin(), values.end(), source.begin());
  bool is_there = true;
  emulate({1, 32, 1024, 1}, {seed, 80, {}}, [&](std::byte* shared) {
    for (int group = 0; group < 2; ++group) {
      const int offset = 512 * group + 16 * lane_index();
      copy_async(shared + offset, source.data() + offset, 16);
      commit_copies();
    }
    if (kWaits) wait_copies<1>();
    sync_warp();
    for (int i = 0; i < 16; ++i) {
      const int offset = 16 * lane_index() + i;
      is_there &= load_shared<uint8_t>(shared + offset) == source[static_cast<size_t>(offset)];
    }
  });
  return is_there;
}

TEST(CopyAsync, ArrivesByTheWaitForItsGroup) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) EXPECT_TRUE(first_group_is_there<true>(seed));
}

TEST(CopyAsync, ShowsAMissingWaitBad) {
  EXPECT_TRUE(some_seed_shows([](uint64_t seed) { return !first_group_is_there<false>(seed); }));
}

TEST(CopyAsync, ShowsASourceThatIsWrittenTooEarlyBad) {
  EXPECT_TRUE(some_seed_shows([](uint64_t seed) {
    alignas(16) std::array<uint32_t, 4> source{1, 2, 3, 4};
    uint32_t first = 0;
    emulate({1, 32, 16, 1}, {seed, 80, {}}, [&](std::byte* shared) {
      if (lane_index() != 0) return;
      copy_async(shared, source.data(), 16);
      commit_copies();
      source[0] = 9;
      wait_copies<0>();
      first = load_shared<uint32_t>(shared);
    });
    return first == 9;
  }));
}

TEST(CopyAsync, FillsUpWithZeros) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    alignas(16) std::array<uint8_t, 16> source;
    source.fill(7);
    const EmulatorOptions options{seed, 80, {{source.data(), 5, false}}};
    emulate({1, 32, 32, 1}, options, [&](std::byte* shared) {
      if (lane_index() != 0) return;
      copy_async(shared, source.data(), 5);
      copy_async(shared + 16, nullptr, 0);
      commit_copies();
      wait_copies<0>();
      for (int i = 0; i < 32; ++i) EXPECT_EQ(load_shared<uint8_t>(shared + i), i < 5 ? 7 : 0);
    });
  }
}

TEST(CopyAsync, RefusesIllegalCopiesBad) {
  alignas(16) std::array<uint8_t, 32> source{};
  const auto error = [&](int offset, int from, int bytes) {
    return error_of({1, 32, 32, 1}, [&](std::byte* shared) {
      copy_async(shared + offset, source.data() + from, bytes);
    });
  };
  EXPECT_EQ(error(16, 16, 16), "");
  EXPECT_THAT(error(8, 0, 16), HasSubstr("offset 8 of shared memory is no multiple of 16"));
  EXPECT_THAT(error(0, 8, 16), HasSubstr("no multiple of 16"));
  EXPECT_THAT(error(0, 0, 17), HasSubstr("17 bytes"));
  EXPECT_THAT(error(32, 0, 16), HasSubstr("offset 32"));
}

TEST(CopyAsync, MayBeUnderWayWhenItsThreadEnds) {
  alignas(16) std::array<uint8_t, 16> source{};
  EXPECT_EQ(
      error_of({1, 32, 16, 1}, [&](std::byte* shared) { copy_async(shared, source.data(), 16); }),
      "");
}

}  // namespace
}  // namespace olivine
