// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/emulator/emulated_gemm.h"
#include "kernels/gemm/wgmma_tiles.cuh"
#include "kernels/launch/wgmma_configs.h"
#include "models/base/rng.h"
#include "models/numerics/ovp.h"
#include "tests/kernels/gemm/gemm_problem.h"

namespace olivine {
namespace {

// Rows further apart, with bytes between them that no kernel may take for data.
void widen(std::vector<uint8_t>& codes, int64_t& stride, int64_t row_bytes) {
  const int64_t wider = stride + 16;
  const int64_t rows = stride == 0 ? 0 : static_cast<int64_t>(codes.size()) / stride;
  std::vector<uint8_t> widened(static_cast<size_t>(rows * wider), kPoison);
  for (int64_t row = 0; row < rows; ++row) {
    std::copy_n(codes.begin() + row * stride, row_bytes, widened.begin() + row * wider);
  }
  codes = std::move(widened);
  stride = wider;
}

void widen(ActivationImage& image) {
  const int64_t planes = plane_count(image.form);
  widen(image.codes, image.stride, activation_row_bytes(image.form, image.k));
  image.plane_stride = static_cast<int64_t>(image.codes.size()) / planes;
}

Problem make_problem(const WgmmaConfig& config, const Shape& shape, uint64_t seed) {
  Rng rng{seed};
  Problem problem = random_problem(config.weights, config.activations, shape, rng, 0.1);
  widen(problem.weight_image.codes, problem.weight_image.stride,
        weight_row_bytes(config.weights, shape.k));
  widen(problem.activation_image);
  return problem;
}

// 0 blocks: one for every tile.
EmulatorReport check(int index, const Problem& problem, const Run& run) {
  const WgmmaConfig& config = kWgmmaConfigs[static_cast<size_t>(index)];
  const GemmArgs args = make_args(problem, run);
  const int64_t tiles = cluster_tiles_n(config, args.n) * tiles_m(config, args.m) * config.cluster;
  const LaunchConfig launch{run.blocks == 0 ? tiles : run.blocks, threads(config),
                            shared_bytes(config), config.cluster};
  return check_gemm(index, problem, run, args, [&](const GemmArgs& one, const auto& options) {
    return emulate_wgmma_gemm(index, one, launch, options);
  });
}

int config_count() { return static_cast<int>(kWgmmaConfigs.size()); }

const WgmmaConfig& config_at(int index) { return kWgmmaConfigs[static_cast<size_t>(index)]; }

// A value about `tile`: 1, a multiple, one less, one more, a prime.
int64_t extent(int tile, int choice) {
  const int64_t extents[] = {1, tile, tile - 1, tile + 1, 37, 2 * tile};
  return extents[choice % 6];
}

TEST(WgmmaGemm, MultipliesEveryResidueOfMAndN) {
  for (int index = 0; index < config_count(); ++index) {
    const WgmmaConfig& config = config_at(index);
    for (int choice = 0; choice < 6; ++choice) {
      const Shape shape{extent(config.tile_m, choice), extent(config.tile_n, choice + 1 + index),
                        96};
      check(index, make_problem(config, shape, static_cast<uint64_t>(choice)), {});
    }
  }
}

TEST(WgmmaGemm, MultipliesEveryResidueOfK) {
  for (int index = 0; index < config_count(); ++index) {
    const WgmmaConfig& config = config_at(index);
    const int64_t ring = int64_t{config.tile_k} * config.stages;
    for (const int64_t k : {int64_t{1}, int64_t{2}, int64_t{31}, int64_t{64}, int64_t{65},
                            int64_t{127}, int64_t{128}, int64_t{129}, ring - 1, ring + 131}) {
      check(index, make_problem(config, {19, 33, k}, static_cast<uint64_t>(k)), {});
    }
  }
}

TEST(WgmmaGemm, StoresZerosForEmptyK) {
  for (int index = 0; index < config_count(); ++index) {
    const Problem problem = make_problem(config_at(index), {65, 70, 0}, 1);
    for (const OutputForm output : {OutputForm::Int32, OutputForm::Int8, OutputForm::Fp16}) {
      check(index, problem, {output, config_at(index).cluster});
    }
  }
}

// Rows of C at multiples of 16 bytes are stored 16 bytes at a time, others one by one.
TEST(WgmmaGemm, StoresEveryOutputAndNothingBesideC) {
  for (int index = 0; index < config_count(); ++index) {
    const WgmmaConfig& config = config_at(index);
    for (const int64_t n : {int64_t{config.tile_n}, int64_t{77}}) {
      const Problem problem = make_problem(config, {config.tile_m / 2 + 5, n, 40}, 3);
      for (const OutputForm output : {OutputForm::Int32, OutputForm::Int8, OutputForm::Fp16}) {
        for (const int64_t gap : {int64_t{3}, 16 - n % 16}) {
          check(index, problem, {output, 0, gap, 2});
        }
      }
    }
  }
}

// Tiles along n beyond the last whole cluster have one without rows; blocks take several tiles, and
// stages go on from one to the next.
TEST(WgmmaGemm, BlocksTakeTilesInTurns) {
  for (int index = 0; index < config_count(); ++index) {
    const WgmmaConfig& config = config_at(index);
    const Shape shape{int64_t{config.tile_m} + 7, 2 * int64_t{config.tile_n} + 9, 200};
    const Problem problem = make_problem(config, shape, 4);
    for (const int64_t clusters : {3, 9}) {
      check(index, problem, {OutputForm::Int32, clusters * config.cluster, 1, 8});
    }
  }
}

TEST(WgmmaGemm, IsRightInEveryOrderOfThreadsAndCopies) {
  for (int index = 0; index < config_count(); ++index) {
    const WgmmaConfig& config = config_at(index);
    const Shape shape{int64_t{config.tile_m} + 1, int64_t{config.tile_n} - 1,
                      int64_t{config.tile_k} * (config.stages - 1) + 3};
    const Problem problem = make_problem(config, shape, 5);
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      check(index, problem, {OutputForm::Int8, config.cluster, 0, seed});
    }
  }
}

// 1,024 outliers of 30720 (a victim and its partner, 15 << 11) times 127: beyond 32 bits.
TEST(WgmmaGemm, SumsOfPlanesWrapAround) {
  for (int index = 0; index < config_count(); ++index) {
    const WgmmaConfig& config = config_at(index);
    if (config.activations != ActivationForm::Int8Planes) continue;
    Problem problem = make_problem(config, {3, 70, 2048}, 6);
    for (size_t i = 0; i < problem.activations.codes.size(); ++i) {
      problem.activations.codes[i] = i % 2 == 0 ? kIdentifier8 : uint8_t{0x3F};
    }
    std::fill(problem.weights.codes.begin(), problem.weights.codes.end(), uint8_t{0x7F});
    ASSERT_TRUE(
        make_activation_image(problem.activations, config.activations, problem.activation_image));
    ASSERT_TRUE(make_weight_image(problem.weights, problem.weight_image));
    problem.expected = gemm_functional(problem.activations, problem.weights);
    ASSERT_EQ(problem.expected.overflow_count, problem.expected.c.size());
    check(index, problem, {});
  }
}

TEST(WgmmaGemm, SharedMemoryHasNoBankConflicts) {
  for (int index = 0; index < config_count(); ++index) {
    const WgmmaConfig& config = config_at(index);
    const Problem problem = make_problem(config, {config.tile_m, config.tile_n, 256}, 7);
    for (const OutputForm output : {OutputForm::Int32, OutputForm::Int8, OutputForm::Fp16}) {
      const EmulatorReport report = check(index, problem, {output});
      for (const SharedTraffic& traffic : {report.matrix_loads, report.loads, report.stores}) {
        EXPECT_EQ(traffic.wavefronts, traffic.ideal_wavefronts)
            << "configuration " << index << ", output " << static_cast<int>(output);
      }
    }
  }
}

TEST(WgmmaGemm, EveryTileIsTakenOnce) {
  for (const int tile_m : {64, 128, 256}) {
    for (const int64_t tiles_m : {1, 7, 8, 9, 33}) {
      for (const int64_t tiles_n : {1, 2, 13}) {
        std::vector<int> taken(static_cast<size_t>(tiles_m * tiles_n));
        for (int64_t tile = 0; tile < tiles_m * tiles_n; ++tile) {
          const device::TilePlace place = device::tile_place(tile, tiles_n, tiles_m, tile_m);
          ASSERT_TRUE(place.n >= 0 && place.n < tiles_n && place.m >= 0 && place.m < tiles_m);
          ++taken[static_cast<size_t>(place.n * tiles_m + place.m)];
        }
        EXPECT_EQ(std::count(taken.begin(), taken.end(), 1), tiles_m * tiles_n);
      }
    }
  }
}

// Tiles that run at one time make a square of operand rows, so that L2 gives each row out often.
TEST(WgmmaGemm, AWaveOfTilesIsAboutSquare) {
  const int64_t side = 8192 / 256;
  int64_t largest_n = 0;
  int64_t largest_m = 0;
  for (int64_t tile = 0; tile < 64; ++tile) {
    const device::TilePlace place = device::tile_place(tile, side, side, 256);
    largest_n = std::max(largest_n, place.n);
    largest_m = std::max(largest_m, place.m);
  }
  EXPECT_EQ(largest_n, 7);
  EXPECT_EQ(largest_m, 7);
}

// What an SM of sm_90 has (CUDA programming guide, "Technical specifications"): 65,536 registers,
// 228 KiB of shared memory of which each block takes 1 KiB more than it asks for, 227 for a block.
TEST(WgmmaConfigs, FitAnSm) {
  constexpr int kBlockShared = 227 * 1024;
  constexpr int kSmShared = 228 * 1024;
  for (const WgmmaConfig& config : kWgmmaConfigs) {
    EXPECT_LE(shared_bytes(config), kBlockShared);
    EXPECT_LE(config.blocks_per_sm * (shared_bytes(config) + 1024), kSmShared);
    EXPECT_LE(config.blocks_per_sm * threads(config) * launch_registers(config), kSmRegisters);
    EXPECT_LE(kProducerRegisters * kWarpgroupThreads +
                  consumer_registers(config) * kWarpgroupThreads * consumer_count(config),
              launch_registers(config) * threads(config));
    // setmaxnreg gives back in the producer and takes in the consumers.
    EXPECT_LE(kProducerRegisters, launch_registers(config));
    EXPECT_GE(consumer_registers(config), launch_registers(config));
    // Sums, and 24 registers for everything else.
    EXPECT_GE(launch_registers(config), config.tile_m / 2 + 24);
  }
}

TEST(WgmmaConfigs, LaunchesAsManyBlocksAsAreResidentOrHaveATile) {
  const WgmmaConfig& config = kWgmmaConfigs[0];
  ASSERT_EQ(config.cluster, 2);
  const int64_t m = config.tile_m;
  const int64_t n = config.tile_n;
  EXPECT_EQ(persistent_blocks(config, m, n, 132), 2);
  EXPECT_EQ(persistent_blocks(config, 3 * m, 2 * n, 132), 3 * 2);
  EXPECT_EQ(persistent_blocks(config, 3 * m, 2 * n + 1, 132), 3 * 2 * 2);
  EXPECT_EQ(persistent_blocks(config, 100 * m, 100 * n, 132), 132);
  EXPECT_EQ(persistent_blocks(config, 100 * m, 100 * n, 131), 130);
}

}  // namespace
}  // namespace olivine
