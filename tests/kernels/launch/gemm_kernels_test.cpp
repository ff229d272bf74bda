// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/gemm_kernels.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <set>
#include <string>

#include "kernels/launch/operand_layout.h"
#include "kernels/launch/small_m_configs.h"
#include "kernels/launch/wgmma_configs.h"
#include "models/base/units.h"

namespace olivine {
namespace {

using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// An address that is looked at and never followed.
template <class T>
T* address(uintptr_t value) {
  return reinterpret_cast<T*>(value);  // NOLINT(performance-no-int-to-ptr)
}

// Arguments that `kernel` can run.
GemmArgs make_args(const GemmKernel& kernel, int64_t m, int64_t n, int64_t k,
                   OutputForm output = OutputForm::Int8) {
  GemmArgs args;
  args.m = m;
  args.n = n;
  args.k = k;
  args.weight_form = kernel.weights;
  args.activation_form = kernel.activations;
  args.output = output;
  args.weights = address<const void>(0x10000000);
  args.weight_stride = operand_stride(weight_row_bytes(kernel.weights, k));
  args.metadata = address<const uint32_t>(0x20000000);
  args.activations = address<const void>(0x30000000);
  args.activation_stride = operand_stride(activation_row_bytes(kernel.activations, k));
  args.plane_stride = m * args.activation_stride;
  args.c = address<void>(0x40000000);
  args.c_stride = n;
  args.weight_scales = address<const float>(0x50000000);
  args.activation_scale = 0.5F;
  args.output_scale = 0.25F;
  return args;
}

DeviceLimits device_for(const GemmKernel& kernel) {
  return kernel.min_capability >= 90 ? kH100Limits : kA100Limits;
}

const GemmKernel& kernel_of(KernelFamily family, WeightForm weights, ActivationForm activations) {
  const auto kernels = gemm_kernels();
  const auto found = std::find_if(kernels.begin(), kernels.end(), [&](const GemmKernel& kernel) {
    return kernel.family == family && kernel.weights == weights &&
           kernel.activations == activations;
  });
  EXPECT_NE(found, kernels.end()) << name_of(weights) << " " << name_of(activations);
  return *found;
}
const GemmKernel& dense_mma() {
  return kernel_of(KernelFamily::Mma, WeightForm::Int8, ActivationForm::Int8);
}
const GemmKernel& dense_wgmma() {
  return kernel_of(KernelFamily::Wgmma, WeightForm::Int8, ActivationForm::Int8);
}

// The reason for which `kernel` refuses good arguments after `spoil`.
std::string refusal(const GemmKernel& kernel, const std::function<void(GemmArgs&)>& spoil,
                    OutputForm output = OutputForm::Int8) {
  GemmArgs args = make_args(kernel, 5, 48, 72, output);
  const Status before = can_implement(kernel, args, device_for(kernel));
  EXPECT_TRUE(before) << before.reason();
  spoil(args);
  return can_implement(kernel, args, device_for(kernel)).reason();
}

TEST(GemmKernels, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const GemmKernel& kernel : gemm_kernels()) {
    EXPECT_TRUE(names.insert(kernel.name).second) << kernel.name;
    EXPECT_EQ(find_gemm_kernel(kernel.name), &kernel);
    EXPECT_THAT(std::string{kernel.name},
                HasSubstr(fmt::format("n{}m{}k{}_", kernel.tile_n, kernel.tile_m, kernel.tile_k)));
  }
  EXPECT_EQ(find_gemm_kernel("gemm_s8_s8"), nullptr);
}

TEST(GemmKernels, EveryCombinationOfFormsHasAKernel) {
  using Forms = std::pair<WeightForm, ActivationForm>;
  using W = WeightForm;
  using A = ActivationForm;
  const std::set<Forms> mma = {{W::Int8, A::Int8},       {W::Int8, A::Int8Planes},
                               {W::Int8Sparse, A::Int8}, {W::Ovp4, A::Ovp4},
                               {W::Ovp4, A::Int8},       {W::Ovp4, A::Ovp8},
                               {W::Ovp4Sparse, A::Ovp4}, {W::Ovp4Sparse, A::Int8}};
  const std::set<Forms> wgmma = {{W::Int8, A::Int8},
                                 {W::Int8, A::Int8Planes},
                                 {W::Int8Sparse, A::Int8},
                                 {W::Ovp4, A::Int8},
                                 {W::Ovp4Sparse, A::Int8}};
  const std::set<Forms> small_m = {{W::Ovp4, A::Int8},
                                   {W::Ovp4, A::Ovp4},
                                   {W::Ovp4, A::Int8Planes},
                                   {W::Ovp4Sparse, A::Int8},
                                   {W::Int8, A::Int8}};
  std::set<Forms> found[3];
  for (const GemmKernel& kernel : gemm_kernels()) {
    found[static_cast<size_t>(kernel.family)].insert({kernel.weights, kernel.activations});
  }
  EXPECT_EQ(found[0], mma);
  EXPECT_EQ(found[1], wgmma);
  EXPECT_EQ(found[2], small_m);
}

TEST(GemmKernels, FitTheDevicesTheyAreMadeFor) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    SCOPED_TRACE(kernel.name);
    EXPECT_LE(kernel.shared_bytes, device_for(kernel).shared_bytes_per_block);
    EXPECT_GT(kernel.threads, 0);
    EXPECT_LE(kernel.threads, 1024);
    EXPECT_EQ(kernel.threads % 32, 0);
    EXPECT_EQ(kernel.min_capability, kernel.family == KernelFamily::Wgmma ? 90 : 80);
    EXPECT_GE(kernel.cluster, 1);
    EXPECT_EQ(kernel.family == KernelFamily::Wgmma ? 1 : kernel.cluster, 1);
  }
}

