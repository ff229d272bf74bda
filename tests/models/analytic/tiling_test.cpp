// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/tiling.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "models/workloads/conv.h"
#include "tests/models/analytic/random_layer.h"

namespace olivine {
namespace {

ConvShape random_conv(Rng& rng, bool is_depthwise) {
  ConvShape conv;
  conv.n = rng.uniform(1, 3);
  conv.h = rng.uniform(1, 9);
  conv.w = rng.uniform(1, 9);
  conv.c = rng.uniform(1, 6);
  conv.pad_h = rng.uniform(0, 2);
  conv.pad_w = rng.uniform(0, 2);
  conv.r = rng.uniform(1, std::min<int64_t>(5, conv.h + 2 * conv.pad_h));
  conv.s = rng.uniform(1, std::min<int64_t>(5, conv.w + 2 * conv.pad_w));
  conv.stride_h = rng.uniform(1, 3);
  conv.stride_w = rng.uniform(1, 3);
  conv.filters = is_depthwise ? conv.c : rng.uniform(1, 5);
  conv.p = output_extent_floor(conv.h + 2 * conv.pad_h, conv.r, conv.stride_h);
  conv.q = output_extent_floor(conv.w + 2 * conv.pad_w, conv.s, conv.stride_w);
  return conv;
}

// Distinct ifmap elements that output pixels [m0, m0 + m) read through k in [k0, k0 + k).
int64_t distinct_elements(const ConvAddressing& addressing, int64_t m0, int64_t m, int64_t k0,
                          int64_t k, int64_t batch) {
  std::set<int64_t> offsets;
  for (int64_t i = m0; i < m0 + m; ++i) {
    for (int64_t j = k0; j < k0 + k; ++j) {
      if (const auto offset = addressing.ifmap_offset(i, j, batch)) offsets.insert(*offset);
    }
  }
  return static_cast<int64_t>(offsets.size());
}

// What a tile loads covers what it reads, wherever the tile lies.
TEST(Tiling, ConvolutionTilesCoverWhatTheyRead) {
  constexpr uint64_t kSeed = 33;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 4000; ++i) {
    const bool is_depthwise = rng.chance(0.3);
    const ConvShape conv = random_conv(rng, is_depthwise);
    const ConvAddressing addressing{conv,
                                    is_depthwise ? LayerKind::DepthwiseConv2d : LayerKind::Conv2d};
    const GemmWork work{addressing.gemm(), testing::random_scheme(rng), conv};
    const int64_t m = rng.uniform(1, work.shape.m);
    const int64_t k = rng.uniform(1, work.shape.k);
    const int64_t bits = info(work.scheme.activations).bits;
    const int64_t loaded = activation_tile_bytes(work, m, k);
    const int64_t m0 = rng.uniform(0, work.shape.m - m);
    const int64_t k0 = rng.uniform(0, work.shape.k - k);
    const int64_t batch = rng.uniform(0, work.shape.batch - 1);
    const int64_t elements = distinct_elements(addressing, m0, m, k0, k, batch);
    ASSERT_GE(loaded * 8, elements * bits)
        << fmt::format("{} n{} h{} w{} c{} r{} s{} stride {}x{} pad {}x{} m {}+{} k {}+{}",
                       work.scheme.name, conv.n, conv.h, conv.w, conv.c, conv.r, conv.s,
                       conv.stride_h, conv.stride_w, conv.pad_h, conv.pad_w, m0, m, k0, k);
    // Never more than the lowered operand: addressing only saves.
    ASSERT_LE(loaded, static_cast<int64_t>(
                          operand_bytes(work.scheme.activations, Pattern::Dense, m, k).count()));
  }
}

// A 1x1 filter of stride 1 reads every pixel once: exactly m pixels of c channels.
TEST(Tiling, PointwiseConvolutionLoadsExactlyItsPixels) {
  constexpr uint64_t kSeed = 34;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 500; ++i) {
    const int64_t c = 2 * rng.uniform(1, 8);
    const ConvShape conv{rng.uniform(1, 3), rng.uniform(1, 9), rng.uniform(1, 9), c, 1, 1, 4};
    ConvShape full = conv;
    full.p = conv.h;
    full.q = conv.w;
    const ConvAddressing addressing{full, LayerKind::Conv2d};
    const GemmWork work{addressing.gemm(), testing::random_scheme(rng), full};
    const int64_t m = rng.uniform(1, work.shape.m);
    const int64_t m0 = rng.uniform(0, work.shape.m - m);
    const int64_t bits = info(work.scheme.activations).bits;
    ASSERT_EQ(activation_tile_bytes(work, m, c) * 8,
              distinct_elements(addressing, m0, m, 0, c, 0) * bits)
        << fmt::format("{} n{} h{} w{} c{} m {}+{}", work.scheme.name, conv.n, conv.h, conv.w, c,
                       m0, m);
    ASSERT_EQ(activation_tile_bytes(work, m, c) * 8, m * c * bits);
  }
}

