// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/packed_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "models/base/error.h"
#include "models/numerics/random_operand.h"

namespace olivine {
namespace {

void expect_equal(const PackedMatrix& a, const PackedMatrix& b) {
  EXPECT_EQ(a.format, b.format);
  EXPECT_EQ(a.pattern, b.pattern);
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.k, b.k);
  EXPECT_EQ(a.codes, b.codes);
  EXPECT_EQ(a.metadata, b.metadata);
  EXPECT_EQ(a.scales, b.scales);
}

PackedMatrix sample() {
  Rng rng{17};
  return random_packed(Format::Ovp4, Pattern::TwoFour, 3, 12, rng, 0.5);
}

// The bytes of `sample()` with one piece of the header replaced by another of any length.
std::vector<uint8_t> with_header(std::string_view from, std::string_view to) {
  const std::vector<uint8_t> bytes = serialize_packed(sample());
  const size_t length = bytes[0] | static_cast<size_t>(bytes[1]) << 8;
  std::string header{bytes.begin() + 8, bytes.begin() + 8 + static_cast<int64_t>(length)};
  const size_t at = header.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << header;
  header.replace(at, from.size(), to);
  std::vector<uint8_t> result;
  for (size_t i = 0; i < 8; ++i) {
    result.push_back(static_cast<uint8_t>(uint64_t{header.size()} >> (8 * i)));
  }
  result.insert(result.end(), header.begin(), header.end());
  result.insert(result.end(), bytes.begin() + 8 + static_cast<int64_t>(length), bytes.end());
  return result;
}

void expect_refused(const std::vector<uint8_t>& bytes, std::string_view reason) {
  try {
    (void)parse_packed(bytes, "w.olv");
    FAIL() << "accepted, expected: " << reason;
  } catch (const ConfigError& error) {
    const std::string what = error.what();
    EXPECT_TRUE(what.starts_with("w.olv: ")) << what;
    EXPECT_NE(what.find(reason), std::string::npos) << what << "\nexpected: " << reason;
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
  }
}

TEST(PackedFile, RoundTripsEveryFormatAndPattern) {
  Rng rng{3};
  for (const Format format : {Format::Fp16, Format::Bf16, Format::Fp8, Format::Int8, Format::Int4,
                              Format::Ovp4, Format::Ovp4f, Format::Ovp8}) {
    for (const Pattern pattern : {Pattern::Dense, Pattern::TwoFour}) {
      for (const auto& [rows, k] :
           {std::pair<int64_t, int64_t>{1, 1}, {3, 12}, {2, 13}, {0, 4}, {4, 0}, {0, 0}}) {
        const auto matrix = random_packed(format, pattern, rows, k, rng, 0.3);
        expect_equal(parse_packed(serialize_packed(matrix), "memory"), matrix);
      }
    }
  }
}

TEST(PackedFile, DataStartsAligned) {
  const auto bytes = serialize_packed(sample());
  EXPECT_EQ(bytes[0] % 8, 0);
}

TEST(PackedFile, WritesBesideAndRenames) {
  const auto folder = std::filesystem::path{::testing::TempDir()} / "olivine_packed_file";
  std::filesystem::create_directories(folder);
  const auto path = folder / "weights.olv";
  write_packed_file(path, sample());
  write_packed_file(path, sample());  // replaces
  expect_equal(read_packed_file(path), sample());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1);
  std::filesystem::remove_all(folder);
  EXPECT_THROW(write_packed_file(path, sample()), ConfigError);
  EXPECT_THROW((void)read_packed_file(path), ConfigError);
}

