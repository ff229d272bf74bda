// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/emulator/emulated_gemm.h"
#include "kernels/launch/operand_image.h"
#include "kernels/launch/small_m_configs.h"
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
constexpr double kOutlierShare = 0.2;

struct Shape {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
};

struct Run {
  OutputForm output = OutputForm::Int32;
  int64_t blocks = 0;  // 0: as on an H100
  int64_t gap = 0;     // elements between rows of C, beside n
  uint64_t seed = 1;
};

Format activation_format(ActivationForm form) {
  if (form == ActivationForm::Int8) return Format::Int8;
  return form == ActivationForm::Ovp4 ? Format::Ovp4 : Format::Ovp8;
}

// A GEMM with operands as a kernel wants them and its results by models/numerics.
struct Problem {
  PackedMatrix activations;
  PackedMatrix weights;
  ActivationImage activation_image;
  WeightImage weight_image;
  std::vector<float> weight_scales;
  float output_scale = 1.0F;
  IntegerGemm expected;
};

// Contract: operands are set.
void finish(const SmallMConfig& config, Problem& problem, Rng& rng) {
  ASSERT_TRUE(make_weight_image(problem.weights, problem.weight_image));
  ASSERT_TRUE(
      make_activation_image(problem.activations, config.activations, problem.activation_image));
  for (int64_t j = 0; j < problem.weights.rows; ++j) {
    problem.weight_scales.push_back(static_cast<float>(0.5 + rng.unit()));
  }
  problem.expected = gemm_functional(problem.activations, problem.weights);
  int64_t largest = 1;
  for (const int32_t sum : problem.expected.c) {
    largest = std::max(largest, std::abs(int64_t{sum}));
  }
  problem.output_scale = static_cast<float>(largest) * kActivationScale / 150.0F;  // some saturate
}

Problem make_problem(const SmallMConfig& config, const Shape& shape, uint64_t seed) {
  Rng rng{seed};
  Problem problem;
  problem.activations = random_packed(activation_format(config.activations), Pattern::Dense,
                                      shape.m, shape.k, rng, kOutlierShare);
  problem.weights = random_packed(is_ovp(config.weights) ? Format::Ovp4 : Format::Int8,
                                  is_sparse(config.weights) ? Pattern::TwoFour : Pattern::Dense,
                                  shape.n, shape.k, rng, kOutlierShare);
  finish(config, problem, rng);
  return problem;
}

