// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "kernels/launch/operand_layout.h"
#include "kernels/sparse/sparse_kernels.h"
#include "models/base/units.h"

namespace olivine {
namespace {

// An address that is looked at and never followed.
template <class T>
T* address(uintptr_t value) {
  return reinterpret_cast<T*>(value);  // NOLINT(performance-no-int-to-ptr)
}

PruneTwoFourArgs prune_args() {
  return {5,
          70,
          address<const float>(0x1000),
          288,
          address<float>(0x2000),
          144,
          address<uint32_t>(0x3000),
          address<ProblemWord>(0x4000)};
}
CompressTwoFourArgs compress_args() {
  return {5,
          70,
          address<const int8_t>(0x1000),
          80,
          address<int8_t>(0x2000),
          48,
          address<uint32_t>(0x3000),
          address<ProblemWord>(0x4000)};
}
QuantizeInt8Args quantize_args() {
  return {5,
          70,
          address<const float>(0x1000),
          288,
          address<const float>(0x5004),
          5,
          address<int8_t>(0x2000),
          80,
          address<ProblemWord>(0x4000),
          address<ProblemWord>(0x4008)};
}

template <class Args>
std::string refusal(Args args, const std::function<void(Args&)>& spoil) {
  EXPECT_EQ(can_run(args).reason(), "");
  spoil(args);
  return can_run(args).reason();
}
std::string prune_refusal(const std::function<void(PruneTwoFourArgs&)>& spoil) {
  return refusal(prune_args(), spoil);
}
std::string compress_refusal(const std::function<void(CompressTwoFourArgs&)>& spoil) {
  return refusal(compress_args(), spoil);
}
std::string quantize_refusal(const std::function<void(QuantizeInt8Args&)>& spoil) {
  return refusal(quantize_args(), spoil);
}

TEST(SparseArguments, PruneRefusesWithReasonsBad) {
  EXPECT_EQ(prune_refusal([](auto& a) { a.rows = -1; }), "rows = -1: must be 0..1073741824");
  EXPECT_EQ(prune_refusal([](auto& a) { a.k = int64_t{1} << 31; }),
            "k = 2147483648: must be 0..1073741824");
  EXPECT_EQ(prune_refusal([](auto& a) { a.values = nullptr; }),
            "values: null: must be a device address");
  EXPECT_EQ(prune_refusal([](auto& a) { a.value_stride = 284; }),
            "values: stride 284: must be a multiple of 16");
  EXPECT_EQ(prune_refusal([](auto& a) { a.value_stride = 272; }),
            "values: stride 272: must be at least the 280 bytes of a row");
  EXPECT_EQ(prune_refusal([](auto& a) { a.kept = address<float>(0x2004); }),
            "kept: address 0x2004: must be a multiple of 16");
  // 18 groups keep 36 values.
  EXPECT_EQ(prune_refusal([](auto& a) { a.kept_stride = 128; }),
            "kept: stride 128: must be at least the 144 bytes of a row");
  EXPECT_EQ(prune_refusal([](auto& a) { a.metadata = address<uint32_t>(0x3004); }),
            "metadata: address 0x3004: must be a multiple of 16");
  EXPECT_EQ(prune_refusal([](auto& a) { a.first_non_finite = nullptr; }),
            "first non-finite: null: must be a device address");
}

TEST(SparseArguments, CompressRefusesWithReasonsBad) {
  EXPECT_EQ(compress_refusal([](auto& a) { a.value_stride = 64; }),
            "values: stride 64: must be at least the 70 bytes of a row");
  EXPECT_EQ(compress_refusal([](auto& a) { a.code_stride = 40; }),
            "codes: stride 40: must be a multiple of 16");
  EXPECT_EQ(compress_refusal([](auto& a) { a.codes = nullptr; }),
            "codes: null: must be a device address");
  EXPECT_EQ(compress_refusal([](auto& a) { a.metadata = nullptr; }),
            "metadata: null: must be a device address");
  EXPECT_EQ(compress_refusal([](auto& a) { a.first_full_group = address<ProblemWord>(0x4004); }),
            "first full group: address 0x4004: must be a multiple of 8");
}

TEST(SparseArguments, QuantizeRefusesWithReasonsBad) {
  EXPECT_EQ(quantize_refusal([](auto& a) { a.columns = -3; }),
            "columns = -3: must be 0..1073741824");
  EXPECT_EQ(quantize_refusal([](auto& a) { a.scale_count = 4; }), "scales = 4: must be 1 or 5");
  EXPECT_EQ(quantize_refusal([](auto& a) { a.scales = address<const float>(0x5002); }),
            "scales: address 0x5002: must be a multiple of 4");
  EXPECT_EQ(quantize_refusal([](auto& a) { a.code_stride = 64; }),
            "codes: stride 64: must be at least the 70 bytes of a row");
  EXPECT_EQ(quantize_refusal([](auto& a) { a.first_bad_scale = nullptr; }),
            "first bad scale: null: must be a device address");
  EXPECT_EQ(quantize_refusal([](auto& a) { a.scale_count = 1; }), "");
}

TEST(SparseArguments, RefuseGridsTooLargeBad) {
  PruneTwoFourArgs args = prune_args();
  // 2^22 slabs of 64 rows by 2^12 steps of 64 elements: 2^36 warps, 8 a block.
  args.rows = int64_t{1} << 28;
  args.k = int64_t{1} << 18;
  args.value_stride = int64_t{1} << 20;
  args.kept_stride = int64_t{1} << 19;
  EXPECT_EQ(can_run(args).reason(), "8589934592 blocks: must be at most 2147483647");
}

TEST(SparseArguments, EmptyExtentsLaunchNothing) {
  for (const int64_t rows : {0, 3}) {
    for (const int64_t k : {0, 3}) {
      if (rows * k != 0) continue;
      PruneTwoFourArgs prune;
      CompressTwoFourArgs compress;
      QuantizeInt8Args quantize;
      prune.rows = compress.rows = quantize.rows = rows;
      prune.k = compress.k = quantize.columns = k;
      EXPECT_TRUE(can_run(prune));
      EXPECT_TRUE(can_run(compress));
      EXPECT_TRUE(can_run(quantize));
      EXPECT_EQ(make_launch_config(prune).blocks, 0);
      EXPECT_EQ(make_launch_config(compress).blocks, 0);
      EXPECT_EQ(make_launch_config(quantize).blocks, 0);
    }
  }
}

TEST(SparseArguments, OneWarpTakes16RowsBy64ElementsOr512Columns) {
  constexpr int64_t kWarps = 8;  // of a block
  for (const int64_t rows : {1, 63, 64, 65, 131}) {
    for (const int64_t k : {1, 63, 64, 65, 509, 512, 513}) {
      PruneTwoFourArgs prune;
      CompressTwoFourArgs compress;
      QuantizeInt8Args quantize;
      prune.rows = compress.rows = quantize.rows = rows;
      prune.k = compress.k = quantize.columns = k;
      // Metadata cover whole slabs of 64 rows.
      const int64_t tiles = ceil_div(rows, 64) * 4 * ceil_div(k, 64);
      EXPECT_EQ(make_launch_config(prune).blocks, ceil_div(tiles, kWarps));
      EXPECT_EQ(make_launch_config(compress), make_launch_config(prune));
      EXPECT_EQ(make_launch_config(quantize).blocks, ceil_div(rows * ceil_div(k, 512), kWarps));
      EXPECT_EQ(make_launch_config(quantize).threads, 32 * kWarps);
      EXPECT_EQ(make_launch_config(quantize).shared_bytes, 0);
    }
  }
}

}  // namespace
}  // namespace olivine
