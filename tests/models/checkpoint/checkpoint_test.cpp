// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/checkpoint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "models/base/rng.h"
#include "models/numerics/float_formats.h"
#include "tests/models/checkpoint/checkpoint_files.h"

namespace olivine {
namespace {

using test::bytes_of;
using test::expect_refused;

template <class T>
StoredTensor tensor_of(ElementType type, const std::vector<T>& values) {
  return {"t", type, {static_cast<int64_t>(values.size())}, bytes_of(values)};
}

void expect_same(float actual, float expected, uint32_t code) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << code;
    EXPECT_EQ(std::signbit(actual), std::signbit(expected)) << code;
  } else {
    EXPECT_EQ(actual, expected) << code;
    EXPECT_EQ(std::signbit(actual), std::signbit(expected)) << code;
  }
}

TEST(StoredTensor, ReadsEveryHalfAsTheNumericsDo) {
  std::vector<uint16_t> codes(65536);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<uint16_t>(i);
  const auto halves = tensor_of(ElementType::F16, codes).floats();
  const auto brains = tensor_of(ElementType::Bf16, codes).floats();
  for (uint32_t code = 0; code < codes.size(); ++code) {
    expect_same(halves[code], float_from_fp16(static_cast<uint16_t>(code)), code);
    expect_same(brains[code], float_from_bf16(static_cast<uint16_t>(code)), code);
  }
}

TEST(StoredTensor, ReadsEveryEightBitFloat) {
  std::vector<uint8_t> codes(256);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<uint8_t>(i);
  const auto e4m3 = tensor_of(ElementType::F8E4M3, codes).floats();
  const auto e5m2 = tensor_of(ElementType::F8E5M2, codes).floats();
  for (uint32_t code = 0; code < codes.size(); ++code) {
    expect_same(e4m3[code], float_from_fp8(static_cast<uint8_t>(code)), code);
    // E5M2 is fp16 without its lower eight bits of mantissa.
    expect_same(e5m2[code], float_from_fp16(static_cast<uint16_t>(code << 8)), code);
  }
  EXPECT_EQ(e5m2[0x7B], 57344.0f);  // (1 + 3/4) * 2^15
  EXPECT_EQ(e5m2[0x01], 0x1p-16f);  // 2^-14 / 4
}

TEST(StoredTensor, RoundsDoublesAndCopiesFloats) {
  const std::vector<double> doubles = {0.1, 1.0 + 0x1p-25, -0.0, 1e300};
  const auto rounded = tensor_of(ElementType::F64, doubles).floats();
  EXPECT_EQ(rounded[0], 0.1f);
  EXPECT_EQ(rounded[1], 1.0f);
  EXPECT_TRUE(std::signbit(rounded[2]));
  EXPECT_EQ(rounded[3], std::numeric_limits<float>::infinity());
  std::vector<float> values(1001);
  Rng rng{5};
  for (float& value : values) value = static_cast<float>(rng.normal());
  EXPECT_EQ(tensor_of(ElementType::F32, values).floats(), values);
}

TEST(StoredTensor, ReadsPartsAtAnyByteAddress) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6, 7};
  for (const size_t shift : {0u, 1u, 3u}) {
    std::vector<uint8_t> bytes(shift + values.size() * sizeof(float));
    std::memcpy(bytes.data() + shift, values.data(), values.size() * sizeof(float));
    const StoredTensor tensor{"t", ElementType::F32, {7}, std::span{bytes}.subspan(shift)};
    std::vector<float> part(3);
    tensor.read_floats(2, part);
    EXPECT_EQ(part, (std::vector<float>{3, 4, 5}));
    tensor.read_floats(7, std::span<float>{});
  }
}

TEST(StoredTensor, RefusesWhatItDoesNotHoldBad) {
  const std::vector<float> values = {1, 2, 3};
  const StoredTensor tensor = tensor_of(ElementType::F32, values);
  std::vector<float> out(2);
  EXPECT_THROW(tensor.read_floats(2, out), ShapeError);
  EXPECT_THROW(tensor.read_floats(-1, out), ShapeError);
  EXPECT_THROW(tensor.read_floats(std::numeric_limits<int64_t>::max(), out), ShapeError);
  const std::vector<int64_t> whole = {1, 2, 3};
  expect_refused([&] { (void)tensor_of(ElementType::I64, whole).floats(); }, "t: holds I64",
                 "must be a float type");
}

TEST(Checkpoint, FindsTensorsAndNamesTheNearest) {
  const std::vector<float> values = {1, 2};
  const StoredTensor first{"encoder.weight", ElementType::F32, {2}, bytes_of(values)};
  const StoredTensor scalar{"bias", ElementType::F32, {}, bytes_of(values).first(4)};
  const Checkpoint checkpoint{"m.x", {first, scalar}, {{"format", "pt"}}, nullptr};
  EXPECT_EQ(checkpoint.tensors()[0].name, "encoder.weight");
  EXPECT_EQ(checkpoint.find("bias")->element_count(), 1);
  EXPECT_EQ(checkpoint.at("bias").floats(), std::vector<float>{1});
  EXPECT_EQ(checkpoint.find("none"), nullptr);
  EXPECT_EQ(checkpoint.metadata().at("format"), "pt");
  expect_refused([&] { (void)checkpoint.at("encoder.wieght"); }, "m.x: no tensor",
                 "did you mean 'encoder.weight'?");
  checkpoint.release(first);  // not of a file: nothing happens
  EXPECT_EQ(checkpoint.at("encoder.weight").floats(), values);
}

}  // namespace
}  // namespace olivine
