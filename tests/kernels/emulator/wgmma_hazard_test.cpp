// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "kernels/device/ops.cuh"
#include "tests/kernels/emulator/emulator_check.h"
#include "tests/kernels/emulator/wgmma_check.cuh"

namespace olivine {
namespace {

using namespace device;
using testing::HasSubstr;

constexpr int kN = 16;
constexpr int kRegisters = kN / 2;
constexpr int kTile = kTileRows * 128;  // A: four steps
constexpr LaunchConfig kOneGroup{1, kTileThreads, 2 * kTile, 1};

using Sums = int32_t (&)[kRegisters];

WgmmaCase four_steps() {
  Rng rng{11};
  return random_case(false, kN, 4, rng);
}

void store_operands(const WgmmaCase& w, std::byte* shared) {
  store_tile<Swizzle::Bytes128>(shared, w.a.data(), kTileRows, 128);
  store_tile<Swizzle::Bytes128>(shared + kTile, w.b.data(), kN, 128);
}

void multiply_steps(std::byte* shared, int first, int count, Sums d) {
  for (int step = first; step < first + count; ++step) {
    wgmma_s8_ss<kN>(d, matrix_descriptor<Swizzle::Bytes128>(shared + 32 * step),
                    matrix_descriptor<Swizzle::Bytes128>(shared + kTile + 32 * step), true);
  }
}

// A kernel whose parts can be left out or replaced.
struct Kernel {
  bool fences_proxy = true;
  bool fences = true;
  bool waits = true;
  std::function<void(Sums)> after_commit = [](Sums) {};
  std::function<void(std::byte*)> before_wait = [](std::byte*) {};
};

void run_kernel(const Kernel& kernel, const WgmmaCase& w, std::byte* shared,
                std::vector<int32_t>& result) {
  store_operands(w, shared);
  if (kernel.fences_proxy) fence_async_proxy();
  sync_block();
  int32_t d[kRegisters];
  for (int reg = 0; reg < kRegisters; ++reg) d[reg] = w.c[d_index(kN, thread_index(), reg)];
  if (kernel.fences) wgmma_fence();
  multiply_steps(shared, 0, 4, d);
  wgmma_commit();
  kernel.after_commit(d);
  kernel.before_wait(shared);
  if (kernel.waits) wgmma_wait<0>();
  for (int reg = 0; reg < kRegisters; ++reg) result[d_index(kN, thread_index(), reg)] = d[reg];
  wgmma_wait<0>();
}

// What it computes, or its error.
struct Outcome {
  bool is_right = false;
  std::string error;
};

Outcome outcome_of(const Kernel& kernel, uint64_t seed) {
  const WgmmaCase w = four_steps();
  std::vector<int32_t> result(w.c.size());
  Outcome outcome;
  outcome.error = error_of(
      kOneGroup, [&](std::byte* shared) { run_kernel(kernel, w, shared, result); }, {seed, 90, {}});
  outcome.is_right = result == expected_sums(w);
  return outcome;
}

bool some_seed_fails(const Kernel& kernel) {
  return some_seed_shows([&](uint64_t seed) { return !outcome_of(kernel, seed).is_right; });
}

std::string first_error(const Kernel& kernel) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = outcome_of(kernel, seed);
    if (!outcome.error.empty()) return outcome.error;
  }
  return "";
}

TEST(WgmmaHazard, CorrectCodePassesAllSeeds) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = outcome_of({}, seed);
    EXPECT_EQ(outcome.error, "") << seed;
    EXPECT_TRUE(outcome.is_right) << seed;
  }
}

TEST(WgmmaHazard, ShowsAMissingWaitBad) {
  Kernel kernel;
  kernel.waits = false;
  EXPECT_TRUE(some_seed_fails(kernel));
}

TEST(WgmmaHazard, ShowsATileThatIsOverwrittenTooEarlyBad) {
  Kernel kernel;
  kernel.before_wait = [](std::byte* shared) { store_shared(shared + 4 * thread_index(), 0); };
  EXPECT_TRUE(some_seed_fails(kernel));
}

TEST(WgmmaHazard, RefusesAMissingProxyFenceBad) {
  Kernel kernel;
  kernel.fences_proxy = false;
  EXPECT_THAT(first_error(kernel), HasSubstr("without fence_async_proxy()"));
}

