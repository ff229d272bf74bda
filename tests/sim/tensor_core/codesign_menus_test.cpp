// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/codesign_menus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "models/machines/gpu.h"

namespace olivine {
namespace {

constexpr int64_t kFewestKernels = 6;

const KernelMenu* find(const std::vector<KernelMenu>& menus, const std::string& library) {
  const auto found = std::find_if(menus.begin(), menus.end(),
                                  [&](const KernelMenu& menu) { return menu.library == library; });
  return found == menus.end() ? nullptr : &*found;
}

struct Case {
  const char* machine;
  const char* scheme;
  const char* library;
};

// Every library the studies and the command line rely on.
constexpr Case kExpected[] = {
    {"rtx2080ti", "w16a16-fp16", "cutlass_like"},  {"rtx2080ti", "w8a8-int8", "cutlass_like"},
    {"rtx2080ti", "w4a4-int4", "cutlass_like"},    {"rtx2080ti", "w4a16-int4", "cutlass_like"},
    {"rtx2080ti", "w4a4-ovp", "software_decode"},  {"rtx2080ti_mmaovp", "w4a4-ovp", "mmaovp"},
    {"rtx2080ti_mmaovp", "w8a8-ovp", "mmaovp"},    {"a100_sxm", "w4a4-int4", "cutlass_like"},
    {"a100_sxm", "w8a8-int8-2:4", "cutlass_like"}, {"a100_sxm", "w4a4-int4-2:4", "cutlass_like"},
    {"h100_sxm", "w8a8-int8", "cutlass_like"},     {"h100_sxm", "w8a8-fp8", "cutlass_like"},
    {"h100_sxm", "w8a8-int8-2:4", "cutlass_like"}, {"h100_sxm", "w16a16-bf16-2:4", "cutlass_like"},
    {"h100_sxm", "w4a4-ovp", "software_decode"},   {"h100_sxm", "w4a4-ovp-2:4", "software_decode"},
    {"h100_sxm_mmaovp", "w4a4-ovp", "mmaovp"},     {"h100_sxm_mmaovp", "w4a8-ovp", "mmaovp"},
    {"h100_sxm_mmaovp", "w8a8-ovp", "mmaovp"},     {"h100_sxm_mmaovp", "w4a4-ovp-2:4", "mmaovp"}};

TEST(CodesignMenus, HaveTheKernelsThatStudiesNeed) {
  for (const Case& expected : kExpected) {
    SCOPED_TRACE(std::string{expected.machine} + " " + expected.scheme + " " + expected.library);
    const auto menus = codesign_menus(load_gpu(expected.machine), parse_scheme(expected.scheme));
    const KernelMenu* menu = find(menus, expected.library);
    ASSERT_NE(menu, nullptr);
    EXPECT_GE(std::ssize(menu->kernels), kFewestKernels);
    EXPECT_FALSE(menu->calibrated);
  }
}

TEST(CodesignMenus, HoldOnlyLegalKernelsOfDistinctNames) {
  for (const std::string& name : shipped_gpus()) {
    const GpuMachine machine = load_gpu(name);
    for (const Scheme& scheme : all_schemes()) {
      for (const KernelMenu& menu : codesign_menus(machine, scheme)) {
        SCOPED_TRACE(name + " " + std::string{scheme.name} + " " + menu.library);
        EXPECT_FALSE(menu.kernels.empty());
        std::set<std::string> names;
        for (const GemmKernel& kernel : menu.kernels) {
          EXPECT_EQ(refuse_kernel(machine, kernel, scheme), std::nullopt) << kernel.name;
          EXPECT_TRUE(names.insert(kernel.name).second) << kernel.name;
        }
      }
    }
  }
}

TEST(CodesignMenus, MultiplySparseWeightsAsTheFirstOperand) {
  const GpuMachine machine = load_gpu("h100_sxm");
  const auto menus = codesign_menus(machine, parse_scheme("w8a8-int8-2:4"));
  ASSERT_FALSE(menus.empty());
  for (const KernelMenu& menu : menus) {
    for (const GemmKernel& kernel : menu.kernels) {
      EXPECT_TRUE(kernel.swapped) << kernel.name;
      EXPECT_EQ(kernel.instruction.pattern, Pattern::TwoFour) << kernel.name;
    }
  }
}

TEST(CodesignMenus, DecodeInTheTensorCoreOnlyWhereDecodersAre) {
  const Scheme& scheme = parse_scheme("w4a4-ovp");
  EXPECT_EQ(find(codesign_menus(load_gpu("h100_sxm"), scheme), "mmaovp"), nullptr);
  const auto menus = codesign_menus(load_gpu("h100_sxm_mmaovp"), scheme);
  const KernelMenu* menu = find(menus, "mmaovp");
  ASSERT_NE(menu, nullptr);
  for (const GemmKernel& kernel : menu->kernels) {
    EXPECT_EQ(kernel.instruction.format, Format::Ovp4) << kernel.name;
    EXPECT_EQ(kernel.decode_weights, DecodePlace::TensorCore) << kernel.name;
  }
}

// Outliers of 8-bit pairs reach 30720: int8 holds none of them.
TEST(CodesignMenus, DecodeEightBitPairsIntoFp16) {
  const auto menus = codesign_menus(load_gpu("h100_sxm"), parse_scheme("w8a8-ovp"));
  ASSERT_FALSE(menus.empty());
  for (const KernelMenu& menu : menus) {
    for (const GemmKernel& kernel : menu.kernels) {
      EXPECT_EQ(kernel.instruction.format, Format::Fp16) << kernel.name;
    }
  }
}

TEST(CodesignMenus, AreEmptyWhereTheMachineHasNoInstruction) {
  EXPECT_TRUE(codesign_menus(load_gpu("h100_sxm"), parse_scheme("w4a4-int4")).empty());
  EXPECT_TRUE(codesign_menus(load_gpu("a100_sxm"), parse_scheme("w8a8-fp8")).empty());
  EXPECT_TRUE(codesign_menus(load_gpu("rtx2080ti"), parse_scheme("w16a16-bf16")).empty());
  EXPECT_TRUE(codesign_menus(load_gpu("rtx2080ti"), parse_scheme("w8a8-int8-2:4")).empty());
}

}  // namespace
}  // namespace olivine
