// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/conv.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "models/base/rng.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ConvShape with_outputs(ConvShape conv) {
  conv.p = output_extent_floor(conv.h + 2 * conv.pad_h, conv.r, conv.stride_h);
  conv.q = output_extent_floor(conv.w + 2 * conv.pad_w, conv.s, conv.stride_w);
  return conv;
}

ConvShape make_conv(int64_t hw, int64_t c, int64_t filter, int64_t filters, int64_t stride,
                    int64_t pad) {
  return with_outputs({1, hw, hw, c, filter, filter, filters, stride, stride, pad, pad, 0, 0});
}

std::string describe(const ConvShape& c) {
  return fmt::format("n{} h{} w{} c{} r{} s{} filters{} stride {}x{} pad {}x{} p{} q{}", c.n, c.h,
                     c.w, c.c, c.r, c.s, c.filters, c.stride_h, c.stride_w, c.pad_h, c.pad_w, c.p,
                     c.q);
}

std::vector<int64_t> random_values(Rng& rng, int64_t count) {
  std::vector<int64_t> values(static_cast<size_t>(count));
  for (int64_t& value : values) value = rng.uniform(-128, 127);
  return values;
}

int64_t at(const std::vector<int64_t>& values, int64_t index) {
  return values.at(static_cast<size_t>(index));
}

// Seven nested loops, straight from the definition; filters are filters x r x s x c.
std::vector<int64_t> direct_conv(const ConvShape& c, const std::vector<int64_t>& ifmap,
                                 const std::vector<int64_t>& filter) {
  std::vector<int64_t> ofmap;
  for (int64_t n = 0; n < c.n; ++n)
    for (int64_t p = 0; p < c.p; ++p)
      for (int64_t q = 0; q < c.q; ++q)
        for (int64_t f = 0; f < c.filters; ++f) {
          int64_t sum = 0;
          for (int64_t r = 0; r < c.r; ++r)
            for (int64_t s = 0; s < c.s; ++s)
              for (int64_t ch = 0; ch < c.c; ++ch) {
                const int64_t y = p * c.stride_h + r - c.pad_h;
                const int64_t x = q * c.stride_w + s - c.pad_w;
                if (y < 0 || x < 0 || y >= c.h || x >= c.w) continue;
                sum += at(ifmap, ((n * c.h + y) * c.w + x) * c.c + ch) *
                       at(filter, ((f * c.r + r) * c.s + s) * c.c + ch);
              }
          ofmap.push_back(sum);
        }
  return ofmap;
}

// Depthwise: channel ch of the ofmap sees channel ch of the ifmap only; filter is r x s x c.
std::vector<int64_t> direct_depthwise(const ConvShape& c, const std::vector<int64_t>& ifmap,
                                      const std::vector<int64_t>& filter) {
  std::vector<int64_t> ofmap;
  for (int64_t n = 0; n < c.n; ++n)
    for (int64_t p = 0; p < c.p; ++p)
      for (int64_t q = 0; q < c.q; ++q)
        for (int64_t ch = 0; ch < c.c; ++ch) {
          int64_t sum = 0;
          for (int64_t r = 0; r < c.r; ++r)
            for (int64_t s = 0; s < c.s; ++s) {
              const int64_t y = p * c.stride_h + r - c.pad_h;
              const int64_t x = q * c.stride_w + s - c.pad_w;
              if (y < 0 || x < 0 || y >= c.h || x >= c.w) continue;
              sum += at(ifmap, ((n * c.h + y) * c.w + x) * c.c + ch) *
                     at(filter, (r * c.s + s) * c.c + ch);
            }
          ofmap.push_back(sum);
        }
  return ofmap;
}

// The GEMM with A read through the addressing and the ofmap written as the header states it.
std::vector<int64_t> lowered(const ConvShape& conv, LayerKind kind,
                             const std::vector<int64_t>& ifmap,
                             const std::vector<int64_t>& filter) {
  const ConvAddressing addressing{conv, kind};
  const GemmShape gemm = addressing.gemm();
  const bool is_depthwise = kind == LayerKind::DepthwiseConv2d;
  const int64_t columns = is_depthwise ? gemm.batch : gemm.n;
  std::vector<int64_t> ofmap(static_cast<size_t>(gemm.m * columns));
  for (int64_t batch = 0; batch < gemm.batch; ++batch)
    for (int64_t m = 0; m < gemm.m; ++m)
      for (int64_t n = 0; n < gemm.n; ++n) {
        int64_t sum = 0;
        for (int64_t k = 0; k < gemm.k; ++k) {
          const auto offset = addressing.ifmap_offset(m, k, batch);
          const int64_t weight =
              is_depthwise ? at(filter, k * conv.c + batch) : at(filter, n * gemm.k + k);
          if (offset) sum += at(ifmap, *offset) * weight;
        }
        ofmap.at(static_cast<size_t>(m * columns + (is_depthwise ? batch : n))) = sum;
      }
  return ofmap;
}