TEST(WgmmaHazard, RefusesAProxyFenceBeforeTheCopiesHaveArrivedBad) {
  alignas(16) static std::array<std::byte, 16> source{};
  const auto error = [](bool is_fenced_late, uint64_t seed) {
    return error_of(kOneGroup,
                    [=](std::byte* shared) {
                      for (int i = thread_index(); i < 2 * kTile / 16; i += kTileThreads) {
                        copy_async(shared + 16 * i, source.data(), 16);
                      }
                      commit_copies();
                      if (!is_fenced_late) fence_async_proxy();
                      wait_copies<0>();
                      if (is_fenced_late) fence_async_proxy();
                      sync_block();
                      int32_t d[kRegisters] = {};
                      wgmma_fence();
                      multiply_steps(shared, 0, 4, d);
                      wgmma_commit();
                      wgmma_wait<0>();
                      for (const int32_t sum : d) EXPECT_EQ(sum, 0);
                    },
                    {seed, 90, {}});
  };
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    EXPECT_EQ(error(true, seed), "");
    EXPECT_THAT(error(false, seed), HasSubstr("without fence_async_proxy()"));
  }
}

TEST(WgmmaHazard, RefusesAMissingFenceBad) {
  Kernel kernel;
  kernel.fences = false;
  EXPECT_THAT(first_error(kernel), HasSubstr("without a wgmma_fence()"));
}

TEST(WgmmaHazard, RefusesAccumulatorsThatAreWrittenUnderWayBad) {
  Kernel kernel;
  kernel.after_commit = [](Sums d) { d[3] += 1; };
  EXPECT_THAT(first_error(kernel), HasSubstr("accumulators were written while wgmma had them"));
}

TEST(WgmmaHazard, RefusesAccumulatorsThatAreWrittenWithoutAFenceBad) {
  const auto error = [](bool is_fenced) {
    return error_of(kOneGroup, [=](std::byte* shared) {
      store_operands(four_steps(), shared);
      fence_async_proxy();
      sync_block();
      int32_t d[kRegisters] = {};
      wgmma_fence();
      multiply_steps(shared, 0, 2, d);
      wgmma_commit();
      wgmma_wait<0>();
      for (int32_t& sum : d) sum = 3 * sum + 1;
      if (is_fenced) wgmma_fence();
      multiply_steps(shared, 2, 2, d);
      wgmma_commit();
      wgmma_wait<0>();
    });
  };
  EXPECT_EQ(error(true), "");
  EXPECT_THAT(error(false), HasSubstr("without wgmma_fence()"));
}

TEST(WgmmaHazard, RefusesAKernelThatEndsWithoutAWaitBad) {
  EXPECT_THAT(error_of(kOneGroup,
                       [](std::byte* shared) {
                         int32_t d[kRegisters] = {};
                         wgmma_fence();
                         multiply_steps(shared, 0, 1, d);
                         wgmma_commit();
                         sync_warp();
                       }),
              HasSubstr("ends without wgmma_wait()"));
}

TEST(WgmmaHazard, WaitCoversAllButTheLastGroups) {
  const WgmmaCase w = four_steps();
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::vector<int32_t> result(w.c.size());
    emulate(kOneGroup, {seed, 90, {}}, [&](std::byte* shared) {
      store_operands(w, shared);
      fence_async_proxy();
      sync_block();
      int32_t low[kRegisters];
      int32_t high[kRegisters] = {};
      for (int reg = 0; reg < kRegisters; ++reg) low[reg] = w.c[d_index(kN, thread_index(), reg)];
      wgmma_fence();
      multiply_steps(shared, 0, 2, low);
      wgmma_commit();
      multiply_steps(shared, 2, 2, high);
      wgmma_commit();
      wgmma_wait<1>();
      for (int reg = 0; reg < kRegisters; ++reg) {
        result[d_index(kN, thread_index(), reg)] = low[reg];
      }
      wgmma_wait<0>();
      for (int reg = 0; reg < kRegisters; ++reg) {
        int32_t& sum = result[d_index(kN, thread_index(), reg)];
        sum = static_cast<int32_t>(static_cast<uint32_t>(sum) + static_cast<uint32_t>(high[reg]));
      }
    });
    EXPECT_EQ(result, expected_sums(w)) << seed;
  }
}

TEST(WgmmaHazard, TheWaitOfOneWarpCoversTheReadsOfAllFour) {
  // As pipelines do it: one thread of the warpgroup says that the tile may be overwritten.
  const WgmmaCase w = four_steps();
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::vector<int32_t> result(w.c.size());
    emulate({1, kTileThreads + 32, 2 * kTile + 8, 1}, {seed, 90, {}}, [&](std::byte* shared) {
      Barrier& is_free = *reinterpret_cast<Barrier*>(shared + 2 * kTile);
      if (thread_index() == 0) init_barrier(is_free, 1);
      if (warp_index() < 4) store_operands(w, shared);
      fence_async_proxy();
      sync_block();
      if (warp_index() == 4) {
        wait_barrier(is_free, 0);
        for (int i = lane_index(); i < 2 * kTile / 4; i += 32) store_shared(shared + 4 * i, 0);
        return;
      }
      int32_t d[kRegisters];
      for (int reg = 0; reg < kRegisters; ++reg) d[reg] = w.c[d_index(kN, thread_index(), reg)];
      wgmma_fence();
      multiply_steps(shared, 0, 4, d);
      wgmma_commit();
      wgmma_wait<0>();
      if (thread_index() == 0) arrive(is_free);
      for (int reg = 0; reg < kRegisters; ++reg) result[d_index(kN, thread_index(), reg)] = d[reg];
    });
    EXPECT_EQ(result, expected_sums(w)) << seed;
  }
}

