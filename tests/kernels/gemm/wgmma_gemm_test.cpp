// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "kernels/emulator/emulated_gemm.h"
#include "kernels/gemm/wgmma_tiles.cuh"
#include "kernels/launch/operand_image.h"
#include "kernels/launch/wgmma_configs.h"
#include "models/base/rng.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/gemm.h"
#include "models/numerics/ovp.h"
#include "models/numerics/random_operand.h"
#include "models/numerics/requantize.h"

namespace olivine {
namespace {

constexpr uint8_t kPoison = 0xA5;
constexpr float kActivationScale = 0.0375F;

struct Shape {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
};

Format weight_format(WeightForm form) { return is_ovp(form) ? Format::Ovp4 : Format::Int8; }
Format activation_format(ActivationForm form) {
  return form == ActivationForm::Int8Planes ? Format::Ovp8 : Format::Int8;
}

// A GEMM with random operands and its results by models/numerics.
struct Problem {
  PackedMatrix activations;
  PackedMatrix weights;
  ActivationImage activation_image;
  WeightImage weight_image;
  std::vector<float> weight_scales;
  float output_scale = 1.0F;
  IntegerGemm expected;
};

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
  Problem problem;
  problem.activations = random_packed(activation_format(config.activations), Pattern::Dense,
                                      shape.m, shape.k, rng, 0.1);
  problem.weights = random_packed(weight_format(config.weights),
                                  is_sparse(config.weights) ? Pattern::TwoFour : Pattern::Dense,
                                  shape.n, shape.k, rng, 0.1);
  EXPECT_TRUE(make_weight_image(problem.weights, problem.weight_image));
  EXPECT_TRUE(
      make_activation_image(problem.activations, config.activations, problem.activation_image));
  widen(problem.weight_image.codes, problem.weight_image.stride,
        weight_row_bytes(config.weights, shape.k));
  widen(problem.activation_image);
  for (int64_t j = 0; j < shape.n; ++j) {
    problem.weight_scales.push_back(static_cast<float>(0.5 + rng.unit()));
  }
  problem.expected = gemm_functional(problem.activations, problem.weights);
  int64_t largest = 1;
  for (const int32_t sum : problem.expected.c) {
    largest = std::max(largest, std::abs(int64_t{sum}));
  }
  problem.output_scale = static_cast<float>(largest) * kActivationScale / 150.0F;  // some saturate
  return problem;
}

GemmArgs make_args(const WgmmaConfig& config, const Problem& problem, OutputForm output) {
  GemmArgs args;
  args.m = problem.activations.rows;
  args.n = problem.weights.rows;
  args.k = problem.weights.k;
  args.weight_form = config.weights;
  args.activation_form = config.activations;
  args.output = output;
  args.weights = problem.weight_image.codes.data();
  args.weight_stride = problem.weight_image.stride;
  args.metadata = problem.weight_image.metadata.data();
  args.activations = problem.activation_image.codes.data();
  args.activation_stride = problem.activation_image.stride;
  args.plane_stride = problem.activation_image.plane_stride;
  args.weight_scales = problem.weight_scales.data();
  args.activation_scale = kActivationScale;
  args.output_scale = problem.output_scale;
  return args;
}

// C as bytes, rows of `stride` elements, poison where nothing is written.
std::vector<uint8_t> expected_bytes(const Problem& problem, const GemmArgs& args, int64_t stride) {
  const int64_t element = output_bytes(args.output);
  std::vector<uint8_t> bytes(static_cast<size_t>(args.m * stride * element), kPoison);
  PackedMatrix requantized;
  if (args.output == OutputForm::Int8) {
    requantized = requantize({problem.expected.c, args.m, args.n, args.activation_scale,
                              problem.weight_scales, args.output_scale},
                             Format::Int8);
  }
  for (int64_t i = 0; i < args.m; ++i) {
    for (int64_t j = 0; j < args.n; ++j) {
      const auto index = static_cast<size_t>(i * args.n + j);
      const int32_t sum = problem.expected.c[index];
      uint8_t* to = &bytes[static_cast<size_t>((i * stride + j) * element)];
      if (args.output == OutputForm::Int32) {
        std::memcpy(to, &sum, sizeof(sum));
      } else if (args.output == OutputForm::Int8) {
        *to = requantized.codes[index];
      } else {
        const float multiplier =
            args.activation_scale * problem.weight_scales[static_cast<size_t>(j)];
        const uint16_t half = fp16_from_float(static_cast<float>(sum) * multiplier);
        std::memcpy(to, &half, sizeof(half));
      }
    }
  }
  return bytes;
}

template <class T>
MemoryRange range_of(const std::vector<T>& values) {
  return {values.data(), static_cast<int64_t>(values.size() * sizeof(T)), false};
}

struct Run {
  OutputForm output = OutputForm::Int32;
  int64_t blocks = 0;  // 0: one for every tile
  int64_t gap = 0;     // elements between rows of C, beside n
  uint64_t seed = 1;
};

EmulatorReport check(int index, const Problem& problem, const Run& run) {
  const WgmmaConfig& config = kWgmmaConfigs[static_cast<size_t>(index)];
  GemmArgs args = make_args(config, problem, run.output);
  args.c_stride = args.n + run.gap;
  const std::vector<uint8_t> expected = expected_bytes(problem, args, args.c_stride);
  std::vector<uint8_t> c(expected.size(), kPoison);
  args.c = c.data();
  const int64_t tiles = cluster_tiles_n(config, args.n) * tiles_m(config, args.m) * config.cluster;
  const LaunchConfig launch{run.blocks == 0 ? tiles : run.blocks, threads(config),
                            shared_bytes(config), config.cluster};
  EmulatorOptions options;
  options.seed = run.seed;
  options.memory = {range_of(problem.weight_image.codes), range_of(problem.weight_image.metadata),
                    range_of(problem.activation_image.codes), range_of(problem.weight_scales),
                    MemoryRange{c.data(), static_cast<int64_t>(c.size()), true}};
  const EmulatorReport report = emulate_wgmma_gemm(index, args, launch, options);
  EXPECT_TRUE(c == expected) << "configuration " << index << ", m " << args.m << ", n " << args.n
                             << ", k " << args.k << ", output " << static_cast<int>(run.output)
                             << ", blocks " << launch.blocks << ", gap " << run.gap << ", seed "
                             << run.seed;
  return report;
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