TEST(GemmKernels, IndicesCountUpWithinAFamily) {
  int next[3] = {};
  for (const GemmKernel& kernel : gemm_kernels()) {
    EXPECT_EQ(kernel.index, next[static_cast<size_t>(kernel.family)]++) << kernel.name;
  }
}

TEST(GemmKernels, EveryKernelTakesEveryResidueAndEmptyExtents) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    SCOPED_TRACE(kernel.name);
    const int64_t max_m = kernel.family == KernelFamily::SmallM ? 16 : 513;
    for (const int64_t m : {0, 1, 7, 16, 17, 127, 128, 129, 513}) {
      if (m > max_m) continue;
      for (const int64_t n : {0, 1, 63, 64, 65, 509}) {
        for (const int64_t k : {0, 1, 31, 32, 33, 127, 509}) {
          for (const OutputForm output : {OutputForm::Int32, OutputForm::Int8, OutputForm::Fp16}) {
            const GemmArgs args = make_args(kernel, m, n, k, output);
            const DeviceLimits device = device_for(kernel);
            const Status status = can_implement(kernel, args, device);
            ASSERT_TRUE(status) << status.reason();
            const LaunchConfig config = make_launch_config(kernel, args, device);
            ASSERT_EQ(config.blocks == 0, m == 0 || n == 0);
            ASSERT_EQ(config.blocks % kernel.cluster, 0);
            ASSERT_EQ(config.threads, kernel.threads);
            ASSERT_EQ(config.shared_bytes, kernel.shared_bytes);
            ASSERT_EQ(config.cluster, kernel.cluster);
          }
        }
      }
    }
  }
}

TEST(GemmKernels, MmaLaunchesOneBlockATile) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.family != KernelFamily::Mma) continue;
    for (const int64_t tiles_n : {1, 2, 17}) {
      for (const int64_t tiles_m : {1, 3, 31}) {
        for (const int64_t less : {0, 1}) {
          const GemmArgs args =
              make_args(kernel, tiles_m * kernel.tile_m - less, tiles_n * kernel.tile_n - less, 64);
          EXPECT_EQ(make_launch_config(kernel, args, kA100Limits).blocks, tiles_n * tiles_m);
        }
      }
    }
    const GemmArgs one_more = make_args(kernel, kernel.tile_m + 1, kernel.tile_n + 1, 64);
    EXPECT_EQ(make_launch_config(kernel, one_more, kA100Limits).blocks, 4);
  }
}

TEST(GemmKernels, WgmmaFillsTheMultiprocessorsAndNoMore) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.family != KernelFamily::Wgmma) continue;
    SCOPED_TRACE(kernel.name);
    const WgmmaConfig& config = kWgmmaConfigs[static_cast<size_t>(kernel.index)];
    // Whole clusters, as many as are resident at once or as have a tile.
    const int64_t resident = 132 * config.blocks_per_sm / config.cluster * config.cluster;
    for (const int64_t tiles_n : {1, 2, 3, 9, 64}) {
      for (const int64_t tiles_m : {1, 2, 7, 32}) {
        for (const int64_t less : {0, 1}) {
          const GemmArgs args =
              make_args(kernel, tiles_m * kernel.tile_m - less, tiles_n * kernel.tile_n - less, 64);
          const int64_t wanted = ceil_div(tiles_n, config.cluster) * config.cluster * tiles_m;
          EXPECT_EQ(make_launch_config(kernel, args, kH100Limits).blocks,
                    std::min(wanted, resident));
        }
      }
    }
  }
}