void expect_equal_to_direct(const ConvShape& conv, LayerKind kind, Rng& rng) {
  SCOPED_TRACE(describe(conv));
  ASSERT_THAT(shape_problems(conv, kind), IsEmpty());
  const auto ifmap = random_values(rng, conv.n * conv.h * conv.w * conv.c);
  const bool is_depthwise = kind == LayerKind::DepthwiseConv2d;
  const auto filter =
      random_values(rng, conv.r * conv.s * conv.c * (is_depthwise ? 1 : conv.filters));
  EXPECT_EQ(lowered(conv, kind, ifmap, filter), is_depthwise ? direct_depthwise(conv, ifmap, filter)
                                                             : direct_conv(conv, ifmap, filter));
}

ConvShape random_conv(Rng& rng) {
  ConvShape conv;
  conv.n = rng.uniform(1, 3);
  conv.c = rng.uniform(1, 5);
  conv.filters = rng.uniform(1, 4);
  conv.r = rng.uniform(1, 4);
  conv.s = rng.uniform(1, 4);
  conv.h = conv.r + rng.uniform(0, 7);
  conv.w = conv.s + rng.uniform(0, 7);
  conv.stride_h = rng.uniform(1, 3);
  conv.stride_w = rng.uniform(1, 3);
  conv.pad_h = rng.uniform(0, 2);
  conv.pad_w = rng.uniform(0, 2);
  conv.p = output_extent_floor(conv.h + 2 * conv.pad_h, conv.r, conv.stride_h);
  conv.q = output_extent_ceil(conv.w + 2 * conv.pad_w, conv.s, conv.stride_w);
  return conv;
}

TEST(ConvLowering, EqualsDirectConvolution) {
  constexpr uint64_t kSeed = 7;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  for (int i = 0; i < 150; ++i) {
    expect_equal_to_direct(random_conv(rng), LayerKind::Conv2d, rng);
  }
  // Edges: one pixel, a filter as large as the ifmap, windows that only see padding.
  expect_equal_to_direct(make_conv(1, 1, 1, 1, 1, 0), LayerKind::Conv2d, rng);
  expect_equal_to_direct(make_conv(6, 4, 6, 10, 1, 0), LayerKind::Conv2d, rng);
  expect_equal_to_direct(make_conv(2, 3, 2, 2, 1, 3), LayerKind::Conv2d, rng);
}

TEST(ConvLowering, EqualsDirectDepthwiseConvolution) {
  constexpr uint64_t kSeed = 8;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  for (int i = 0; i < 150; ++i) {
    ConvShape conv = random_conv(rng);
    conv.filters = conv.c;
    expect_equal_to_direct(conv, LayerKind::DepthwiseConv2d, rng);
  }
}

TEST(ConvLowering, ShapesFollowTheirFormula) {
  const ConvShape conv = with_outputs({2, 9, 11, 3, 3, 2, 5, 2, 1, 1, 0, 0, 0});
  // p = (9 + 2*1 - 3)/2 + 1 = 5, q = (11 - 2)/1 + 1 = 10
  EXPECT_EQ(lower_conv(conv), (GemmShape{2 * 5 * 10, 5, 3 * 2 * 3, 1}));
  EXPECT_EQ(lower_depthwise(conv), (GemmShape{2 * 5 * 10, 1, 3 * 2, 3}));
}

TEST(ConvLowering, OutputExtentsDifferOnlyWithARemainder) {
  EXPECT_EQ(output_extent_floor(7, 3, 2), 3);  // (7 - 3) / 2 + 1, exact
  EXPECT_EQ(output_extent_ceil(7, 3, 2), 3);
  EXPECT_EQ(output_extent_floor(8, 3, 2), 3);  // floor(5 / 2) + 1
  EXPECT_EQ(output_extent_ceil(8, 3, 2), 4);   // ceil(5 / 2) + 1: the last window overhangs
  EXPECT_EQ(output_extent_ceil(1, 1, 5), 1);
}

