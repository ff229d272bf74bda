// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/device/ops.cuh"
#include "models/base/rng.h"
#include "models/numerics/mma_execute.h"
#include "tests/kernels/emulator/emulator_check.h"

namespace olivine {
namespace {

using namespace device;
using testing::HasSubstr;

constexpr uint32_t kLegalNibbles[] = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};

struct WarpOperands {
  MmaOperands operands;
  MmaRegisters c{};
};

uint32_t random_metadata(Rng& rng) {
  uint32_t word = 0;
  for (unsigned i = 0; i < 8; ++i) word |= kLegalNibbles[rng.uniform(0, 5)] << (4 * i);
  return word;
}

WarpOperands random_operands(MmaKind kind, uint64_t seed) {
  Rng rng{seed};
  WarpOperands o;
  for (uint32_t& word : o.operands.a) word = static_cast<uint32_t>(rng.next());
  for (size_t i = 0; i < o.operands.b.size(); ++i) {
    // Registers that the kind does not have stay 0, as pack_b() leaves them.
    if (static_cast<int>(i % kMmaRegisters) < b_registers(kind)) {
      o.operands.b[i] = static_cast<uint32_t>(rng.next());
    }
  }
  for (uint32_t& word : o.c) word = static_cast<uint32_t>(rng.next());
  if (is_sparse(kind)) {
    for (size_t t = 0; t < kMmaThreads; ++t) {
      o.operands.metadata[t * kMmaMetadataRegisters] = random_metadata(rng);
    }
  }
  return o;
}

// Each lane brings its registers and puts down its sums.
MmaRegisters emulate_mma(const WarpOperands& o, bool is_sparse_kind, uint64_t seed) {
  MmaRegisters result{};
  emulate({1, 32, 0, 1}, {seed, 80, {}}, [&](std::byte*) {
    const auto lane = static_cast<size_t>(lane_index());
    int32_t d[4];
    uint32_t a[4];
    uint32_t b[4];
    std::memcpy(d, o.c.data() + 4 * lane, sizeof d);
    std::memcpy(a, o.operands.a.data() + 4 * lane, sizeof a);
    std::memcpy(b, o.operands.b.data() + 4 * lane, sizeof b);
    if (is_sparse_kind) {
      mma_sp_s8(d, a, b, o.operands.metadata[kMmaMetadataRegisters * lane]);
    } else {
      mma_s8(d, a, b[0], b[1]);
    }
    std::memcpy(result.data() + 4 * lane, d, sizeof d);
  });
  return result;
}

TEST(WarpMma, DenseGivesTheBitsOfTheModel) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const WarpOperands o = random_operands(MmaKind::Dense8, seed);
    EXPECT_EQ(emulate_mma(o, false, seed), execute_mma(MmaKind::Dense8, o.operands, o.c)) << seed;
  }
}

TEST(WarpMma, SparseGivesTheBitsOfTheModel) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const WarpOperands o = random_operands(MmaKind::Sparse8, seed);
    EXPECT_EQ(emulate_mma(o, true, seed), execute_mma(MmaKind::Sparse8, o.operands, o.c)) << seed;
  }
}

TEST(WarpMma, RefusesIllegalMetadataBad) {
  for (uint32_t nibble = 0; nibble < 16; ++nibble) {
    WarpOperands o = random_operands(MmaKind::Sparse8, nibble + 1);
    uint32_t& word = o.operands.metadata[kMmaMetadataRegisters * 13];
    word = (word & ~0xF00U) | nibble << 8U;
    const std::string error = error_of([&] { emulate_mma(o, true, 1); });
    const bool is_legal =
        std::count(std::begin(kLegalNibbles), std::end(kLegalNibbles), nibble) > 0;
    EXPECT_EQ(error.empty(), is_legal) << nibble;
    EXPECT_THAT(error, HasSubstr(is_legal ? "" : "of lane 13"));
  }
}