TEST(GemmKernels, SmallMSharesTilesAmongResidentBlocks) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.family != KernelFamily::SmallM) continue;
    SCOPED_TRACE(kernel.name);
    const int64_t resident =
        int64_t{108} * kSmallMConfigs[static_cast<size_t>(kernel.index)].min_blocks;
    for (const int64_t tiles : {int64_t{1}, resident - 1, resident, resident + 1, 5 * resident}) {
      for (const int64_t less : {0, 1}) {
        const GemmArgs args = make_args(kernel, 16, tiles * kernel.tile_n - less, 64);
        const int64_t blocks = make_launch_config(kernel, args, kA100Limits).blocks;
        // No block has a tile more than the fewest rounds need, and one fewer would need another.
        const int64_t rounds = ceil_div(tiles, resident);
        EXPECT_LE(blocks, resident);
        EXPECT_EQ(ceil_div(tiles, blocks), rounds);
        if (blocks > 1) {
          EXPECT_GT(ceil_div(tiles, blocks - 1), rounds);
        }
      }
    }
  }
}

TEST(CanImplement, RefusesDevicesBad) {
  const GemmArgs mma_args = make_args(dense_mma(), 5, 48, 72);
  DeviceLimits device = kA100Limits;
  for (const int capability : {75, 79, 91, 100, 120}) {
    device.compute_capability = capability;
    EXPECT_THAT(can_implement(dense_mma(), mma_args, device).reason(),
                HasSubstr(fmt::format("device: compute capability {}: gemm_s8_s8", capability)));
  }
  device = kA100Limits;
  device.shared_bytes_per_block = dense_mma().shared_bytes - 1;
  EXPECT_THAT(
      can_implement(dense_mma(), mma_args, device).reason(),
      HasSubstr(fmt::format("device: {} bytes of shared memory", dense_mma().shared_bytes - 1)));
  const GemmArgs wgmma_args = make_args(dense_wgmma(), 5, 48, 72);
  for (const int capability : {80, 89, 100, 120}) {
    device = kH100Limits;
    device.compute_capability = capability;
    EXPECT_THAT(can_implement(dense_wgmma(), wgmma_args, device).reason(),
                HasSubstr("runs on 90 alone"));
    EXPECT_EQ(capability < 90, static_cast<bool>(can_implement(dense_mma(), mma_args, device)));
  }
  device = kH100Limits;
  EXPECT_TRUE(can_implement(dense_mma(), mma_args, device));
  device.sm_count = 0;
  EXPECT_THAT(can_implement(dense_wgmma(), wgmma_args, device).reason(), HasSubstr("0 SMs"));
}

TEST(CanImplement, RefusesOtherFormsBad) {
  EXPECT_THAT(refusal(dense_mma(), [](GemmArgs& a) { a.weight_form = WeightForm::Ovp4; }),
              HasSubstr("weights: ovp4: gemm_s8_s8"));
  EXPECT_THAT(refusal(dense_mma(), [](GemmArgs& a) { a.activation_form = ActivationForm::Ovp8; }),
              HasSubstr("activations: ovp8: gemm_s8_s8"));
}

TEST(CanImplement, RefusesExtentsOutOfRangeBad) {
  constexpr int64_t kTooLarge = (int64_t{1} << 30) + 1;
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.m = -1; }), "m = -1: must be 0..1073741824");
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.n = kTooLarge; }),
            "n = 1073741825: must be 0..1073741824");
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.k = kTooLarge; }),
            "k = 1073741825: must be 0..1073741824");
  const GemmKernel& small = kernel_of(KernelFamily::SmallM, WeightForm::Ovp4, ActivationForm::Int8);
  EXPECT_EQ(refusal(small, [](GemmArgs& a) { a.m = 17; }), "m = 17: must be 0..16");
}

TEST(CanImplement, RefusesOperandsBad) {
  const auto weights = [](uintptr_t value) {
    return [value](GemmArgs& a) { a.weights = address<const void>(value); };
  };
  EXPECT_EQ(refusal(dense_mma(), weights(0)), "weights: null: must be a device address");
  EXPECT_EQ(refusal(dense_mma(), weights(0x1008)),
            "weights: address 0x1008: must be a multiple of 16");
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.weight_stride = 64; }),
            "weights: stride 64: must be at least the 72 bytes of a row");
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.activation_stride = 100; }),
            "activations: stride 100: must be a multiple of 16");
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.activations = nullptr; }),
            "activations: null: must be a device address");
  EXPECT_THAT(refusal(dense_mma(), [](GemmArgs& a) { a.weight_stride = int64_t{1} << 44; }),
              HasSubstr("weights: 48 rows, stride 17592186044416: must be at most"));
  EXPECT_EQ(refusal(dense_wgmma(), [](GemmArgs& a) { a.activation_stride = int64_t{1} << 40; }),
            "activations: stride 1099511627776: must be below 1099511627776 for TMA");
}

