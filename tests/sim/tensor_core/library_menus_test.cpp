// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/library_menus.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "models/machines/gpu.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> libraries_of(const std::string& machine, const std::string& scheme) {
  std::vector<std::string> names;
  for (const KernelMenu& menu : library_menus(load_gpu(machine), parse_scheme(scheme))) {
    names.push_back(menu.library);
  }
  return names;
}

std::set<std::string> kernels_of(const std::string& machine, const std::string& scheme) {
  std::set<std::string> names;
  for (const KernelMenu& menu : library_menus(load_gpu(machine), parse_scheme(scheme))) {
    for (const GemmKernel& kernel : menu.kernels) names.insert(kernel.name);
  }
  return names;
}

// Calls check(machine, scheme, menu) for every menu of every shipped machine.
template <class Check>
void for_each_menu(const Check& check) {
  for (const std::string& name : shipped_gpus()) {
    const GpuMachine machine = load_gpu(name);
    for (const Scheme& scheme : all_schemes()) {
      for (const KernelMenu& menu : library_menus(machine, scheme)) {
        SCOPED_TRACE(fmt::format("{} {} {}", name, scheme.name, menu.library));
        check(machine, scheme, menu);
      }
    }
  }
}

TEST(LibraryMenus, EveryKernelRunsOnItsMachine) {
  for_each_menu([](const GpuMachine& machine, const Scheme& scheme, const KernelMenu& menu) {
    EXPECT_FALSE(menu.kernels.empty());
    for (const GemmKernel& kernel : menu.kernels) {
      if (kernel.on_cuda_cores) continue;
      EXPECT_EQ(refuse_kernel(machine, kernel, scheme), std::nullopt) << kernel.name;
      EXPECT_GE(occupancy(machine, kernel, scheme).ctas_per_sm, 1) << kernel.name;
      EXPECT_EQ(kernel.schedule == Schedule::SplitK, kernel.splits > 1) << kernel.name;
    }
  });
}

TEST(LibraryMenus, NoTwoKernelsHaveTheSameName) {
  for_each_menu([](const GpuMachine&, const Scheme&, const KernelMenu& menu) {
    std::set<std::string> names;
    for (const GemmKernel& kernel : menu.kernels) {
      EXPECT_TRUE(names.insert(kernel.name).second) << kernel.name;
    }
  });
}

TEST(LibraryMenus, SomeKernelTakesEveryNumberOfRows) {
  for_each_menu([](const GpuMachine&, const Scheme&, const KernelMenu& menu) {
    for (const int64_t m : {int64_t{1}, int64_t{4}, int64_t{5}, int64_t{15}, int64_t{16},
                            int64_t{4096}, kMaxExtent}) {
      const auto takes = [&](const GemmKernel& k) { return k.min_m <= m && m <= k.max_m; };
      EXPECT_TRUE(std::ranges::any_of(menu.kernels, takes)) << m;
    }
  });
}

TEST(LibraryMenus, NamesSayWhatTheKernelIs) {
  for_each_menu([](const GpuMachine&, const Scheme&, const KernelMenu& menu) {
    for (const GemmKernel& kernel : menu.kernels) {
      if (kernel.on_cuda_cores) {
        EXPECT_EQ(kernel.name, "vector");
        continue;
      }
      const bool is_wgmma = kernel.instruction.op == TensorOp::Wgmma;
      std::string expected =
          fmt::format("{}_{}x{}x{}_s{}", is_wgmma ? "wgmma" : "mma", kernel.tile_m, kernel.tile_n,
                      kernel.tile_k, kernel.stages);
      if (kernel.splits > 1) expected += fmt::format("_split{}", kernel.splits);
      if (kernel.swapped) expected += "_swapped";
      EXPECT_EQ(kernel.name, expected);
    }
  });
}

// cutlass_heuristic.cpp and int8_gemm_template.h of TensorRT-LLM 1.0: six tiles, 3 to 6 stages, k
// whole or in two; all of them fit the shared memory of an A100 and an H200.
TEST(SmoothquantMenu, HasTheCandidatesOfItsProfiler) {
  std::set<std::string> expected{"vector"};
  for (const char* tile :
       {"32x128x64", "64x128x64", "64x64x128", "128x64x64", "128x256x64", "256x128x64"}) {
    for (const int stages : {3, 4, 5, 6}) {
      for (const char* split : {"", "_split2"}) {
        expected.insert(fmt::format("mma_{}_s{}{}", tile, stages, split));
      }
    }
  }
  EXPECT_EQ(expected.size(), 6u * 4 * 2 + 1);
  EXPECT_EQ(kernels_of("a100_sxm", "w8a8-int8"), expected);
  EXPECT_EQ(kernels_of("h200_sxm", "w8a8-int8"), expected);
}

// Its plugin calls dot products on CUDA cores for up to 4 rows, and never above.
TEST(SmoothquantMenu, SendsFourRowsToCudaCoresAndFiveToTensorCores) {
  const std::vector<KernelMenu> menus =
      library_menus(load_gpu("a100_sxm"), parse_scheme("w8a8-int8"));
  ASSERT_EQ(menus.size(), 1u);
  for (const GemmKernel& kernel : menus.front().kernels) {
    EXPECT_EQ(kernel.min_m, kernel.on_cuda_cores ? 1 : 5) << kernel.name;
    EXPECT_EQ(kernel.max_m, kernel.on_cuda_cores ? 4 : kMaxExtent) << kernel.name;
  }
}

TEST(LibraryMenus, EveryMeasuredSchemeHasItsLibrary) {
  for (const char* machine : {"a100_sxm", "h100_sxm", "h200_sxm"}) {
    EXPECT_THAT(libraries_of(machine, "w16a16-bf16"), ElementsAre("cublas"));
    EXPECT_THAT(libraries_of(machine, "w16a16-fp16"), ElementsAre("cublas"));
    EXPECT_THAT(libraries_of(machine, "w8a8-int8"), ElementsAre("smoothquant"));
    EXPECT_THAT(libraries_of(machine, "w8a16-int8"), ElementsAre("weight_only"));
    EXPECT_THAT(libraries_of(machine, "w4a16-int4"), ElementsAre("weight_only"));
  }
}

TEST(LibraryMenus, ThereAreNoneForTuringAndForSparseWeights) {
  for (const Scheme& scheme : all_schemes()) {
    const std::string name{scheme.name};
    EXPECT_THAT(libraries_of("rtx2080ti", name), IsEmpty()) << name;
    EXPECT_THAT(libraries_of("rtx2080ti_mmaovp", name), IsEmpty()) << name;
    if (scheme.weight_pattern == Pattern::Dense) continue;
    EXPECT_THAT(libraries_of("a100_sxm", name), IsEmpty()) << name;
  }
}

TEST(CublasMenu, UsesTheInstructionOfItsMachine) {
  const auto check = [](const char* name, TensorOp op) {
    const GpuMachine machine = load_gpu(name);
    for (const KernelMenu& menu : library_menus(machine, parse_scheme("w16a16-bf16"))) {
      for (const GemmKernel& kernel : menu.kernels) EXPECT_EQ(kernel.instruction.op, op);
    }
  };
  check("a100_sxm", TensorOp::MmaSync);
  check("h100_sxm", TensorOp::Wgmma);
  check("h200_sxm", TensorOp::Wgmma);
}

}  // namespace
}  // namespace olivine
