// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/emulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

#include "kernels/device/ops.cuh"
#include "tests/kernels/emulator/emulator_check.h"

namespace olivine {
namespace {

using namespace device;
using testing::HasSubstr;
using testing::Not;

TEST(Emulator, RunsEveryThreadOfEveryBlockOnce) {
  std::vector<int> runs(3 * 64);
  emulate({3, 64, 0, 1}, {}, [&](std::byte*) {
    ++runs[static_cast<size_t>(block_index() * 64 + thread_index())];
    EXPECT_EQ(block_count(), 3);
    EXPECT_EQ(thread_index(), 32 * warp_index() + lane_index());
  });
  EXPECT_EQ(runs, std::vector<int>(3 * 64, 1));
}

TEST(Emulator, RunsNothingForNoBlocks) {
  emulate({0, 32, 0, 1}, {}, [](std::byte*) { FAIL(); });
}

// Each thread hands its number to its neighbour through shared memory.
void rotate(std::byte* shared, bool is_synchronised, std::vector<int>& result) {
  auto* numbers = reinterpret_cast<int*>(shared);
  store_shared(numbers + thread_index(), thread_index());
  if (is_synchronised) sync_block();
  result[static_cast<size_t>(thread_index())] =
      load_shared<int>(numbers + (thread_index() + 32) % 128);
}

std::vector<int> rotated(uint64_t seed, bool is_synchronised) {
  std::vector<int> result(128);
  emulate({1, 128, 512, 1}, {seed, 90, {}},
          [&](std::byte* shared) { rotate(shared, is_synchronised, result); });
  return result;
}

TEST(Emulator, SyncBlockOrdersStoresAndLoads) {
  std::vector<int> expected(128);
  for (size_t i = 0; i < 128; ++i) expected[i] = static_cast<int>((i + 32) % 128);
  for (uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(rotated(seed, true), expected) << seed;
}

TEST(Emulator, ShowsAMissingSyncBlockBad) {
  std::vector<int> expected(128);
  for (size_t i = 0; i < 128; ++i) expected[i] = static_cast<int>((i + 32) % 128);
  EXPECT_TRUE(some_seed_shows([&](uint64_t seed) { return rotated(seed, false) != expected; }));
}

TEST(Emulator, GivesTheSameForTheSameSeed) { EXPECT_EQ(rotated(7, false), rotated(7, false)); }

TEST(Emulator, CarriesOutWhatAKernelThrows) {
  for (int thread : {0, 17, 63}) {
    EXPECT_THROW(emulate({1, 64, 0, 1}, {},
                         [&](std::byte*) {
                           if (thread_index() == thread) throw std::out_of_range{"kernel"};
                           sync_block();
                         }),
                 std::out_of_range);
  }
}

TEST(Emulator, UnwindsTheOtherThreadsAtAnError) {
  int alive = 0;
  struct Count {
    explicit Count(int& number) : count{number} { ++count; }
    ~Count() { --count; }
    int& count;
  };
  EXPECT_THROW(emulate({1, 64, 0, 1}, {},
                       [&](std::byte*) {
                         const Count count{alive};
                         if (thread_index() == 63) throw std::runtime_error{"kernel"};
                         sync_block();
                       }),
               std::runtime_error);
  EXPECT_EQ(alive, 0);
}

TEST(Emulator, RefusesLaunchesThatHardwareRefusesBad) {
  const auto error = [](const LaunchConfig& config, int capability) {
    return error_of(config, [](std::byte*) {}, {1, capability, {}});
  };
  EXPECT_EQ(error({1, 1024, 227 * 1024, 1}, 90), "");
  EXPECT_THAT(error({1, 1056, 0, 1}, 90), HasSubstr("1056 threads"));
  EXPECT_THAT(error({1, 48, 0, 1}, 90), HasSubstr("48 threads"));
  EXPECT_THAT(error({1, 32, 227 * 1024 + 1, 1}, 90), HasSubstr("shared memory"));
  EXPECT_THAT(error({1, 32, 164 * 1024, 1}, 80), HasSubstr("shared memory"));
  EXPECT_THAT(error({3, 32, 0, 2}, 90), HasSubstr("3 blocks in clusters of 2"));
  EXPECT_THAT(error({2, 32, 0, 2}, 80), HasSubstr("cluster"));
}

// --- barriers ------------------------------------------------------------------------------------
TEST(ThreadBarrier, SyncBlockDoesNotWaitForThreadsThatHaveEnded) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    int passed = 0;
    emulate({1, 128, 0, 1}, {seed, 90, {}}, [&](std::byte*) {
      if (thread_index() >= 72) return;
      sync_block();
      sync_block();
      ++passed;
    });
    EXPECT_EQ(passed, 72) << seed;
  }
}

TEST(ThreadBarrier, NamedBarriersAreIndependent) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::array<int, 3> arrived{};
    emulate({1, 192, 0, 1}, {seed, 90, {}}, [&](std::byte*) {
      const int pair = warp_index() / 2;
      for (int round = 1; round <= 3; ++round) {
        ++arrived[static_cast<size_t>(pair)];
        sync_threads(1 + pair, 64);
        EXPECT_EQ(arrived[static_cast<size_t>(pair)], 64 * round) << seed;
        sync_threads(1 + pair, 64);
      }
    });
  }
}

