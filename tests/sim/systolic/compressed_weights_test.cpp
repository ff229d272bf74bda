// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/compressed_weights.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>

#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/bitmap.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/random_operand.h"
#include "models/numerics/weight_density.h"
#include "models/workloads/workload.h"
#include "sim/memory/make_memory.h"
#include "sim/systolic/event_engine.h"
#include "sim/systolic/run_layer.h"
#include "sim/systolic/simulate.h"
#include "sim/systolic/tile_program.h"
#include "tests/models/analytic/random_layer.h"

namespace olivine {
namespace {

constexpr std::array kFormats = {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp8};

PackedMatrix thinned(Format format, int64_t rows, int64_t k, int64_t tile_k, WeightDensity density,
                     Rng& rng) {
  PackedMatrix matrix = random_packed(format, Pattern::Dense, rows, k, rng, 0.2);
  thin_out(matrix, tile_k, density, rng);
  return matrix;
}

// The image by the functions of the format: rows begin where the bits before them say.
PackedMatrix golden(Format format, int64_t rows, int64_t k, const std::vector<uint8_t>& image) {
  const auto stride = static_cast<size_t>((k + 7) / 8);
  const auto bits = static_cast<size_t>(info(format).bits);
  const auto values = image.begin() + static_cast<int64_t>(static_cast<size_t>(rows) * stride);
  BitmapMatrix matrix{format, rows, k, {image.begin(), values}, {values, image.end()}, {0}, {1.0F}};
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
    size_t count = 0;
    for (size_t i = 0; i < stride; ++i) {
      count += static_cast<size_t>(std::popcount(matrix.bitmap[row * stride + i]));
    }
    matrix.row_start.push_back(matrix.row_start.back() + (count * bits + 7) / 8);
  }
  return decompress_bitmap(matrix);
}

// Every tile comes back to the bit, and has the bytes that the models charge.
TEST(CompressedWeights, TilesComeBack) {
  constexpr uint64_t kSeed = 61;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int round = 0; round < 400; ++round) {
    const Format format = kFormats[static_cast<size_t>(round) % kFormats.size()];
    const int64_t rows = rng.uniform(1, 9);
    const int64_t k = rng.uniform(1, 70);
    const int64_t tile_k = 8 * rng.uniform(1, 9);
    const WeightDensity density{static_cast<int32_t>(rng.uniform(1, 999))};
    SCOPED_TRACE(fmt::format("{} {}x{} tiles of {} density {}", name_of(format), rows, k, tile_k,
                             to_string(density)));
    const PackedMatrix matrix = thinned(format, rows, k, tile_k, density, rng);
    ASSERT_EQ(find_problem(matrix), std::nullopt);
    const std::vector<int16_t> values = dense_int16(matrix, k);
    for (int64_t begin = 0; begin < k; begin += tile_k) {
      const int64_t length = std::min(tile_k, k - begin);
      const auto image = compress_tile(matrix, {0, rows}, {begin, length});
      ASSERT_EQ(static_cast<int64_t>(image.size()),
                compressed_bytes(format, rows, length, density));
      const PackedMatrix tile = expand_tile(format, rows, length, image);
      ASSERT_EQ(find_problem(tile), std::nullopt);
      ASSERT_EQ(tile.codes, golden(format, rows, length, image).codes);
      const std::vector<int16_t> expanded = dense_int16(tile, length);
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t i = 0; i < length; ++i) {
          ASSERT_EQ(expanded[static_cast<size_t>(row * length + i)],
                    values[static_cast<size_t>(row * k + begin + i)]);
        }
      }
    }
  }
}

// Bitmap first, row by row, then the kept elements of each row in whole bytes.
TEST(CompressedWeights, ImageIsLaidOutAsTheBitmapFormatSays) {
  // Row 0: 0 5 0 0 | 0 0 0 0 | 7, row 1: three at the end of nine int4 elements.
  PackedMatrix matrix{Format::Int4, Pattern::Dense, 2, 9, {}, {}, {1.0F}};
  matrix.codes = {0x50, 0, 0, 0, 0x07, 0, 0, 0, 0x10, 0x03};
  matrix.codes[7] = 0x00;
  const std::vector<uint8_t> expected = {0x02, 0x01, 0x80, 0x01,  // bits 1 and 8; 7 and 8
                                         0x75, 0x31};             // 5, 7; 1, 3
  EXPECT_EQ(compress_tile(matrix, {0, 2}, {0, 9}), expected);
  EXPECT_EQ(expand_tile(Format::Int4, 2, 9, expected).codes, matrix.codes);
}

TEST(CompressedWeightsDeathTest, WrongLengthIsNoticedBad) {
  const std::vector<uint8_t> image = {0x03, 11, 22};
  EXPECT_EQ(expand_tile(Format::Int8, 1, 8, image).codes[1], 22);
  EXPECT_DEATH((void)expand_tile(Format::Int8, 1, 8, std::span{image}.first(2)), "runs over");
  EXPECT_DEATH((void)expand_tile(Format::Int8, 1, 7, std::vector<uint8_t>{0x01, 1, 2}), "3 B");
}

MachineConfig machine_of(DramModel model, Dataflow dataflow, int64_t elements_per_cycle) {
  MachineConfig machine = load_machine("edge_16x16");
  machine.array.dataflow = dataflow;
  machine.dram.model = model;
  machine.dram.decompressor.elements_per_cycle = elements_per_cycle;
  return machine;
}

LayerTiming event_timing(const NetworkPlan& network, const LayerPlan& plan) {
  LayerJob job{plan.geometry, plan.work, plan.tiling, {}};
  const auto memory = make_memory(network.machine.dram, network.machine.clock_hz);
  DirectPort port{*memory};
  EventEngine engine{job, port, lone_dma(network.machine.dram)};
  return run_layer(engine, port);
}

