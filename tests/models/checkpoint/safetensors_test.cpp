// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/models/checkpoint/checkpoint_files.h"

namespace olivine {
namespace {

using test::append_little;
using test::bytes_of;
using test::expect_refused;
using test::safetensors_of;

constexpr std::string_view kGood =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[],"data_offsets":[6,10]},)"
    R"("a":{"dtype":"F16","shape":[3,1],"data_offsets":[0,6]}})";
constexpr size_t kGoodDataBytes = 10;

void expect_bad(const std::vector<uint8_t>& file, std::string_view reason) {
  expect_refused([&] { (void)parse_safetensors(file, "m.st"); }, "m.st: ", reason);
}
void expect_bad(std::string_view header, size_t data_bytes, std::string_view reason) {
  expect_bad(safetensors_of(header, data_bytes), reason);
}
// A header of one tensor, which has ten bytes of data.
void expect_bad_tensor(std::string_view dtype, std::string_view shape, std::string_view offsets,
                       std::string_view reason) {
  expect_bad(
      fmt::format(R"({{"t":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets),
      10, reason);
}

TEST(Safetensors, ReadsTensorsInTheOrderOfTheirData) {
  const auto file = safetensors_of(kGood, kGoodDataBytes);
  const Checkpoint checkpoint = parse_safetensors(file, "m.st");
  ASSERT_EQ(checkpoint.tensors().size(), 2u);
  const StoredTensor& first = checkpoint.tensors()[0];
  EXPECT_EQ(first.name, "a");
  EXPECT_EQ(first.type, ElementType::F16);
  EXPECT_EQ(first.shape, (std::vector<int64_t>{3, 1}));
  EXPECT_EQ(first.bytes.data(), file.data() + file.size() - kGoodDataBytes);
  EXPECT_EQ(checkpoint.at("b").element_count(), 1);
  EXPECT_EQ(checkpoint.at("b").bytes[0], 6);
  EXPECT_EQ(checkpoint.metadata().at("format"), "pt");
}

TEST(Safetensors, ReadsFilesWithoutTensorsAndWithEmptyOnes) {
  EXPECT_TRUE(parse_safetensors(safetensors_of("{}", 0), "m.st").tensors().empty());
  EXPECT_TRUE(parse_safetensors(safetensors_of("{}   ", 0), "m.st").tensors().empty());
  const auto file = safetensors_of(R"({"z":{"dtype":"U8","shape":[0,9],"data_offsets":[1,1]},)"
                                   R"("o":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                                   1);
  EXPECT_EQ(parse_safetensors(file, "m.st").tensors()[1].name, "z");
}

TEST(Safetensors, EveryTruncationIsRefusedBad) {
  const auto file = safetensors_of(kGood, kGoodDataBytes);
  for (size_t length = 0; length < file.size(); ++length) {
    // A copy of its own, so that an address sanitizer sees every byte read behind it.
    const std::vector<uint8_t> cut{file.begin(), file.begin() + static_cast<int64_t>(length)};
    EXPECT_THROW((void)parse_safetensors(cut, "cut"), ConfigError) << length;
  }
  auto longer = file;
  longer.push_back(0);
  expect_bad(longer, "data has 11 bytes: must be 10");
}

TEST(Safetensors, RefusesBrokenHeadersBad) {
  expect_bad(std::vector<uint8_t>{}, "the file has 0 bytes");
  expect_bad(std::vector<uint8_t>(7), "the file has 7 bytes");
  std::vector<uint8_t> file;
  append_little(file, ~uint64_t{0}, 8);
  expect_bad(file, "length 18446744073709551615: must be 0..0, within the file");
  file.clear();
  append_little(file, 3, 8);
  append_little(file, 0x7D7B, 2);  // "{}"
  expect_bad(file, "length 3: must be 0..2");
  expect_bad("", 0, "is no JSON");
  expect_bad("{", 0, "is no JSON");
  expect_bad("{}x", 0, "is no JSON");
  expect_bad("\xEF\xBB\xBF{}", 0, "is no JSON");
  expect_bad("{\"\xFF\":1}", 0, "is no JSON");
  expect_bad("[]", 0, "must be a JSON object");
  expect_bad("7", 0, "must be a JSON object");
  expect_bad(std::string(100000, '['), 0, "nested deeper than 3");
  expect_bad(R"({"t":{"shape":[[1]]}})", 0, "nested deeper than 3");
  expect_bad(R"({"t":1,"t":2})", 0, "key 't' twice");
  expect_bad(R"({"t":{"dtype":"U8","dtype":"I8"}})", 0, "key 'dtype' twice");
}

TEST(Safetensors, RefusesWrongMetadataBad) {
  expect_bad(R"({"__metadata__":[]})", 0, "__metadata__: must be an object of strings");
  expect_bad(R"({"__metadata__":{"rows":3}})", 0, "__metadata__: 'rows' must be a string");
  expect_bad(R"({"__metadata__":{"rows":null}})", 0, "'rows' must be a string");
}

TEST(Safetensors, RefusesWrongTensorsBad) {
  expect_bad(R"({"t":[]})", 0, "t: must be an object");
  expect_bad(R"({"t":{"shape":[],"data_offsets":[0,0]}})", 0, "t: dtype is missing");
  expect_bad(R"({"t":{"dtype":"U8","data_offsets":[0,0]}})", 0, "t: shape is missing");
  expect_bad(R"({"t":{"dtype":"U8","shape":[0]}})", 0, "t: data_offsets is missing");
  expect_bad_tensor("\"F33\"", "[10]", "[0,10]", "dtype F33: must be one of BOOL U8");
  expect_bad_tensor("8", "[10]", "[0,10]", "dtype must be a string");
  expect_bad_tensor("\"U8\"", "10", "[0,10]", "shape must be a list");
  expect_bad_tensor("\"U8\"", "[\"10\"]", "[0,10]", "shape: item 0 must be a whole number");
  expect_bad_tensor("\"U8\"", "[10.0]", "[0,10]", "shape: item 0 must be a whole number");
  expect_bad_tensor("\"U8\"", "[5,-2]", "[0,10]", "shape: item 1 must be a whole number");
  expect_bad_tensor("\"U8\"", "[9223372036854775808]", "[0,10]", "shape: item 0");
  expect_bad_tensor("\"U8\"", "[18446744073709551616]", "[0,10]", "shape: item 0");
  expect_bad_tensor("\"U8\"", "[1e1]", "[0,10]", "shape: item 0");
  expect_bad_tensor("\"U8\"", "[4294967296,4294967296]", "[0,10]", "beyond 63 bits");
  expect_bad_tensor("\"F32\"", "[4611686018427387904]", "[0,10]", "beyond 63 bits");
}

TEST(Safetensors, RefusesWrongOffsetsBad) {
  expect_bad_tensor("\"U8\"", "[10]", "[0]", "data_offsets must be a list of begin and end");
  expect_bad_tensor("\"U8\"", "[10]", "[0,5,10]", "data_offsets must be a list");
  expect_bad_tensor("\"U8\"", "[10]", "[-1,9]", "data_offsets: item 0");
  expect_bad_tensor("\"U8\"", "[10]", "[10,0]", "must ascend, within 10 bytes of data");
  expect_bad_tensor("\"U8\"", "[11]", "[0,11]", "within 10 bytes of data");
  expect_bad_tensor("\"U8\"", "[10]", "[9223372036854775807,9223372036854775807]", "within 10");
  expect_bad_tensor("\"F32\"", "[2]", "[0,10]", "must span 8 bytes, [2] of F32");
  expect_bad_tensor("\"U8\"", "[9]", "[1,10]", "must begin at 0");
  expect_bad_tensor("\"U8\"", "[9]", "[0,9]", "data has 10 bytes: must be 9");
  const auto two = [](std::string_view a, std::string_view b) {
    return fmt::format(R"({{"a":{{"dtype":"U8","shape":[2],"data_offsets":{}}},)"
                       R"("b":{{"dtype":"U8","shape":[2],"data_offsets":{}}}}})",
                       a, b);
  };
  expect_bad(two("[0,2]", "[1,3]"), 4, "b: data_offsets [1, 3]: must begin at 2");  // overlap
  expect_bad(two("[0,2]", "[0,2]"), 4, "b: data_offsets [0, 2]: must begin at 2");  // the same
  expect_bad(two("[3,5]", "[0,2]"), 5, "a: data_offsets [3, 5]: must begin at 2");  // a gap
}

}  // namespace
}  // namespace olivine
