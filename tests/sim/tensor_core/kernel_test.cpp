// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/kernel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/kernel_resources.h"

namespace olivine {
namespace {

constexpr int64_t kRegistersOfSm = 65536;

GpuMachine h100() {
  GpuMachine machine;  // the defaults are an H100's
  machine.name = "h100";
  return machine;
}

GpuMachine a100() {
  GpuMachine machine = h100();
  machine.name = "a100";
  machine.sm.shared_memory = 164 * static_cast<int64_t>(kKiB);
  machine.sm.shared_memory_per_cta = 163 * static_cast<int64_t>(kKiB);
  machine.tensor.has_wgmma = false;
  return machine;
}

GpuMachine turing() {
  GpuMachine machine = a100();
  machine.name = "turing";
  machine.sm.shared_memory = machine.sm.shared_memory_per_cta = 64 * static_cast<int64_t>(kKiB);
  machine.sm.max_warps = 32;
  machine.sm.has_async_copy = false;
  machine.tensor.has_sparse = false;
  return machine;
}

const Scheme& fp16_scheme() { return parse_scheme("w16a16-fp16"); }
const Scheme& int8_scheme() { return parse_scheme("w8a8-int8"); }

// mma.m16n8k16.fp16 on 128 x 128 x 32 in four warps.
GemmKernel mma_kernel() {
  GemmKernel kernel;
  kernel.name = "mma_kernel";
  kernel.tile_k = 32;
  return kernel;
}

// wgmma.m64n256k32.int8 on 128 x 256 x 128: two math warpgroups and a producer.
GemmKernel wgmma_kernel() {
  GemmKernel kernel;
  kernel.name = "wgmma_kernel";
  kernel.tile_n = 256;
  kernel.tile_k = 128;
  kernel.math_warps = 8;
  kernel.producer_warps = 4;
  kernel.load = LoadPath::Tma;
  kernel.instruction = {TensorOp::Wgmma, 64, 256, 32, Format::Int8, Pattern::Dense, false};
  return kernel;
}

std::string reasons(const GpuMachine& machine, const GemmKernel& kernel, const Scheme& scheme) {
  return refuse_kernel(machine, kernel, scheme).value_or("");
}

void expect_reason(const GpuMachine& machine, const GemmKernel& kernel, const Scheme& scheme,
                   std::string_view part) {
  const std::string all = reasons(machine, kernel, scheme);
  EXPECT_NE(all.find(part), std::string::npos) << "reasons: " << all << "\nwithout: " << part;
}

TEST(WarpGrid, IsAsSquareAsTheTileAllows) {
  GemmKernel kernel = mma_kernel();
  EXPECT_EQ(warp_grid(kernel), (WarpGrid{2, 2}));  // 64 x 64 each
  kernel.tile_n = 256;
  kernel.math_warps = 8;
  EXPECT_EQ(warp_grid(kernel), (WarpGrid{2, 4}));
  kernel.tile_m = 16;  // one instruction high: all warps along n
  EXPECT_EQ(warp_grid(kernel), (WarpGrid{1, 8}));
  kernel.math_warps = 3;  // 256 / 3 is not whole, 16 / 3 neither
  EXPECT_FALSE(warp_grid(kernel).has_value());
}

TEST(WarpGrid, StacksWarpgroupsAlongM) {
  GemmKernel kernel = wgmma_kernel();
  EXPECT_EQ(warp_grid(kernel), (WarpGrid{8, 1}));
  kernel.tile_m = 64;  // two warpgroups need 128
  EXPECT_FALSE(warp_grid(kernel).has_value());
}

TEST(KernelResources, AStageHoldsBothTilesAsStored) {
  const GemmKernel kernel = mma_kernel();
  EXPECT_EQ(shared_memory_use(kernel, fp16_scheme()).stage, (128 + 128) * 32 * 2);

  GemmKernel mixed = mma_kernel();
  mixed.decode_weights = DecodePlace::Mainloop;
  const Scheme& int4_weights = parse_scheme("w4a16-int4");
  EXPECT_EQ(shared_memory_use(mixed, int4_weights).stage, 128 * 32 * 2 + 128 * 32 / 2);
  mixed.decode_weights = DecodePlace::PrePass;  // then weights arrive as fp16
  EXPECT_EQ(shared_memory_use(mixed, int4_weights).stage, (128 + 128) * 32 * 2);
}

TEST(KernelResources, AStageOfSparseWeightsHoldsTheirMetadata) {
  GemmKernel kernel = mma_kernel();
  kernel.swapped = true;
  kernel.tile_m = 64;  // of weights
  kernel.instruction.k = 32;
  kernel.instruction.pattern = Pattern::TwoFour;
  const int64_t weights = 64 * 32 * 2 / 2;     // half of them are kept
  const int64_t metadata = 64 * (32 / 4) / 2;  // a nibble for each group of four
  EXPECT_EQ(shared_memory_use(kernel, parse_scheme("w16a16-fp16-2:4")).stage,
            weights + metadata + 128 * 32 * 2);
}

TEST(KernelResources, WgmmaNeedsDecodedOperandsInSharedMemory) {
  GemmKernel kernel = wgmma_kernel();
  const Scheme& scheme = parse_scheme("w4a4-ovp");
  kernel.decode_weights = kernel.decode_activations = DecodePlace::Mainloop;
  EXPECT_EQ(shared_memory_use(kernel, scheme).decoded, 2 * (128 + 256) * 128);
  kernel.instruction.a_in_registers = true;  // activations, the first operand, stay in registers
  EXPECT_EQ(shared_memory_use(kernel, scheme).decoded, 2 * 256 * 128);
  EXPECT_EQ(shared_memory_use(kernel, scheme).stage, (128 + 256) * 128 / 2);
}

TEST(KernelResources, PersistentKernelsKeepTheEpilogueBesideTheStages) {
  GemmKernel kernel = wgmma_kernel();
  const int64_t stage = (128 + 256) * 128;
  const int64_t epilogue = 2 * 128 * 32 * 2;
  EXPECT_EQ(shared_memory_use(kernel, int8_scheme()).total(kernel), 4 * stage);
  kernel.schedule = Schedule::Persistent;
  EXPECT_EQ(shared_memory_use(kernel, int8_scheme()).total(kernel), 4 * stage + epilogue);

  GemmKernel shallow = mma_kernel();  // whose stage is smaller than its epilogue
  shallow.stages = 1;
  shallow.tile_k = 16;
  shallow.tile_n = 256;
  shallow.tile_m = 32;
  const int64_t strips = 8 * 1 * 256 * 4;  // 8 rows of a 1 x 4 grid
  ASSERT_LT((32 + 256) * 16 * 2, strips + 8192);
  EXPECT_EQ(shared_memory_use(shallow, fp16_scheme()).epilogue, strips);
}

TEST(KernelResources, RegistersFollowTheStatedFormula) {
  const int64_t accumulators = 128 * 128 / 128;
  const int64_t fragments = (64 + 64) * 16 * 16 / (32 * 32);  // of warp tiles of 64 x 64
  EXPECT_EQ(math_registers(mma_kernel(), fp16_scheme()), accumulators + 2 * fragments + 40);

  GemmKernel staged = mma_kernel();
  staged.load = LoadPath::Registers;
  staged.tile_n = 64;  // grid 2 x 2 of 64 x 32
  const int64_t staging = (128 + 64) * 32 * 2 / (4 * 128);
  EXPECT_EQ(math_registers(staged, fp16_scheme()), 64 + 2 * (16 + 8) + staging + 40);

  GemmKernel wgmma = wgmma_kernel();
  EXPECT_EQ(math_registers(wgmma, int8_scheme()), 128 * 256 / 256 + 40);
  wgmma.instruction.a_in_registers = true;  // 64 x 32 bytes in 128 threads: 4 registers, twice
  EXPECT_EQ(math_registers(wgmma, int8_scheme()), 128 * 256 / 256 + 2 * 4 + 40);
}

TEST(KernelResources, FragmentsAreLoadedAheadOnlyWhereRegistersSuffice) {
  GemmKernel kernel = mma_kernel();
  kernel.swapped = true;
  kernel.instruction.k = 32;
  kernel.instruction.pattern = Pattern::TwoFour;
  const int64_t weights = (64 * 32 * 16 / 2 + 64 * 32) / (32 * 32);  // with metadata
  const int64_t activations = 64 * 32 * 16 / (32 * 32);
  const int64_t once = 128 + weights + activations + 40;
  ASSERT_GT(once + weights + activations, kMaxRegisters);
  EXPECT_EQ(math_registers(kernel, parse_scheme("w16a16-fp16-2:4")), once);
}

TEST(KernelResources, ProducersGiveRegistersToMathWarps) {
  const GemmKernel kernel = wgmma_kernel();
  const int64_t math = math_registers(kernel, int8_scheme());
  ASSERT_EQ(math % 8, 0);
  EXPECT_EQ(launch_registers(kernel, int8_scheme()),
            ceil_div(8 * math + 4 * kProducerRegisters, 12));
  GemmKernel alone = kernel;
  alone.producer_warps = 0;
  EXPECT_EQ(launch_registers(alone, int8_scheme()), math);
}

TEST(Occupancy, SharedMemoryCountsTheReservedKibibyteOfEachCta) {
  GpuMachine machine = a100();
  GemmKernel kernel = mma_kernel();
  kernel.tile_n = 32;  // registers for many CTAs
  const int64_t bytes = kernel.stages * (128 + 32) * 32 * 2;
  ASSERT_EQ(bytes % 128, 0);
  const int64_t reserved = static_cast<int64_t>(kKiB);
  machine.sm.shared_memory = 2 * (bytes + reserved);
  machine.sm.shared_memory_per_cta = machine.sm.shared_memory - reserved;
  const Occupancy two = occupancy(machine, kernel, fp16_scheme());
  EXPECT_EQ(two.shared_bytes, bytes);
  EXPECT_EQ(two.threads, 128);
  EXPECT_EQ(two.ctas_per_sm, 2);
  machine.sm.shared_memory -= 1;
  machine.sm.shared_memory_per_cta -= 1;
  EXPECT_EQ(occupancy(machine, kernel, fp16_scheme()).ctas_per_sm, 1);
}

TEST(Occupancy, RegistersAreTakenByWarpInUnitsOf256) {
  GemmKernel kernel = mma_kernel();
  const int64_t registers = math_registers(kernel, fp16_scheme());
  EXPECT_EQ(registers, 232);  // 7424 a warp, 29 units: 8 warps of 65536, so two CTAs
  EXPECT_EQ(kRegistersOfSm / 4 / (registers * 32) * 4, 8);
  EXPECT_EQ(occupancy(a100(), kernel, fp16_scheme()).ctas_per_sm, 2);
  GpuMachine machine = a100();
  machine.sm.registers = 8 * registers * 32 - 1;  // then each sub-core has room for one warp
  EXPECT_EQ(occupancy(machine, kernel, fp16_scheme()).ctas_per_sm, 1);
  kernel.tile_n = 64;  // the same warp tiles, two a CTA: four warps are two CTAs, not 7 / 2
  kernel.math_warps = 2;
  EXPECT_EQ(occupancy(machine, kernel, fp16_scheme()).ctas_per_sm, 2);
}

TEST(Occupancy, WarpsAndCtasLimitSmallTiles) {
  GemmKernel kernel = mma_kernel();
  kernel.tile_m = kernel.tile_n = 32;
  kernel.stages = 1;
  GpuMachine machine = a100();
  machine.sm.registers *= 2;  // not what limits here
  EXPECT_EQ(occupancy(machine, kernel, fp16_scheme()).ctas_per_sm, 64 / 4);
  machine.sm.max_ctas = 15;
  EXPECT_EQ(occupancy(machine, kernel, fp16_scheme()).ctas_per_sm, 15);
}

TEST(RefuseKernel, AcceptsKernelsOfLibraries) {
  EXPECT_EQ(reasons(a100(), mma_kernel(), fp16_scheme()), "");
  EXPECT_EQ(reasons(h100(), mma_kernel(), fp16_scheme()), "");
  EXPECT_EQ(reasons(h100(), wgmma_kernel(), int8_scheme()), "");
}

TEST(RefuseKernel, MatrixVectorKernelsHaveNoTileToCheck) {
  GemmKernel kernel = mma_kernel();
  kernel.on_cuda_cores = true;
  kernel.tile_m = 0;
  kernel.max_m = 4;
  EXPECT_EQ(reasons(turing(), kernel, int8_scheme()), "");
  EXPECT_EQ(occupancy(turing(), kernel, int8_scheme()).ctas_per_sm, 0);
  kernel.min_m = 5;
  EXPECT_EQ(reasons(turing(), kernel, int8_scheme()), "min_m = 5: must be at most max_m = 4");
}

TEST(RefuseKernel, NamesTheStageCountThatFitsBad) {
  GemmKernel kernel = wgmma_kernel();
  const int64_t stage = (128 + 256) * 128;
  const int64_t most = h100().sm.shared_memory_per_cta / stage;
  kernel.stages = most;
  EXPECT_EQ(reasons(h100(), kernel, int8_scheme()), "");
  kernel.stages = most + 3;
  EXPECT_EQ(reasons(h100(), kernel, int8_scheme()),
            fmt::format("stages = {} take {} bytes of shared memory, a CTA has at most {}; "
                        "nearest: stages = {}",
                        most + 3, (most + 3) * stage, 227 * 1024, most));
}

TEST(RefuseKernel, NamesTheDepthThatFitsWhereNoStageCountDoesBad) {
  GemmKernel kernel = mma_kernel();
  kernel.tile_k = 1024;  // 512 KiB a stage
  const int64_t row = (128 + 128) * 2;
  const int64_t most = a100().sm.shared_memory_per_cta / row / 16 * 16;
  expect_reason(a100(), kernel, fp16_scheme(), fmt::format("stages = 1, tile_k = {}", most));
}

TEST(RefuseKernel, NamesTheTileWhoseRegistersSufficeBad) {
  GemmKernel kernel = mma_kernel();
  kernel.tile_n = 256;  // 256 accumulators a thread
  kernel.stages = 2;
  expect_reason(a100(), kernel, fp16_scheme(),
                fmt::format("128 x 256 takes {} registers a thread in 4 warps, a thread has at "
                            "most 255 and an SM 65536; nearest: 128 x 128",
                            256 + (64 + 128) * 16 * 16 / 1024 + 40));
  GpuMachine machine = a100();
  machine.sm.registers = 4096;  // 8 a thread
  expect_reason(machine, mma_kernel(), fp16_scheme(), "nearest: fewer warps, or a smaller tile");
}

TEST(RefuseKernel, WhatItAcceptsFitsAnSm) {
  constexpr uint64_t kSeed = 11;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  int accepted = 0;
  for (int i = 0; i < 5000; ++i) {
    GpuMachine machine = a100();
    machine.sm.shared_memory = rng.uniform(16384, 262144);
    machine.sm.shared_memory_per_cta = rng.uniform(8192, machine.sm.shared_memory);
    machine.sm.registers = rng.uniform(8192, 131072);
    machine.sm.max_warps = rng.uniform(4, 64);
    GemmKernel kernel = mma_kernel();
    kernel.tile_m = 16 * rng.uniform(1, 16);
    kernel.tile_n = 8 * rng.uniform(1, 32);
    kernel.tile_k = 16 * rng.uniform(1, 8);
    kernel.math_warps = rng.uniform(1, 16);
    kernel.stages = rng.uniform(1, 6);
    kernel.schedule = rng.chance(0.5) ? Schedule::Persistent : Schedule::DataParallel;
    if (refuse_kernel(machine, kernel, fp16_scheme())) continue;
    ++accepted;
    const Occupancy fit = occupancy(machine, kernel, fp16_scheme());
    ASSERT_GE(fit.ctas_per_sm, 1) << i;
    ASSERT_LE(fit.ctas_per_sm * fit.shared_bytes, machine.sm.shared_memory) << i;
    ASSERT_LE(fit.ctas_per_sm * fit.threads * fit.registers_per_thread, machine.sm.registers) << i;
    ASSERT_LE(fit.ctas_per_sm * fit.threads, 32 * machine.sm.max_warps) << i;
  }
  EXPECT_GT(accepted, 100);
}

TEST(RefuseKernel, NamesNearestMultiplesBad) {
  GemmKernel kernel = mma_kernel();
  kernel.tile_m = 100;
  kernel.tile_n = 1;
  kernel.tile_k = 24;
  expect_reason(a100(), kernel, fp16_scheme(), "tile_m = 100: must be a multiple of 16");
  expect_reason(a100(), kernel, fp16_scheme(), "nearest: 96");
  expect_reason(a100(), kernel, fp16_scheme(), "tile_n = 1: must be a multiple of 8");
  expect_reason(a100(), kernel, fp16_scheme(),
                "tile_k = 24: must be a multiple of 16 (mma.m16n8k16.fp16); nearest: 32");
  GemmKernel wgmma = wgmma_kernel();
  wgmma.tile_m = 64;
  expect_reason(h100(), wgmma, int8_scheme(), "tile_m = 64: must be a multiple of 128");
  wgmma.math_warps = 6;
  expect_reason(h100(), wgmma, int8_scheme(), "math_warps = 6: must be a multiple of 4");
}

TEST(RefuseKernel, NamesTheWarpsThatShareATileBad) {
  GemmKernel kernel = mma_kernel();
  kernel.math_warps = 7;
  expect_reason(a100(), kernel, fp16_scheme(),
                "math_warps = 7: no grid of them cuts 128 x 128 into whole mma.m16n8k16.fp16; "
                "nearest: 4");
}

TEST(RefuseKernel, ListsEveryExtentThatIsTooSmallBad) {
  GemmKernel kernel = mma_kernel();
  kernel.tile_m = 0;
  kernel.stages = 0;
  kernel.splits = -1;
  EXPECT_EQ(reasons(a100(), kernel, fp16_scheme()),
            "tile_m = 0: must be at least 1; stages = 0: must be at least 1; "
            "splits = -1: must be at least 1");
  GemmKernel crowded = mma_kernel();
  crowded.math_warps = 33;
  EXPECT_EQ(reasons(a100(), crowded, fp16_scheme()),
            "math_warps + producer_warps = 33: must be at most 32");
}

TEST(RefuseKernel, NamesTheLoadPathThatIsThereBad) {
  GemmKernel kernel = mma_kernel();
  kernel.load = LoadPath::Tma;
  expect_reason(a100(), kernel, fp16_scheme(), "load = tma: a100 has none; nearest: cp_async");
  kernel.load = LoadPath::CpAsync;
  expect_reason(turing(), kernel, fp16_scheme(),
                "load = cp_async: turing has none; nearest: registers");
  kernel.cluster_m = 2;
  expect_reason(a100(), kernel, fp16_scheme(), "a100 has no clusters; nearest: 1 x 1");
  kernel.cluster_n = 16;
  expect_reason(h100(), kernel, fp16_scheme(), "2 x 16: must be at most 16 CTAs");
}

TEST(RefuseKernel, SplitsBelongToSplitKBad) {
  GemmKernel kernel = mma_kernel();
  kernel.splits = 2;
  expect_reason(a100(), kernel, fp16_scheme(), "splits = 2 with schedule = data_parallel");
  kernel.schedule = Schedule::SplitK;
  EXPECT_EQ(reasons(a100(), kernel, fp16_scheme()), "");
}

TEST(RefuseKernel, SparseWeightsAreTheFirstOperandOfASparseInstructionBad) {
  const Scheme& scheme = parse_scheme("w16a16-fp16-2:4");
  GemmKernel kernel = mma_kernel();
  expect_reason(a100(), kernel, scheme, "2:4 weights in mma.m16n8k16.fp16: nearest: its sparse");
  kernel.instruction.pattern = Pattern::TwoFour;
  kernel.instruction.k = 32;
  EXPECT_EQ(reasons(a100(), kernel, scheme),
            "swapped = false: 2:4 weights are the first operand; nearest: true");
  kernel.swapped = true;
  EXPECT_EQ(reasons(a100(), kernel, scheme), "");
  expect_reason(a100(), kernel, fp16_scheme(), "nearest: its dense form");
}

TEST(RefuseKernel, OperandsMustBecomeWhatIsMultipliedBad) {
  GemmKernel kernel = mma_kernel();
  const Scheme& ovp = parse_scheme("w4a16-ovp");
  expect_reason(a100(), kernel, ovp,
                "decode_weights = none: mma.m16n8k16.fp16 multiplies fp16, not ovp4; nearest: "
                "mainloop");
  kernel.decode_weights = DecodePlace::Mainloop;
  EXPECT_EQ(reasons(a100(), kernel, ovp), "");
  kernel.decode_activations = DecodePlace::PrePass;
  expect_reason(a100(), kernel, ovp, "multiplies fp16 as stored; nearest: none");
  expect_reason(h100(), wgmma_kernel(), parse_scheme("w8a8-ovp"),
                "ovp8 weights have no exact form in int8; nearest: an instruction of fp16");
  expect_reason(h100(), wgmma_kernel(), fp16_scheme(),
                "fp16 weights have no exact form in int8; nearest: an instruction of fp16");
}

TEST(RefuseKernel, DecodersInTheTensorCoreNeedTheirMachineBad) {
  GemmKernel kernel = wgmma_kernel();
  kernel.decode_weights = kernel.decode_activations = DecodePlace::TensorCore;
  const Scheme& scheme = parse_scheme("w4a4-ovp");
  expect_reason(h100(), kernel, scheme,
                "decode_weights = tensor_core: the tensor cores of h100 have no decoders; "
                "nearest: mainloop");
  GpuMachine machine = h100();
  machine.tensor.has_ovp = true;
  expect_reason(machine, kernel, scheme, "multiplies int8, not ovp4; nearest: mainloop");
  kernel.instruction.format = Format::Ovp4;
  kernel.instruction.k = 64;
  EXPECT_EQ(reasons(machine, kernel, scheme), "");
  kernel.decode_weights = DecodePlace::None;
  expect_reason(machine, kernel, scheme, "decodes ovp4 itself; nearest: tensor_core");
  kernel.decode_weights = DecodePlace::TensorCore;
  expect_reason(machine, kernel, parse_scheme("w8a8-ovp"), "ovp8 weights cannot enter");
}

}  // namespace
}  // namespace olivine