// 3x3 stride 1 over 8x8, padded: the four output rows of 32 pixels read 4 + 2 input rows at most.
TEST(Tiling, WindowsShareInputRows) {
  const ConvShape conv{1, 8, 8, 16, 3, 3, 4, 1, 1, 1, 1, 8, 8};
  const GemmWork work{lower_conv(conv), parse_scheme("w8a8-int8"), conv};
  EXPECT_EQ(activation_tile_bytes(work, 1, 9 * 16), 9 * 16);  // lowered is fewer than 3 rows
  EXPECT_EQ(activation_tile_bytes(work, 24, 9 * 16), (4 + 2) * 8 * 16);  // 24 pixels touch 4 rows
  EXPECT_EQ(activation_tile_bytes(work, 25, 9 * 16), (4 + 2) * 8 * 16);
  EXPECT_EQ(activation_tile_bytes(work, 26, 9 * 16), (5 + 2) * 8 * 16);
  EXPECT_EQ(activation_tile_bytes(work, 64, 9 * 16), 8 * 8 * 16);  // the ifmap, no more
}

TEST(Tiling, TilesFitHalfOfEachScratchpad) {
  const GemmWork work{{100, 100, 100, 1}, parse_scheme("w8a8-int8"), {}};
  MemoryConfig memory;
  memory.activation_buffer = 2 * 10 * 20;
  memory.weight_buffer = 2 * 30 * 20;
  memory.output_buffer = 2 * 10 * 30 * 4;
  const Tiling full{{10, 30, 20}, kLoopOrders[0]};
  EXPECT_TRUE(fits(work, full, memory));
  EXPECT_FALSE(overflow(work, full, memory));
  // One byte less in any of them is too little; the message names key, need and half.
  const auto message = [&](int64_t MemoryConfig::*buffer) {
    MemoryConfig smaller = memory;
    smaller.*buffer -= 2;
    EXPECT_FALSE(fits(work, full, smaller));
    return overflow(work, full, smaller).value_or("");
  };
  EXPECT_EQ(message(&MemoryConfig::activation_buffer),
            "a tile needs 200 B of memory.activation_buffer, whose half holds 199 B");
  EXPECT_EQ(message(&MemoryConfig::weight_buffer),
            "a tile needs 600 B of memory.weight_buffer, whose half holds 599 B");
  EXPECT_EQ(message(&MemoryConfig::output_buffer),
            "a tile needs 1200 B of memory.output_buffer, whose half holds 1199 B");
}

TEST(Tiling, LoopOrdersHaveNames) {
  for (const LoopOrder& order : kLoopOrders) EXPECT_EQ(parse_loop_order(to_string(order)), order);
  EXPECT_EQ(to_string(kLoopOrders[0]), "mnk");
  EXPECT_FALSE(parse_loop_order("mmk"));
  EXPECT_FALSE(parse_loop_order(""));
}

}  // namespace
}  // namespace olivine