TEST(ThreadBarrier, SyncClusterCoversAllBlocks) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    int arrived = 0;
    emulate({4, 64, 0, 2}, {seed, 90, {}}, [&](std::byte*) {
      const int before = block_index() < 2 ? 0 : 128;
      EXPECT_EQ(cluster_rank(), block_index() % 2);
      ++arrived;
      sync_cluster();
      EXPECT_EQ(arrived, before + 128);
      sync_cluster();
    });
    EXPECT_EQ(arrived, 256);
  }
}

TEST(ThreadBarrier, RefusesDifferentCountsAndIllegalIdsBad) {
  const auto error = [](int id, int threads) {
    return error_of({1, 128, 0, 1},
                    [=](std::byte*) { sync_threads(id, warp_index() == 0 ? 128 : threads); });
  };
  EXPECT_EQ(error(15, 128), "");
  EXPECT_THAT(error(1, 64), HasSubstr("while the barrier is for"));
  EXPECT_THAT(error(16, 128), HasSubstr("ids are 1..15"));
  EXPECT_THAT(error(0, 128), HasSubstr("ids are 1..15"));
  EXPECT_THAT(error(1, 40), HasSubstr("whole warps"));
}

TEST(ThreadBarrier, ReportsADeadlockWarpByWarpBad) {
  const std::string error = error_of({2, 96, 0, 2}, [](std::byte*) {
    if (cluster_rank() == 1) return;
    if (warp_index() == 0) sync_threads(3, 64);
    if (warp_index() == 1) sync_block();
  });
  EXPECT_THAT(error, HasSubstr("deadlock"));
  EXPECT_THAT(error,
              HasSubstr("block 0 warp 0: 32 threads wait in sync_threads(id 3, 64 threads)"));
  EXPECT_THAT(error, HasSubstr("block 0 warp 1: 32 threads wait in sync_block"));
  EXPECT_THAT(error, Not(HasSubstr("warp 2")));
}

TEST(ThreadBarrier, ReportsThreadsThatPartWaysBad) {
  const std::string error = error_of({1, 64, 0, 1}, [](std::byte*) {
    if (thread_index() == 40) sync_warp();
    sync_block();
  });
  EXPECT_THAT(error, HasSubstr("sync_warp"));
  EXPECT_THAT(error, HasSubstr("sync_block"));
}

TEST(ThreadBarrier, AWarpgroupAgreesOnItsRegistersBad) {
  const auto error = [](int warp) {
    return error_of({1, 256, 0, 1}, [=](std::byte*) {
      if (warp_index() == warp) {
        acquire_registers<240>();
      } else if (warp_index() < 4) {
        release_registers<40>();
      } else {
        acquire_registers<232>();
      }
    });
  };
  EXPECT_EQ(error(8), "");
  EXPECT_THAT(error(5), HasSubstr("setmaxnreg"));
}

}  // namespace
}  // namespace olivine
