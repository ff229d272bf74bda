// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/device/ops.cuh"
#include "tests/kernels/emulator/barrier_check.cuh"
#include "tests/kernels/emulator/emulator_check.h"

namespace olivine {
namespace {

using namespace device;
using testing::HasSubstr;

TEST(MemoryBarrier, WaitsForAllArrivalsOfAPhase) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    int arrived = 0;
    emulate({1, 96, kOneWarp.shared_bytes, 1}, {seed, 90, {}}, [&](std::byte* shared) {
      begin(shared, 64);
      Barrier& barrier = barrier_in(shared);
      for (int phase = 0; phase < 4; ++phase) {
        if (thread_index() < 64) {
          ++arrived;
          arrive(barrier);
        } else {
          wait_barrier(barrier, phase % 2);
          EXPECT_EQ(arrived, 64 * (phase + 1)) << seed;
        }
        sync_block();
      }
    });
  }
}

TEST(MemoryBarrier, ANewOneIsPastParityOne) {
  emulate(kOneWarp, {}, [](std::byte* shared) {
    begin(shared, 1);
    wait_barrier(barrier_in(shared), 1);
  });
}

TEST(MemoryBarrier, CountsArrivalsFromOtherBlocks) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    int arrived = 0;
    emulate({2, 32, kOneWarp.shared_bytes, 2}, {seed, 90, {}}, [&](std::byte* shared) {
      begin(shared, 2);
      sync_cluster();
      if (thread_index() == 0) {
        ++arrived;
        arrive_at(barrier_in(shared), 0);
      }
      if (cluster_rank() == 0) {
        wait_barrier(barrier_in(shared), 0);
        EXPECT_EQ(arrived, 2);
      }
      sync_cluster();
    });
  }
}

TEST(MemoryBarrier, ReportsWhatADeadlockWaitsForBad) {
  const std::string error = error_of(kOneWarp, [](std::byte* shared) {
    begin(shared, 33);
    arrive(barrier_in(shared));
    wait_barrier(barrier_in(shared), 0);
  });
  EXPECT_THAT(error, HasSubstr("32 threads wait in wait_barrier(offset 32768, parity 0)"));
}

TEST(MemoryBarrier, RefusesMisuseBad) {
  const auto error = [](void (*use)(std::byte*)) { return error_of(kOneWarp, use); };
  EXPECT_THAT(error([](std::byte* s) { wait_barrier(barrier_in(s), 0); }),
              HasSubstr("no barrier was initialised at offset 32768"));
  EXPECT_THAT(error([](std::byte* s) { init_barrier(barrier_in(s), 0); }), HasSubstr("0 arrivals"));
  EXPECT_THAT(error([](std::byte* s) {
                begin(s, 1);
                if (lane_index() == 0) {
                  arrive_expecting(barrier_in(s), 16);
                  arrive(barrier_in(s));
                }
              }),
              HasSubstr("all 1 arrivals of this phase have come and 16 bytes are missing"));
  EXPECT_THAT(error([](std::byte* s) {
                begin(s, 1);
                store_shared(s + kBarrierOffset, 0U);
              }),
              HasSubstr("an mbarrier lies in"));
  EXPECT_THAT(error([](std::byte* s) {
                begin(s, 1);
                wait_barrier(barrier_in(s), 2);
              }),
              HasSubstr("parity 2"));
}

TEST(MemoryBarrier, RefusesRemoteUseBeforeTheFenceBad) {
  const auto error = [](bool is_fenced) {
    return error_of({2, 32, kOneWarp.shared_bytes, 2}, [=](std::byte* shared) {
      if (thread_index() == 0) {
        init_barrier(barrier_in(shared), 1);
        if (is_fenced) fence_barrier_init();
      }
      sync_cluster();
      if (thread_index() == 0) arrive_at(barrier_in(shared), cluster_rank() ^ 1);
      sync_cluster();
    });
  };
  EXPECT_EQ(error(true), "");
  EXPECT_THAT(error(false), HasSubstr("without fence_barrier_init()"));
}

TEST(MemoryBarrier, RefusesArrivalsAtABlockThatHasEndedBad) {
  std::string error;
  for (uint64_t seed = 1; seed <= kSeeds && error.empty(); ++seed) {
    error = error_of({2, 32, kOneWarp.shared_bytes, 2},
                     [](std::byte* shared) {
                       begin(shared, 1);
                       sync_cluster();
                       if (thread_index() == 0) arrive_at(barrier_in(shared), cluster_rank() ^ 1);
                     },
                     {seed, 90, {}});
  }
  EXPECT_THAT(error, HasSubstr("has ended"));
}

}  // namespace
}  // namespace olivine