TEST(CanImplement, RefusesMetadataBad) {
  const GemmKernel& sparse =
      kernel_of(KernelFamily::Mma, WeightForm::Int8Sparse, ActivationForm::Int8);
  EXPECT_EQ(refusal(sparse, [](GemmArgs& a) { a.metadata = nullptr; }),
            "metadata: null: must be a device address");
  EXPECT_EQ(refusal(sparse, [](GemmArgs& a) { a.metadata = address<const uint32_t>(0x104); }),
            "metadata: address 0x104: must be a multiple of 16");
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.metadata = nullptr; }), "");
}

TEST(CanImplement, RefusesPlanesBad) {
  const GemmKernel& planes =
      kernel_of(KernelFamily::Mma, WeightForm::Int8, ActivationForm::Int8Planes);
  // 5 rows of 72 elements, 80 bytes apart.
  EXPECT_EQ(refusal(planes, [](GemmArgs& a) { a.plane_stride = 408; }),
            "activations: plane stride 408: must be a multiple of 16");
  EXPECT_THAT(refusal(planes, [](GemmArgs& a) { a.plane_stride = 384; }),
              HasSubstr("activations: plane stride 384: must be 400 (a plane)"));
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.plane_stride = 1; }), "");
}

TEST(CanImplement, RefusesOutputsBad) {
  const auto c = [](uintptr_t value) {
    return [value](GemmArgs& a) { a.c = address<void>(value); };
  };
  EXPECT_EQ(refusal(dense_mma(), c(0)), "c: null: must be a device address");
  EXPECT_EQ(refusal(dense_mma(), c(0x1001)), "");
  EXPECT_EQ(refusal(dense_mma(), c(0x1001), OutputForm::Fp16),
            "c: address 0x1001: must be a multiple of 2");
  EXPECT_EQ(refusal(dense_mma(), c(0x1002), OutputForm::Int32),
            "c: address 0x1002: must be a multiple of 4");
  EXPECT_EQ(refusal(dense_mma(), [](GemmArgs& a) { a.c_stride = 47; }),
            "c: stride 47: must be at least n = 48");
  EXPECT_THAT(refusal(dense_mma(), [](GemmArgs& a) { a.c_stride = int64_t{1} << 47; }),
              HasSubstr("c: 5 rows, stride 140737488355328: must be at most"));
}

TEST(CanImplement, RefusesScalesBad) {
  const auto no_scales = [](GemmArgs& a) { a.weight_scales = nullptr; };
  for (const OutputForm output : {OutputForm::Int8, OutputForm::Fp16}) {
    EXPECT_EQ(refusal(dense_mma(), no_scales, output),
              "weight scales: null: must be a device address");
  }
  EXPECT_EQ(refusal(dense_mma(), no_scales, OutputForm::Int32), "");
  EXPECT_EQ(
      refusal(dense_mma(), [](GemmArgs& a) { a.weight_scales = address<const float>(0x102); }),
      "weight scales: address 0x102: must be a multiple of 4");
  for (const float scale : {0.0F, -1.0F, kInfinity}) {
    const auto activation = [scale](GemmArgs& a) { a.activation_scale = scale; };
    const auto output = [scale](GemmArgs& a) { a.output_scale = scale; };
    EXPECT_EQ(refusal(dense_mma(), activation),
              fmt::format("activation scale = {}: must be finite and above 0", scale));
    EXPECT_EQ(refusal(dense_mma(), activation, OutputForm::Int32), "");
    EXPECT_EQ(refusal(dense_mma(), output),
              fmt::format("output scale = {}: must be finite and above 0", scale));
    EXPECT_EQ(refusal(dense_mma(), output, OutputForm::Fp16), "");
  }
}

TEST(CanImplement, RefusesGridsTooLargeBad) {
  // C of 2^47 bytes is within bounds, but its tiles of at most 2^15 elements are 2^32 or more.
  ASSERT_LE(dense_mma().tile_m * dense_mma().tile_n, 1 << 15);
  const auto grow = [](GemmArgs& args) {
    args.m = int64_t{1} << 22;
    args.n = args.c_stride = int64_t{1} << 25;
  };
  EXPECT_THAT(refusal(dense_mma(), grow), HasSubstr("m = 4194304, n = 33554432: "));
  EXPECT_THAT(refusal(dense_mma(), grow), HasSubstr("must be at most 2147483647"));
}

TEST(CanImplement, DoesNotLookAtEmptyOperands) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    SCOPED_TRACE(kernel.name);
    GemmArgs args;
    args.weight_form = kernel.weights;
    args.activation_form = kernel.activations;
    EXPECT_TRUE(can_implement(kernel, args, device_for(kernel)));
    args.m = 3;
    args.n = 5;
    args.c_stride = 5;
    args.c = address<void>(0x1000);
    EXPECT_TRUE(can_implement(kernel, args, device_for(kernel)));  // k = 0: C becomes 0
  }
}

}  // namespace
}  // namespace olivine
