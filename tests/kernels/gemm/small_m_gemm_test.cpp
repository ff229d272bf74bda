// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/emulator/emulated_gemm.h"
#include "kernels/launch/small_m_configs.h"
#include "models/base/rng.h"
#include "models/numerics/ovp.h"
#include "tests/kernels/gemm/gemm_problem.h"

namespace olivine {
namespace {

constexpr double kOutlierShare = 0.2;

Problem make_problem(const SmallMConfig& config, const Shape& shape, uint64_t seed) {
  Rng rng{seed};
  return random_problem(config.weights, config.activations, shape, rng, kOutlierShare);
}

// 0 blocks: as on an H100.
EmulatorReport check(int index, const Problem& problem, const Run& run) {
  const SmallMConfig& config = kSmallMConfigs[static_cast<size_t>(index)];
  GemmArgs args = make_args(problem, run);
  args.are_weights_settled = run.seed % 2 == 0;
  const int64_t blocks = run.blocks == 0 ? small_m_blocks(config, args.n, 132) : run.blocks;
  const LaunchConfig launch{blocks, threads(config), shared_bytes(config), 1};
  return check_gemm(index, problem, run, args, [&](const GemmArgs& one, const auto& options) {
    return emulate_small_m_gemm(index, one, launch, options);
  });
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
    finish(config.activations, problem, rng);
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