GemmArgs make_args(const SmallMConfig& config, const Problem& problem, OutputForm output) {
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

// C as bytes, rows of c_stride elements, poison where nothing is written.
std::vector<uint8_t> expected_bytes(const Problem& problem, const GemmArgs& args) {
  const int64_t element = output_bytes(args.output);
  std::vector<uint8_t> bytes(static_cast<size_t>(args.m * args.c_stride * element), kPoison);
  PackedMatrix requantized;
  if (args.output == OutputForm::Int8) {
    requantized = requantize({problem.expected.c, args.m, args.n, args.activation_scale,
                              problem.weight_scales, args.output_scale},
                             Format::Int8);
  }
  for (int64_t i = 0; i < args.m * args.n; ++i) {
    const auto index = static_cast<size_t>(i);
    const int32_t sum = problem.expected.c[index];
    const float scale = problem.weight_scales[static_cast<size_t>(i % args.n)];
    const uint16_t half =
        fp16_from_float(static_cast<float>(sum) * (args.activation_scale * scale));
    uint8_t* to = &bytes[static_cast<size_t>((i / args.n * args.c_stride + i % args.n) * element)];
    if (args.output == OutputForm::Int32) std::memcpy(to, &sum, sizeof(sum));
    if (args.output == OutputForm::Int8) *to = requantized.codes[index];
    if (args.output == OutputForm::Fp16) std::memcpy(to, &half, sizeof(half));
  }
  return bytes;
}

template <class T>
MemoryRange range_of(const std::vector<T>& data, bool is_writable = false) {
  return {data.data(), static_cast<int64_t>(data.size() * sizeof(T)), is_writable};
}

EmulatorReport check(int index, const Problem& problem, const Run& run) {
  const SmallMConfig& config = kSmallMConfigs[static_cast<size_t>(index)];
  GemmArgs args = make_args(config, problem, run.output);
  args.c_stride = args.n + run.gap;
  args.are_weights_settled = run.seed % 2 == 0;
  const std::vector<uint8_t> expected = expected_bytes(problem, args);
  std::vector<uint8_t> c(expected.size(), kPoison);
  args.c = c.data();
  const int64_t blocks = run.blocks == 0 ? small_m_blocks(config, args.n, 132) : run.blocks;
  EmulatorOptions options;
  options.seed = run.seed;
  options.memory = {range_of(problem.weight_image.codes), range_of(problem.weight_image.metadata),
                    range_of(problem.activation_image.codes), range_of(problem.weight_scales),
                    range_of(c, true)};
  const EmulatorReport report = emulate_small_m_gemm(
      index, args, {blocks, threads(config), shared_bytes(config), 1}, options);
  EXPECT_TRUE(c == expected) << "configuration " << index << ", m " << args.m << ", n " << args.n
                             << ", k " << args.k << ", output " << static_cast<int>(run.output)
                             << ", blocks " << blocks << ", gap " << run.gap << ", seed "
                             << run.seed;
  return report;
}

int config_count() { return static_cast<int>(kSmallMConfigs.size()); }
const SmallMConfig& config_at(int index) { return kSmallMConfigs[static_cast<size_t>(index)]; }

TEST(SmallMGemm, MultipliesEveryM) {
  for (int index = 0; index < config_count(); ++index) {
    for (int64_t m = 1; m <= 16; ++m) {
      const auto seed = static_cast<uint64_t>(m);
      check(index, make_problem(config_at(index), {m, 19, 150}, seed), {});
    }
  }
}

TEST(SmallMGemm, MultipliesEveryResidueOfN) {
  for (int index = 0; index < config_count(); ++index) {
    for (const int64_t n : {1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 71, 79}) {
      check(index, make_problem(config_at(index), {3, n, 97}, static_cast<uint64_t>(n)), {});
    }
  }
}

TEST(SmallMGemm, MultipliesEveryResidueOfK) {
  for (int index = 0; index < config_count(); ++index) {
    const int64_t round = config_at(index).tile_k;
    for (const int64_t k :
         {int64_t{1}, int64_t{2}, int64_t{31}, int64_t{32}, int64_t{33}, int64_t{63}, int64_t{64},
          int64_t{65}, int64_t{127}, int64_t{128}, int64_t{129}, int64_t{257}, round - 1, round,
          round + 1, 3 * round + 77}) {
      check(index, make_problem(config_at(index), {2, 17, k}, static_cast<uint64_t>(k)), {});
    }
  }
}

TEST(SmallMGemm, StoresZerosForEmptyK) {
  for (int index = 0; index < config_count(); ++index) {
    for (const OutputForm output : {OutputForm::Int32, OutputForm::Int8, OutputForm::Fp16}) {
      check(index, make_problem(config_at(index), {9, 20, 0}, 1), {output});
    }
  }
}

TEST(SmallMGemm, StoresEveryOutputAndNothingBesideC) {
  for (int index = 0; index < config_count(); ++index) {
    const Problem problem = make_problem(config_at(index), {13, 37, 200}, 3);
    for (const OutputForm output : {OutputForm::Int32, OutputForm::Int8, OutputForm::Fp16}) {
      for (const int64_t gap : {0, 5}) check(index, problem, {output, 0, gap, 2});
    }
  }
}

// Blocks go from tile to tile with the weights of the next one under way; chunks of activations do
// not survive a tile where there are several.
TEST(SmallMGemm, BlocksTakeTilesInTurns) {
  for (int index = 0; index < config_count(); ++index) {
    const SmallMConfig& config = config_at(index);
    for (const int64_t m : {4, 12}) {
      const int64_t columns = (m > 8 ? 16 : 8) * plane_count(config.activations);
      const int64_t chunk = kSmallMActivationBytes / columns;
      for (const int64_t k : {int64_t{300}, chunk, chunk + 1, 2 * chunk + 99}) {
        const int64_t n = (k > chunk ? 2 : 5) * int64_t{config.tile_n} - 3;
        const Problem problem = make_problem(config, {m, n, k}, 4);
        check(index, problem, {OutputForm::Int32, 1, 0, 1});
        if (k == 300) check(index, problem, {OutputForm::Int32, 2, 0, 2});
        if (k == 300) check(index, problem, {OutputForm::Int32, 7, 0, 3});
      }
    }
  }
}

TEST(SmallMGemm, IsRightInEveryOrderOfThreads) {
  for (int index = 0; index < config_count(); ++index) {
    const SmallMConfig& config = config_at(index);
    const Problem problem =
        make_problem(config, {11, 2 * int64_t{config.tile_n} + 1, config.tile_k + 70}, 5);
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      check(index, problem, {OutputForm::Int8, 2, 0, seed});
    }
  }
}