TEST(PackedFile, RefusesBrokenHeadersBad) {
  expect_refused({}, "0 bytes: no header");
  expect_refused({1, 2, 3}, "3 bytes: no header");
  expect_refused({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, "header length");
  expect_refused({9, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "header length 9");
  expect_refused({2, 0, 0, 0, 0, 0, 0, 0, '{', '{'}, "no JSON");
  expect_refused({2, 0, 0, 0, 0, 0, 0, 0, '[', ']'}, "no JSON object");
  expect_refused({2, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "__metadata__ is missing");
  expect_refused(with_header("\"k\":", "\"k\":\"1\",\"k\":"), "twice");
  expect_refused(with_header("\"3\"", "[[[[[[1]]]]]]"), "nested too deep");
}

TEST(PackedFile, RefusesWrongDescriptionsBad) {
  expect_refused(with_header("\"version\":\"1\"", "\"version\":\"2\""), "version: must be 1");
  expect_refused(with_header("\"ovp4\"", "\"ovp5\""), "unknown format");
  expect_refused(with_header("\"2:4\"", "\"1:4\""), "pattern: must be dense or 2:4");
  expect_refused(with_header("\"rows\":\"3\"", "\"rows\":\"-3\""), "rows: must be 0..");
  expect_refused(with_header("\"rows\":\"3\"", "\"rows\":\"3x\""), "rows: must be 0..");
  expect_refused(with_header("\"rows\":\"3\"", "\"rows\":3"), "rows is no string");
  expect_refused(with_header("\"rows\":\"3\"", "\"rows\":\"99999999999999999999\""), "rows");
  expect_refused(with_header("\"k\":\"12\"", "\"k\":\"2147483648\""), "codes: shape must be");
  expect_refused(with_header("\"ovp4\"", "\"ovp8\""), "codes: shape must be [3, 6]");
}

TEST(PackedFile, RefusesWrongTensorsBad) {
  expect_refused(with_header("\"U8\"", "\"I8\""), "dtype must be U8");
  expect_refused(with_header("[12,21]", "[12,22]"), "codes: data_offsets must be [12, 21]");
  expect_refused(with_header("[12,21]", "[-1,21]"), "is no count");
  expect_refused(with_header("[12,21]", "[12,18446744073709551616]"), "is no count");
  expect_refused(with_header("[3,3]", "[3.0,3]"), "is no count");
  expect_refused(with_header("[3,3]", "[9]"), "codes: shape must be [3, 3]");
  expect_refused(with_header("\"shape\":[3]", "\"shape\":[4611686018427387904]"), "scales: shape");
  expect_refused(with_header("\"scales\"", "\"scalez\""), "scales is missing");
  expect_refused(with_header("\"scales\":", "\"bias\":{},\"scales\":"), "tensors beside");
  expect_refused(with_header("\"codes\":{", "\"codes\":[{"), "no JSON");
}

TEST(PackedFile, RefusesWrongDataBad) {
  const std::vector<uint8_t> good = serialize_packed(sample());
  std::vector<uint8_t> bytes = good;
  bytes.push_back(0);
  expect_refused(bytes, "data has 28 bytes, must be 27");
  bytes = good;
  bytes.pop_back();
  expect_refused(bytes, "metadata: data_offsets");
  bytes = good;
  bytes[good.size() - 1] = 0xFF;  // metadata
  expect_refused(bytes, "row 2, metadata byte 1");
  bytes = good;
  bytes[good.size() - 7] = 0x88;  // last byte of codes: 6 bytes of metadata follow
  expect_refused(bytes, "is no legal ovp4 pair");
  bytes = good;
  std::fill_n(bytes.end() - 27, 4, uint8_t{0xFF});  // scales come first: NaN
  expect_refused(bytes, "scale 0");
}

TEST(PackedFile, EveryTruncationIsRefusedBad) {
  const std::vector<uint8_t> good = serialize_packed(sample());
  for (size_t length = 0; length < good.size(); ++length) {
    const std::vector<uint8_t> cut{good.begin(), good.begin() + static_cast<int64_t>(length)};
    EXPECT_THROW((void)parse_packed(cut, "cut"), ConfigError) << length;
  }
}

}  // namespace
}  // namespace olivine
