// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/numerics/dense_values.h"
#include "models/numerics/random_operand.h"
#include "models/workloads/conv.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/layer_operands.h"
#include "tests/models/analytic/random_layer.h"

// Convolutions through addressing, on the cycle-stepped model: outputs against a direct
// convolution that knows no GEMM, timing against the closed form.
namespace olivine {
namespace {

using testing::describe;
using testing::random_layer;
using testing::RandomLayer;

std::string describe(const ConvShape& c) {
  return fmt::format("n{} h{} w{} c{} r{} s{} filters{} stride {}x{} pad {}x{} p{} q{}", c.n, c.h,
                     c.w, c.c, c.r, c.s, c.filters, c.stride_h, c.stride_w, c.pad_h, c.pad_w, c.p,
                     c.q);
}

ConvShape random_conv(Rng& rng, bool is_depthwise) {
  ConvShape conv;
  conv.n = rng.uniform(1, 2);
  conv.h = rng.uniform(1, 8);
  conv.w = rng.uniform(1, 8);
  conv.c = rng.uniform(1, 9);
  conv.pad_h = rng.uniform(0, 2);
  conv.pad_w = rng.uniform(0, 2);
  conv.r = rng.uniform(1, std::min<int64_t>(4, conv.h + 2 * conv.pad_h));
  conv.s = rng.uniform(1, std::min<int64_t>(4, conv.w + 2 * conv.pad_w));
  conv.filters = is_depthwise ? conv.c : rng.uniform(1, 9);
  conv.stride_h = rng.uniform(1, 3);
  conv.stride_w = rng.uniform(1, 3);
  // Either convention for a window that hangs over the end.
  const auto extent = rng.chance(0.5) ? output_extent_floor : output_extent_ceil;
  conv.p = extent(conv.h + 2 * conv.pad_h, conv.r, conv.stride_h);
  conv.q = extent(conv.w + 2 * conv.pad_w, conv.s, conv.stride_w);
  return conv;
}

// Decoded values of an ifmap (a row a pixel) and of filters (a row each, dense order).
struct Tensors {
  std::vector<int16_t> ifmap;
  std::vector<std::vector<int16_t>> filters;  // conv: one entry; depthwise: one a channel
};

int64_t value(const std::vector<int16_t>& values, int64_t index) {
  return values.at(static_cast<size_t>(index));
}

int32_t wrap(int64_t sum) { return static_cast<int32_t>(static_cast<uint64_t>(sum) & 0xFFFFFFFFu); }

// One output pixel of one filter over channels [first, end), by its definition.
int32_t direct_output(const ConvShape& c, const Tensors& tensors,
                      const std::vector<int16_t>& filter, int64_t filter_row,
                      std::array<int64_t, 3> npq, std::array<int64_t, 2> channels) {
  const auto [n, p, q] = npq;
  const auto [first, end] = channels;
  int64_t sum = 0;
  for (int64_t r = 0; r < c.r; ++r)
    for (int64_t s = 0; s < c.s; ++s)
      for (int64_t ch = first; ch < end; ++ch) {
        const int64_t y = p * c.stride_h + r - c.pad_h;
        const int64_t x = q * c.stride_w + s - c.pad_w;
        if (y < 0 || y >= c.h || x < 0 || x >= c.w) continue;
        const int64_t width = end - first;
        const int64_t tap = ((filter_row * c.r + r) * c.s + s) * width + ch - first;
        sum += value(tensors.ifmap, ((n * c.h + y) * c.w + x) * c.c + ch) * value(filter, tap);
      }
  return wrap(sum);
}

// [m][filter] of a convolution, [channel][m] of a depthwise one: the order of the engine's outputs.
std::vector<int32_t> direct_conv(const ConvShape& c, const Tensors& tensors, bool is_depthwise) {
  std::vector<int32_t> outputs;
  for (int64_t channel = 0; channel < (is_depthwise ? c.c : 1); ++channel)
    for (int64_t n = 0; n < c.n; ++n)
      for (int64_t p = 0; p < c.p; ++p)
        for (int64_t q = 0; q < c.q; ++q)
          for (int64_t f = 0; f < (is_depthwise ? 1 : c.filters); ++f) {
            const auto& filter = tensors.filters[static_cast<size_t>(channel)];
            const std::array<int64_t, 2> channels = {channel, is_depthwise ? channel + 1 : c.c};
            outputs.push_back(direct_output(c, tensors, filter, f, {n, p, q}, channels));
          }
  return outputs;
}

void expect_convolution(RandomLayer layer, LayerKind kind, Rng& rng) {
  const bool is_depthwise = kind == LayerKind::DepthwiseConv2d;
  const ConvShape conv = random_conv(rng, is_depthwise);
  const ConvAddressing addressing{conv, kind};
  layer.work.conv = conv;
  layer.work.shape = addressing.gemm();
  layer.tiling = testing::random_tiling(rng, layer.work.shape);
  SCOPED_TRACE(describe(layer) + " " + describe(conv));

  const Scheme& scheme = layer.work.scheme;
  LayerOperands operands;
  Tensors tensors;
  const PackedMatrix ifmap =
      random_packed(scheme.activations, Pattern::Dense, conv.n * conv.h * conv.w, conv.c, rng, 0.2);
  operands.activations.push_back(decode(ifmap, lane_count(layer.machine.array, ifmap.format)));
  operands.addressing = addressing;
  tensors.ifmap = dense_int16(ifmap, conv.c);
  for (int64_t batch = 0; batch < layer.work.shape.batch; ++batch) {
    const PackedMatrix filters = random_packed(scheme.weights, scheme.weight_pattern,
                                               layer.work.shape.n, layer.work.shape.k, rng, 0.2);
    operands.weights.push_back(decode(filters, lane_count(layer.machine.array, filters.format)));
    tensors.filters.push_back(dense_int16(filters, layer.work.shape.k));
  }

  LayerEngine engine{layer.geometry, layer.machine.dram, layer.work, layer.tiling, operands};
  const LayerTiming stepped = engine.run();
  const LayerTiming closed =
      time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
  ASSERT_EQ(stepped, closed) << "closed " << testing::describe(closed) << ", stepped "
                             << testing::describe(stepped);
  const std::vector<int32_t> expected = direct_conv(conv, tensors, is_depthwise);
  const auto outputs = engine.outputs();
  ASSERT_EQ(outputs.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(outputs[i], expected[i]) << "output " << i;
}

void run_convolutions(uint64_t seed, int cases, LayerKind kind) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Rng rng{seed};
  for (int i = 0; i < cases; ++i) {
    expect_convolution(random_layer(rng, {.rows = 16}), kind, rng);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(ConvCrossCheck, ConvolutionsEqualTheDirectForm) {
  run_convolutions(301, 300, LayerKind::Conv2d);
}

TEST(ConvCrossCheck, DepthwiseConvolutionsEqualTheDirectForm) {
  run_convolutions(302, 300, LayerKind::DepthwiseConv2d);
}

}  // namespace
}  // namespace olivine