TEST(ConvLowering, OverhangReadsPadding) {
  ConvShape conv = make_conv(8, 1, 3, 1, 2, 0);
  conv.p = conv.q = output_extent_ceil(8, 3, 2);
  const ConvAddressing addressing{conv, LayerKind::Conv2d};
  const int64_t last = addressing.gemm().m - 1;  // window rows 6, 7 and the missing 8
  EXPECT_EQ(addressing.ifmap_offset(last, 0), 6 * 8 + 6);
  EXPECT_EQ(addressing.ifmap_offset(last, 2), std::nullopt);
  EXPECT_EQ(addressing.ifmap_offset(last, 8), std::nullopt);
}

TEST(ConvLowering, IndexOutsideTheGemmBad) {
  const ConvAddressing addressing{make_conv(4, 2, 2, 3, 1, 0), LayerKind::Conv2d};
  EXPECT_DEATH((void)addressing.ifmap_offset(addressing.gemm().m, 0), "internal error");
  EXPECT_DEATH((void)addressing.ifmap_offset(0, addressing.gemm().k), "internal error");
  EXPECT_DEATH((void)addressing.ifmap_offset(0, 0, 1), "internal error");
  EXPECT_DEATH(ConvAddressing(make_conv(4, 2, 2, 3, 1, 0), LayerKind::Linear), "no convolution");
}

TEST(ShapeProblems, GemmLimits) {
  EXPECT_THAT(shape_problems(GemmShape{1, 1, 1, 1}), IsEmpty());
  EXPECT_THAT(shape_problems(GemmShape{kMaxExtent, 1 << 23, 1, 1}), IsEmpty());  // 2^31 * 2^23
  EXPECT_THAT(shape_problems(GemmShape{kMaxExtent, (1 << 23) + 1, 1, 1}),
              ElementsAre(HasSubstr("must be at most 18014398509481984 MACs")));
  EXPECT_THAT(shape_problems(GemmShape{kMaxExtent, kMaxExtent, kMaxExtent, kMaxExtent}),
              ElementsAre(HasSubstr("MACs")));
  EXPECT_THAT(shape_problems(GemmShape{0, kMaxExtent + 1, 3, -1}),
              ElementsAre("m = 0: must be 1..2147483648", "n = 2147483649: must be 1..2147483648",
                          "batch = -1: must be 1..2147483648"));
}

TEST(ShapeProblems, ConvolutionLimits) {
  const auto problems = [](const ConvShape& conv) {
    return shape_problems(conv, LayerKind::Conv2d);
  };
  EXPECT_THAT(problems(make_conv(8, 3, 3, 4, 1, 1)), IsEmpty());

  ConvShape conv = make_conv(8, 3, 3, 4, 1, 1);
  conv.r = 11;  // padded height is 10
  EXPECT_THAT(problems(conv), ElementsAre(HasSubstr("filter height = 11: must be at most")));
  conv = make_conv(8, 3, 3, 4, 1, 1);
  conv.p += 1;
  EXPECT_THAT(problems(conv), ElementsAre("output height = 9: must be 8"));
  conv = make_conv(8, 3, 3, 4, 1, 1);
  conv.stride_h = 0;
  conv.pad_w = -1;
  EXPECT_THAT(problems(conv), ElementsAre("conv.stride_h = 0: must be 1..2147483648",
                                          "conv.pad_w = -1: must be 0..2147483648"));
  EXPECT_THAT(problems(make_conv(65536, 1, 1, 1, 1, 0)),  // m = 2^32
              ElementsAre(HasSubstr("m = n * p * q = 1 * 65536 * 65536: must be at most")));
  EXPECT_THAT(problems(make_conv(2048, 1024, 2048, 1, 1, 0)),  // k = 2^32
              ElementsAre(HasSubstr("k = r * s * c = 2048 * 2048 * 1024: must be at most")));
  EXPECT_THAT(shape_problems(make_conv(8, 3, 3, 4, 1, 1), LayerKind::DepthwiseConv2d),
              ElementsAre(HasSubstr("conv.filters = 4: must be 3")));
}

}  // namespace
}  // namespace olivine
