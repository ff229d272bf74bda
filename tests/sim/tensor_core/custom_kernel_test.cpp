// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/custom_kernel.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

KernelMenu custom(const GemmModel& model, const char* scheme_name, const CtaTile& tile) {
  const Scheme scheme = parse_scheme(scheme_name);
  return custom_menu(model, model.menu(scheme), scheme, tile);
}

GemmKernel only(const char* machine, const char* scheme, const CtaTile& tile) {
  const GemmModel model{load_gpu(machine)};
  const KernelMenu menu = custom(model, scheme, tile);
  EXPECT_EQ(menu.kernels.size(), 1u);
  return menu.kernels.at(0);
}

std::string refusal(const GpuMachine& machine, const char* scheme, const CtaTile& tile) {
  const GemmModel model{machine};
  try {
    (void)custom(model, scheme, tile);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// Warps, loads and stages follow from the tile and the machine.
TEST(CustomKernel, IsWrittenAsALibraryWould) {
  struct Case {
    const char* machine;
    const char* scheme;
    CtaTile tile;
    const char* instruction;
    int64_t warps;
    int64_t stages;
    LoadPath load;
  };
  // Stages: the most of 12 whose tiles fit, (m + n) k bytes an element each.
  const int64_t h100_stages = 227 * 1024 / ((128 + 256) * 64 * 2);
  const int64_t a100_stages = 163 * 1024 / ((128 + 128) * 64);
  const std::vector<Case> cases = {
      {"h100_sxm",
       "w16a16-bf16",
       {128, 256, 64},
       "wgmma.m64n256k16.bf16.ss",
       8,
       h100_stages,
       LoadPath::Tma},
      {"h100_sxm", "w16a16-bf16", {64, 8, 16}, "wgmma.m64n8k16.bf16.ss", 4, 12, LoadPath::Tma},
      {"h100_sxm", "w16a16-bf16", {192, 320, 16, 1}, "", 0, 0, LoadPath::Tma},  // registers
      {"h100_sxm",
       "w16a16-bf16",
       {192, 96, 64, 2},
       "wgmma.m64n96k16.bf16.ss",
       12,
       2,
       LoadPath::Tma},
      {"h100_sxm",
       "w16a16-bf16",
       {64, 272, 16, 2},
       "wgmma.m64n136k16.bf16.ss",
       4,
       2,
       LoadPath::Tma},
      {"h100_sxm", "w8a8-int8", {64, 40, 32}, "wgmma.m64n8k32.int8.ss", 4, 12, LoadPath::Tma},
      {"a100_sxm",
       "w8a8-int8",
       {128, 128, 64},
       "mma.m16n8k32.int8",
       4,
       a100_stages,
       LoadPath::CpAsync},
      {"a100_sxm", "w8a8-int8", {256, 128, 64, 3}, "mma.m16n8k32.int8", 8, 3, LoadPath::CpAsync},
      {"a100_sxm", "w8a8-int8", {16, 8, 32, 3}, "mma.m16n8k32.int8", 1, 3, LoadPath::CpAsync},
      {"rtx2080ti", "w8a8-int8", {128, 128, 32}, "mma.m8n8k16.int8", 4, 2, LoadPath::Registers}};
  for (const Case& expected : cases) {
    const CtaTile& tile = expected.tile;
    SCOPED_TRACE(
        fmt::format("{} {} {}x{}x{}", expected.machine, expected.scheme, tile.m, tile.n, tile.k));
    if (expected.warps == 0) {
      EXPECT_THAT(refusal(load_gpu(expected.machine), expected.scheme, tile),
                  HasSubstr("registers"));
      continue;
    }
    const GemmKernel kernel = only(expected.machine, expected.scheme, tile);
    EXPECT_EQ(name_of(kernel.instruction), expected.instruction);
    EXPECT_EQ(kernel.math_warps, expected.warps);
    EXPECT_EQ(kernel.stages, expected.stages);
    EXPECT_EQ(kernel.load, expected.load);
    EXPECT_EQ(kernel.producer_warps, expected.load == LoadPath::Tma ? 4 : 0);
    EXPECT_FALSE(kernel.swapped);
    EXPECT_EQ(kernel.name, fmt::format("custom_{}_{}x{}x{}_s{}", expected.instruction, tile.m,
                                       tile.n, tile.k, expected.stages));
  }
}

TEST(CustomKernel, SwapsOnlyWhereWeightsMustBeTheFirstOperand) {
  const GemmKernel sparse = only("h100_sxm", "w8a8-int8-2:4", {128, 128, 64});
  EXPECT_TRUE(sparse.swapped);
  EXPECT_EQ(name_of(sparse.instruction), "wgmma.sp.m64n128k64.int8.ss");
  const GemmKernel mixed = only("h200_sxm", "w4a16-int4", {64, 64, 64});
  EXPECT_TRUE(mixed.swapped);
  EXPECT_EQ(name_of(mixed.instruction), "wgmma.m64n64k16.fp16.rs");
  EXPECT_EQ(mixed.decode_weights, DecodePlace::Mainloop);
  const GemmKernel ampere = only("a100_sxm", "w4a16-int4", {64, 64, 64});
  EXPECT_FALSE(ampere.swapped);
}

// One for each way the library decodes, and with its constants.
TEST(CustomKernel, HasAVariantForEachWayToDecode) {
  const GemmModel model{load_gpu("a100_sxm")};
  const KernelMenu menu = custom(model, "w4a4-ovp", {128, 128, 64, 2});
  EXPECT_EQ(menu.library, "software_decode");
  EXPECT_FALSE(menu.calibrated);
  std::vector<std::pair<DecodePlace, DecodePlace>> places;
  for (const GemmKernel& kernel : menu.kernels) {
    places.emplace_back(kernel.decode_weights, kernel.decode_activations);
  }
  EXPECT_THAT(places, ElementsAre(std::pair{DecodePlace::PrePass, DecodePlace::PrePass},
                                  std::pair{DecodePlace::Mainloop, DecodePlace::PrePass},
                                  std::pair{DecodePlace::Mainloop, DecodePlace::Mainloop}));
}

// Whatever a user asks for: kernels that the machine runs, or a reason; never a crash.
TEST(CustomKernel, IsLegalOrRefusedForEveryTile) {
  const std::vector<int64_t> extents = {1, 8, 24, 64, 97, 128, 192, 256, 1024, kMaxTileExtent};
  size_t legal = 0;
  size_t refused = 0;
  for (const std::string& name : shipped_gpus()) {
    const GemmModel model{load_gpu(name)};
    for (const char* scheme_name : {"w16a16-fp16", "w8a8-int8", "w4a16-int4", "w4a4-ovp"}) {
      const Scheme scheme = parse_scheme(scheme_name);
      const KernelMenu& library = model.menu(scheme);
      for (const int64_t m : extents) {
        for (const int64_t n : extents) {
          for (const int64_t k : {int64_t{1}, int64_t{64}, int64_t{128}, kMaxTileExtent}) {
            for (const int64_t stages : {int64_t{0}, int64_t{3}, kMaxTileExtent}) {
              SCOPED_TRACE(fmt::format("{} {} {}x{}x{} {}", name, scheme_name, m, n, k, stages));
              try {
                const KernelMenu menu = custom_menu(model, library, scheme, {m, n, k, stages});
                for (const GemmKernel& kernel : menu.kernels) {
                  EXPECT_EQ(refuse_kernel(model.machine(), kernel, scheme), std::nullopt);
                }
                ++legal;
              } catch (const ConfigError& error) {
                EXPECT_THAT(error.what(), HasSubstr("nearest: "));
                ++refused;
              }
            }
          }
        }
      }
    }
  }
  EXPECT_GT(legal, 100u);
  EXPECT_GT(refused, 100u);
}

// On a machine too small for the whole menu, a smaller tile still runs.
TEST(CustomKernel, MayFitWhereNoKernelOfTheLibraryDoes) {
  GpuMachine machine = load_gpu("a100_sxm");
  machine.sm.shared_memory_per_cta = 8 * static_cast<int64_t>(kKiB);
  const GemmModel model{machine};
  const Scheme scheme = parse_scheme("w8a8-int8");
  const KernelMenu& menu = model.menu(scheme);
  EXPECT_TRUE(menu.kernels.size() == 1 && menu.kernels[0].on_cuda_cores);
  EXPECT_THAT(menu.refusal, HasSubstr("a CTA has at most 8192"));
  EXPECT_THROW((void)model.best(menu, {{512, 512, 512, 1}, scheme}), ConfigError);
  const KernelMenu own = custom_menu(model, menu, scheme, {32, 32, 32});
  EXPECT_EQ(own.kernels.at(0).stages, 8192 / ((32 + 32) * 32));
  EXPECT_GT(model.best(own, {{512, 512, 512, 1}, scheme}).time_s, 0);
}

}  // namespace
}  // namespace olivine