// Sums that overflow wrap around. So do partial sums that are kept 16 times too large.
TEST(SmallMGemm, SumsWrapAround) {
  for (int index = 0; index < config_count(); ++index) {
    const SmallMConfig& config = config_at(index);
    Problem problem = make_problem(config, {2, 9, 2 * int64_t{config.tile_k}}, 6);
    const bool is_wide = config.activations == ActivationForm::Int8Planes;
    if (config.activations != ActivationForm::Ovp4) {
      std::fill(problem.activations.codes.begin(), problem.activations.codes.end(),
                is_wide ? uint8_t{0x7F} : uint8_t{0x80});
    }
    // Outlier 96 beside its victim; -7 in every second row.
    const size_t row_bytes = problem.weights.codes.size() / 9;
    for (size_t i = 0; is_ovp(config.weights) && i < problem.weights.codes.size(); ++i) {
      problem.weights.codes[i] = i / row_bytes % 2 == 0 ? uint8_t{0x87} : uint8_t{0x99};
    }
    if (is_wide) {
      for (size_t i = 0; i < problem.activations.codes.size(); i += 2) {
        problem.activations.codes[i] = 0x3F;  // 30720
        problem.activations.codes[i + 1] = kIdentifier8;
      }
    }
    Rng rng{6};
    finish(config, problem, rng);
    EXPECT_EQ(problem.expected.overflow_count != 0, is_wide) << index;
    check(index, problem, {});
  }
}

TEST(SmallMGemm, SharedMemoryHasNoBankConflicts) {
  for (int index = 0; index < config_count(); ++index) {
    for (const int64_t m : {8, 16}) {
      const Problem problem = make_problem(config_at(index), {m, 32, config_at(index).tile_k}, 7);
      const EmulatorReport report = check(index, problem, {});
      EXPECT_EQ(report.loads.wavefronts, report.loads.ideal_wavefronts) << index << ", m " << m;
      EXPECT_EQ(report.stores.wavefronts, report.stores.ideal_wavefronts) << index << ", m " << m;
    }
  }
}

TEST(SmallMConfigs, FitTwiceOnAMultiprocessor) {
  // 164 and 228 KiB on sm_80 and sm_90, 1 KiB of each block's for the system (CUDA programming
  // guide, "Technical specifications").
  for (const SmallMConfig& config : kSmallMConfigs) {
    EXPECT_LE(2 * (shared_bytes(config) + 1024), 164 * 1024);
    EXPECT_EQ(config.min_blocks, 2);
  }
}

TEST(SmallMConfigs, ShareTilesEvenly) {
  const SmallMConfig& config = kSmallMConfigs[0];
  EXPECT_EQ(small_m_blocks(config, 0, 132), 0);
  EXPECT_EQ(small_m_blocks(config, 1, 132), 1);
  EXPECT_EQ(small_m_blocks(config, 4096, 132), 4096 / config.tile_n);
  // 448 tiles, 264 blocks fit: two rounds of 224.
  EXPECT_EQ(small_m_blocks(config, 448 * int64_t{config.tile_n}, 132), 224);
  EXPECT_EQ(small_m_blocks(config, 264 * int64_t{config.tile_n}, 132), 264);
  EXPECT_EQ(small_m_blocks(config, 264 * int64_t{config.tile_n} + 1, 132), 133);
}

}  // namespace
}  // namespace olivine