TEST(WgmmaHazard, DoesNotReadTheAccumulatorsWhereItDoesNotAccumulate) {
  WgmmaCase w = four_steps();
  std::vector<int32_t> result(w.c.size());
  emulate(kOneGroup, {5, 90, {}}, [&](std::byte* shared) {
    store_operands(w, shared);
    fence_async_proxy();
    sync_block();
    int32_t d[kRegisters];
    std::fill(std::begin(d), std::end(d), thread_index());
    wgmma_fence();
    wgmma_s8_ss<kN>(d, matrix_descriptor<Swizzle::Bytes128>(shared),
                    matrix_descriptor<Swizzle::Bytes128>(shared + kTile), false);
    multiply_steps(shared, 1, 3, d);
    wgmma_commit();
    wgmma_wait<0>();
    for (int reg = 0; reg < kRegisters; ++reg) result[d_index(kN, thread_index(), reg)] = d[reg];
  });
  std::fill(w.c.begin(), w.c.end(), 0);
  EXPECT_EQ(result, expected_sums(w));
}

// The error of one wgmma with such descriptors; shared memory is as it starts.
std::string error_of_descriptors(const std::function<uint64_t(std::byte*)>& a,
                                 const std::function<uint64_t(std::byte*)>& b,
                                 int threads = kTileThreads) {
  return error_of({1, threads, 2 * kTile, 1}, [&](std::byte* shared) {
    int32_t d[kRegisters] = {};
    wgmma_fence();
    wgmma_s8_ss<kN>(d, a(shared), b(shared), true);
    wgmma_commit();
    wgmma_wait<0>();
  });
}

TEST(WgmmaHazard, RefusesDescriptorsOfOtherTilesBad) {
  const auto at = [](int offset) {
    return [=](std::byte* shared) { return matrix_descriptor<Swizzle::Bytes128>(shared + offset); };
  };
  const auto good = at(0);
  EXPECT_EQ(error_of_descriptors(good, at(96)), "");
  EXPECT_THAT(error_of_descriptors(at(112), good), HasSubstr("A's descriptor"));
  EXPECT_THAT(error_of_descriptors(at(112), good), HasSubstr("from byte 112 of a span of 128"));
  EXPECT_THAT(error_of_descriptors(good, at(512)), HasSubstr("multiples of 1024"));
  EXPECT_THAT(error_of_descriptors(at(kTile + 1024), good), HasSubstr("ends at offset"));
  EXPECT_THAT(error_of_descriptors(good, [](std::byte*) { return uint64_t{64}; }),
              HasSubstr("has no swizzle"));
  EXPECT_THAT(error_of_descriptors(good, good, 96), HasSubstr("warpgroup of 3 warps"));
  const auto different = [](std::byte* shared) {
    return matrix_descriptor<Swizzle::Bytes128>(shared + (warp_index() == 2 ? 32 : 0));
  };
  EXPECT_THAT(error_of_descriptors(good, different), HasSubstr("differs from that of the other"));
}

TEST(WgmmaHazard, ReportsAWarpThatStaysAwayBad) {
  const std::string error = error_of(kOneGroup, [](std::byte* shared) {
    if (warp_index() == 3) return;
    int32_t d[kRegisters] = {};
    wgmma_fence();
    multiply_steps(shared, 0, 1, d);
    wgmma_commit();
    wgmma_wait<0>();
  });
  EXPECT_THAT(error, HasSubstr("warp 0: 32 threads wait in wgmma_wait<0>"));
}

TEST(WgmmaHazard, RefusesIllegalMetadataBad) {
  const std::string error = error_of(kOneGroup, [](std::byte* shared) {
    int32_t d[kRegisters] = {};
    const uint32_t metadata = thread_index() == 70 ? 0x44445444 : 0x44444444;
    const uint64_t tile = matrix_descriptor<Swizzle::Bytes128>(shared);
    wgmma_fence();
    wgmma_sp_s8_ss<kN>(d, tile, tile, metadata, true);
    wgmma_commit();
    wgmma_wait<0>();
  });
  EXPECT_THAT(error, HasSubstr("of lane 6 has 5 in nibble 3"));
}

}  // namespace
}  // namespace olivine
