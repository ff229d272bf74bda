// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "kernels/quant/quant_kernels.h"
#include "kernels/quant/quant_pieces.h"

namespace olivine {
namespace {

// An address that is looked at and never followed.
template <class T>
T* address(uintptr_t value) {
  return reinterpret_cast<T*>(value);  // NOLINT(performance-no-int-to-ptr)
}

DecodeOvpArgs decode_args() {
  const OvpTensor first{
      Format::Ovp4, 5, 70, address<const void>(0x1000), 48, address<int8_t>(0x2000), 80, 0};
  const OvpTensor second{
      Format::Ovp8, 5, 70, address<const void>(0x3000), 80, address<int8_t>(0x4000), 80, 400};
  return {first, second};
}
CheckOvp4Args check_args() {
  return {5, 33, address<const void>(0x1000), 48, address<ProblemWord>(0x4000)};
}
EncodeArgs encode_args() {
  return {Format::Ovp4,
          RealType::Fp16,
          5,
          70,
          address<const void>(0x1000),
          144,
          0.5F,
          address<void>(0x2000),
          48,
          address<ProblemWord>(0x4000)};
}

template <class Args>
std::string refusal(Args args, const std::function<void(Args&)>& spoil) {
  EXPECT_EQ(can_run(args).reason(), "");
  spoil(args);
  return can_run(args).reason();
}
std::string decode_refusal(const std::function<void(DecodeOvpArgs&)>& spoil) {
  return refusal<DecodeOvpArgs>(decode_args(), spoil);
}
std::string check_refusal(const std::function<void(CheckOvp4Args&)>& spoil) {
  return refusal<CheckOvp4Args>(check_args(), spoil);
}
std::string encode_refusal(const std::function<void(EncodeArgs&)>& spoil) {
  return refusal<EncodeArgs>(encode_args(), spoil);
}

TEST(QuantArguments, DecodingBad) {
  EXPECT_EQ(decode_refusal([](auto& args) { args.first.rows = -1; }),
            "first rows = -1: must be 0..1073741824");
  EXPECT_EQ(decode_refusal([](auto& args) { args.second.columns = int64_t{1} << 31; }),
            "second columns = 2147483648: must be 0..1073741824");
  EXPECT_EQ(decode_refusal([](auto& args) { args.first.format = Format::Int8; }),
            "first format int8: must be ovp4 or ovp8");
  EXPECT_EQ(decode_refusal([](auto& args) { args.first.codes = nullptr; }),
            "first codes: null: must be a device address");
  EXPECT_EQ(decode_refusal([](auto& args) { args.second.values = address<int8_t>(0x2008); }),
            "second values: address 0x2008: must be a multiple of 16");
  EXPECT_EQ(decode_refusal([](auto& args) { args.first.code_stride = 32; }),
            "first codes: stride 32: must be at least the 48 bytes of a row");
  EXPECT_EQ(decode_refusal([](auto& args) { args.second.value_stride = 72; }),
            "second values: stride 72: must be at least the 80 bytes of a row");
  EXPECT_EQ(decode_refusal([](auto& args) { args.second.plane_stride = 384; }),
            "second values: plane stride 384: must be a multiple of 16, 400 (a plane) .. "
            "281474976710656");
  EXPECT_EQ(decode_refusal([](auto& args) { args.second.plane_stride = 408; }),
            "second values: plane stride 408: must be a multiple of 16, 400 (a plane) .. "
            "281474976710656");
}

TEST(QuantArguments, CheckingBad) {
  EXPECT_EQ(check_refusal([](auto& args) { args.row_bytes = -2; }),
            "row bytes = -2: must be 0..1073741824");
  EXPECT_EQ(check_refusal([](auto& args) { args.code_stride = 40; }),
            "codes: stride 40: must be a multiple of 16");
  EXPECT_EQ(check_refusal([](auto& args) { args.first_illegal = nullptr; }),
            "first illegal: null: must be a device address");
  EXPECT_EQ(check_refusal([](auto& args) { args.first_illegal = address<ProblemWord>(0x4004); }),
            "first illegal: address 0x4004: must be a multiple of 8");
}

TEST(QuantArguments, EncodingBad) {
  EXPECT_EQ(encode_refusal([](auto& args) { args.k = -1; }), "k = -1: must be 0..1073741824");
  EXPECT_EQ(encode_refusal([](auto& args) { args.format = Format::Ovp4f; }),
            "format ovp4f: must be ovp4, ovp8 or int8");
  EXPECT_EQ(encode_refusal([](auto& args) { args.scale = 0.0F; }),
            "scale = 0: must be finite and above 0");
  EXPECT_EQ(
      encode_refusal([](auto& args) { args.scale = std::numeric_limits<float>::quiet_NaN(); }),
      "scale = nan: must be finite and above 0");
  EXPECT_EQ(encode_refusal([](auto& args) { args.type = RealType::Fp32; }),
            "values: stride 144: must be at least the 280 bytes of a row");
  EXPECT_EQ(encode_refusal([](auto& args) { args.codes = address<void>(0x2001); }),
            "codes: address 0x2001: must be a multiple of 16");
  EXPECT_EQ(encode_refusal([](auto& args) { args.first_non_finite = nullptr; }),
            "first non-finite: null: must be a device address");
}

TEST(QuantArguments, EveryPieceHasAWarp) {
  // 4-bit: 70 columns are 3 blocks, one piece a row; 8-bit: 5 blocks.
  EXPECT_EQ(make_launch_config(decode_args()), (LaunchConfig{2, kQuantThreads, 0, 1}));
  DecodeOvpArgs args = decode_args();
  args.first.columns = 2 * kPieceBytes + 1;  // a piece has 2 columns a byte
  EXPECT_EQ(decode_pieces(args.first), 5 * 2);
  args.second.columns = 2 * kPieceBytes + 1;
  EXPECT_EQ(decode_pieces(args.second), 5 * 3);
  EncodeArgs encode = encode_args();
  encode.rows = 17;
  encode.k = kPieceElements + 1;
  EXPECT_EQ(make_launch_config(encode).blocks, (17 * 2 + kQuantWarps - 1) / kQuantWarps);
  CheckOvp4Args check = check_args();
  check.row_bytes = kPieceBytes;
  EXPECT_EQ(make_launch_config(check).blocks, 1);
}

}  // namespace
}  // namespace olivine