// The image travels through both memories that move bytes; what is computed is what it expands to,
// and events take the same time.
TEST(CompressedWeights, ExpandedWeightsAreWhatIsComputedWith) {
  constexpr uint64_t kSeed = 62;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int round = 0; round < 60; ++round) {
    const auto model = round % 2 == 0 ? DramModel::Bandwidth : DramModel::Banked;
    const MachineConfig machine =
        machine_of(model, static_cast<Dataflow>(round % 3), rng.uniform(1, 64));
    const char* const schemes[] = {"w8a8-int8", "w4a4-int4", "w4a4-ovp", "w4a8-ovp"};
    PlanOptions options;
    options.weight_density.per_mille = static_cast<int32_t>(rng.uniform(1, 999));
    options.mapper.tile = {rng.uniform(1, 40), 2 * rng.uniform(1, 20), 8 * rng.uniform(1, 12)};
    const GemmShape shape{rng.uniform(1, 40), rng.uniform(1, 60), rng.uniform(1, 120), 1};
    const NetworkPlan network =
        plan_network(machine, parse_scheme(schemes[round / 2 % 4]), single_gemm(shape), options);
    const LayerPlan& plan = network.plans.front();
    SCOPED_TRACE(fmt::format("round {}: {}x{}x{} density {}", round, shape.m, shape.n, shape.k,
                             to_string(plan.work.weight_density)));
    const LayerTiming stepped = simulate_layer(network, plan, kSeed);  // compares outputs
    const LayerTiming events = event_timing(network, plan);
    ASSERT_EQ(stepped, events) << testing::describe(stepped) << "; events "
                               << testing::describe(events);
  }
}

// Attention has no weights and depthwise filters are small: both stay dense.
TEST(CompressedWeights, LinearHeadAndConvolutionAreCompressed) {
  constexpr ConvShape kConv{.n = 1,
                            .h = 6,
                            .w = 5,
                            .c = 3,
                            .r = 3,
                            .s = 3,
                            .filters = 8,
                            .pad_h = 1,
                            .pad_w = 1,
                            .p = 6,
                            .q = 5};
  constexpr ConvShape kDepthwise{.n = 1,
                                 .h = 6,
                                 .w = 5,
                                 .c = 3,
                                 .r = 3,
                                 .s = 3,
                                 .filters = 3,
                                 .pad_h = 1,
                                 .pad_w = 1,
                                 .p = 6,
                                 .q = 5};
  constexpr GemmShape kGemm{5, 20, 33, 1};
  Workload workload;
  workload.name = "kinds";
  workload.layers = {
      {"linear", LayerKind::Linear, kGemm, {}, 0, 0},
      {"attention", LayerKind::Attention, kGemm, {}, 0, 0},
      {"head", LayerKind::Head, kGemm, {}, 0, 0},
      {"conv", LayerKind::Conv2d, lower_conv(kConv), kConv, 0, 0},
      {"depthwise", LayerKind::DepthwiseConv2d, lower_depthwise(kDepthwise), kDepthwise, 0, 0}};
  constexpr std::array kIsCompressed = {true, false, true, true, false};
  const Scheme& scheme = parse_scheme("w8a8-int8");
  for (const DramModel model : {DramModel::Bandwidth, DramModel::Ideal}) {
    const MachineConfig machine = machine_of(model, Dataflow::OutputStationary, 4);
    PlanOptions options;
    const NetworkPlan dense = plan_network(machine, scheme, workload, options);
    options.weight_density.per_mille = 500;
    const NetworkPlan network = plan_network(machine, scheme, workload, options);
    ASSERT_EQ(network.plans.size(), kIsCompressed.size());
    for (size_t i = 0; i < network.plans.size(); ++i) {
      SCOPED_TRACE(workload.layers[i].name);
      const LayerPlan& plan = network.plans[i];
      const LayerTiming timing = simulate_layer(network, plan, 63);
      const LayerTiming closed = time_layer(plan.geometry, machine.dram, plan.work, plan.tiling);
      EXPECT_EQ(timing, closed);
      constexpr auto kWeights = static_cast<size_t>(Operand::Weights);
      EXPECT_EQ(timing.dram_bytes[kWeights] < timing.weight_buffer_bytes, kIsCompressed[i]);
      EXPECT_EQ(plan.work.weight_density.is_dense(), !kIsCompressed[i]);
      if (!kIsCompressed[i]) {
        EXPECT_EQ(timing, simulate_layer(dense, dense.plans[i], 63));
      }
    }
  }
}

TEST(CompressedWeights, MachinesWithoutDecompressorRefuseBad) {
  const auto message = [](const MachineConfig& machine, const char* scheme) -> std::string {
    PlanOptions options;
    options.weight_density.per_mille = 250;
    try {
      (void)plan_network(machine, parse_scheme(scheme), single_gemm({8, 8, 8, 1}), options);
    } catch (const ShapeError& error) {
      return error.what();
    }
    return "";
  };
  MachineConfig machine = load_machine("edge_16x16");
  EXPECT_EQ(message(machine, "w8a8-int8"),
            "machine edge_16x16 cannot run w8a8-int8 with weights of density 0.25: it has no "
            "decompressor (decompressor.elements_per_cycle = 0)");
  machine.dram.decompressor.elements_per_cycle = 1;
  EXPECT_EQ(message(machine, "w8a8-int8"), "");
  EXPECT_EQ(message(machine, "w8a8-int8-2:4"),
            "machine edge_16x16 cannot run w8a8-int8-2:4 with weights of density 0.25: 2:4 weights "
            "are stored by position already, and no bitmap describes them");
}

}  // namespace
}  // namespace olivine