TEST(WarpMma, ShufflesReadTheNamedLane) {
  emulate({1, 64, 0, 1}, {}, [](std::byte*) {
    const int lane = lane_index();
    EXPECT_EQ(shuffle(100 + thread_index(), 5), 100 + 32 * warp_index() + 5);
    EXPECT_EQ(shuffle(lane, (lane + 7) % 32), (lane + 7) % 32);
    EXPECT_EQ(shuffle(static_cast<float>(lane), lane / 2), static_cast<float>(lane / 2));
    EXPECT_EQ(shuffle(uint64_t{1} << lane, 40), uint64_t{1} << 8);  // lanes count modulo 32
    for (const int mask : {1, 2, 16, 31}) EXPECT_EQ(shuffle_xor(lane, mask), lane ^ mask);
  });
}

TEST(WarpMma, RefusesDifferentOperationsInOneWarpBad) {
  const std::string error = error_of({1, 32, 0, 1}, [](std::byte*) {
    if (lane_index() < 16) {
      sync_warp();
    } else {
      shuffle(1, 0);
    }
  });
  EXPECT_THAT(error, HasSubstr("sync_warp"));
  EXPECT_THAT(error, HasSubstr("shuffle"));
}

TEST(WarpMma, RefusesAWarpWithoutAllItsThreadsBad) {
  const std::string error = error_of({1, 32, 0, 1}, [](std::byte*) {
    if (lane_index() != 3) sync_warp();
  });
  EXPECT_THAT(error, HasSubstr("sync_warp"));
  EXPECT_THAT(error, HasSubstr("end"));
}

// PTX ISA, prmt: byte i by nibble i of the selector, its sign where bit 3 is set.
uint32_t permuted(uint32_t x, uint32_t y, uint32_t selector) {
  std::array<uint8_t, 8> bytes;
  std::memcpy(bytes.data(), &x, 4);
  std::memcpy(bytes.data() + 4, &y, 4);
  std::array<uint8_t, 4> result;
  for (size_t i = 0; i < 4; ++i) {
    const uint32_t nibble = selector >> (4 * i) & 15U;
    const uint8_t byte = bytes[nibble % 8];
    result[i] = nibble < 8 ? byte : byte >= 128 ? uint8_t{255} : uint8_t{0};
  }
  uint32_t word = 0;
  std::memcpy(&word, result.data(), 4);
  return word;
}

TEST(DeviceArithmetic, PermutesBytesAndSigns) {
  EXPECT_EQ(byte_permute(0x33221100U, 0x77665544U, 0x7140U), 0x77114400U);
  EXPECT_EQ(byte_permute(0x80U, 0, 0x9898U), 0x00FF00FFU);
  Rng rng{3};
  for (int i = 0; i < 1000; ++i) {
    const auto x = static_cast<uint32_t>(rng.next());
    const auto y = static_cast<uint32_t>(rng.next());
    const auto selector = static_cast<uint32_t>(rng.next());
    EXPECT_EQ(byte_permute(x, y, selector), permuted(x, y, selector & 0xFFFFU));
  }
}

TEST(DeviceArithmetic, RoundsEachStepToNearestEven) {
  EXPECT_EQ(to_float((1 << 24) + 1), 0x1p24F);      // a tie, to even
  EXPECT_EQ(to_float((1 << 24) + 3), 0x1p24F + 4);  // a tie, to even
  EXPECT_EQ(divide(1.0F, 3.0F), 0x1.555556p-2F);
  const float a = 1.0F + 0x1p-12F;
  EXPECT_EQ(multiply(a, a) - 1.0F, 0x1p-11F);  // contracted, the difference would be 2^-11 + 2^-24
  EXPECT_EQ(to_half(1.0F), 0x3C00);
  EXPECT_EQ(to_half(1.0F + 0x1p-11F), 0x3C00);  // a tie, to even
  EXPECT_EQ(to_half(65520.0F), 0x7C00);
  EXPECT_EQ(from_half(0x3C01), 1.0F + 0x1p-10F);
}

}  // namespace
}  // namespace olivine
