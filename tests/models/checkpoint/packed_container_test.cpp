// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/packed_container.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/numerics/random_operand.h"
#include "tests/models/checkpoint/checkpoint_files.h"
#include "tests/models/checkpoint/packed_files.h"

namespace olivine {
namespace {

using test::container_of;
using test::expect_refused;
using test::TestFolder;

void expect_equal(const PackedMatrix& a, const PackedMatrix& b) {
  EXPECT_EQ(a.format, b.format);
  EXPECT_EQ(a.pattern, b.pattern);
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.k, b.k);
  EXPECT_EQ(a.codes, b.codes);
  EXPECT_EQ(a.metadata, b.metadata);
  EXPECT_EQ(a.scales, b.scales);
}

PackedContainer open(const std::filesystem::path& path) {
  return PackedContainer{open_safetensors(path)};
}

constexpr std::array kFormats = {Format::Fp16, Format::Bf16, Format::Fp8,   Format::Int8,
                                 Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Ovp8};
constexpr std::array kPatterns = {Pattern::Dense, Pattern::TwoFour};

TEST(PackedContainer, RoundTripsEveryFormatAndPatternThroughAFile) {
  const TestFolder folder{"container"};
  constexpr uint64_t kSeed = 3;
  Rng rng{kSeed};
  for (const auto& [rows, k] :
       {std::pair<int64_t, int64_t>{1, 1}, {3, 12}, {2, 13}, {5, 15}, {0, 4}, {4, 0}, {0, 0}}) {
    std::vector<PackedMatrix> matrices;
    for (const Format format : kFormats) {
      for (const Pattern pattern : kPatterns) {
        matrices.push_back(random_packed(format, pattern, rows, k, rng, 0.3));
        if (pattern == Pattern::Dense) matrices.back().scales = {0.25f};  // of the whole tensor
      }
    }
    test::write_container(folder.path() / "w", matrices);
    const PackedContainer container = open(folder.path() / "w");
    ASSERT_EQ(container.packed().size(), matrices.size());
    for (size_t i = 0; i < matrices.size(); ++i) {
      SCOPED_TRACE(std::string{name_of(matrices[i].format)} + ", seed " + std::to_string(kSeed));
      EXPECT_EQ(container.packed()[i].shape, (std::vector<int64_t>{rows, 1, k}));
      expect_equal(container.read("layer." + std::to_string(i)), matrices[i]);
    }
    ASSERT_EQ(container.plain().size(), 1u);
    EXPECT_EQ(container.plain()[0]->name, "bias");
    EXPECT_EQ(container.checkpoint().metadata().at("olivine.scheme"), "test");
  }
}

PackedMatrix sample() {
  Rng rng{17};
  return random_packed(Format::Ovp4, Pattern::TwoFour, 3, 12, rng, 0.5);
}

// Reads sample()'s container after one piece of its header has been replaced.
void expect_bad(std::string_view from, std::string_view to, std::string_view reason) {
  const auto file = test::with_header(container_of(sample()), from, to);
  expect_refused([&] { (void)PackedContainer{parse_safetensors(file, "w.st")}; }, "w.st: ", reason);
}

TEST(PackedContainer, RefusesWrongEntriesBad) {
  expect_bad("\"olivine.packed\":\"2\"", "\"olivine.packed\":\"1\"", "'1': must be 2");
  expect_bad("olivine.packed", "olivine.pakced", "no packed checkpoint");
  expect_bad("ovp4", "ovp5", "__metadata__: packed:t: format 'ovp5': is unknown");
  expect_bad("2:4", "1:4", "pattern '1:4': must be dense or 2:4");
  expect_bad(R"(\"rows\":3)", R"(\"rows\":-3)", "rows = -3: must be a whole number");
  expect_bad(R"(\"rows\":3)", R"(\"rows\":\"3\")", "rows = \"3\": must be a whole number");
  expect_bad(R"(\"rows\":3)", R"(\"rows\":3.0)", "rows = 3.0: must be a whole number");
  expect_bad(R"(\"rows\":3)", R"(\"rows\":4294967296)", "must be a whole number, 0..2147483648");
  expect_bad(R"(\"rows\":3)", R"(\"rows\":3,\"rows\":3)", "key 'rows' twice");
  expect_bad(R"(\"rows\":3)", R"(\"row\":3)", "rows is missing");
  expect_bad(R"(\"rows\":3)", R"(\"rows\":3,\"more\":1)", "and nothing else");
  expect_bad(R"(\"rows\":3)", R"(\"rows\":[[]])", "nested deeper than 2");
  expect_bad(R"(\"k\":12)", R"(\"k\":13)", "shape [3, 1, 12]: must have rows x k = 3 x 13");
  expect_bad(R"(\"shape\":[3,1,12])", R"(\"shape\":36)", "shape must be a list");
  expect_bad(R"(\"shape\":[3,1,12])", R"(\"shape\":[-3,-12])", "shape = -3");
  expect_bad(R"(\"shape\":[3,1,12])", R"(\"shape\":[2147483648,2147483648,2147483648,0])",
             "must have rows x k = 3 x 12");
  expect_bad("{\\\"format", "[\\\"format", "is no JSON");
}

TEST(PackedContainer, RefusesWrongPartsBad) {
  expect_bad("t.codes", "t.code", "no tensor 't.codes'; did you mean 't.code'?");
  expect_bad("t.metadata", "t.meta", "no tensor 't.metadata'");
  expect_bad("t.scales", "t.scale", "no tensor 't.scales'");
  expect_bad("\"U8\"", "\"I8\"", "t.codes: is I8 [3, 3]: must be U8 [3, 3]");
  expect_bad("[3,3]", "[9]", "t.codes: is U8 [9]: must be U8 [3, 3]");
  expect_bad("\"shape\":[3,2]", "\"shape\":[2,3]", "t.metadata: is U8 [2, 3]: must be U8 [3, 2]");
  expect_bad("\"F32\",\"shape\":[3]", "\"F16\",\"shape\":[6]",
             "t.scales: is F16 [6]: must be F32 [3]");
  expect_bad(R"(\"k\":12,\"shape\":[3,1,12])", R"(\"k\":2147483648,\"shape\":[3,2147483648])",
             "t.codes: is U8 [3, 3]: must be U8 [3, 536870912]");
  expect_bad("ovp4", "ovp8", "must be U8 [3, 6]");
  expect_bad("\"bias\"", "\"t\"", "tensor t: is there packed and as it was");
}

TEST(PackedContainer, RefusesIllegalContentBad) {
  const std::vector<uint8_t> good = container_of(sample());
  const size_t data = good.size() - 4 - 12 - 6 - 9;  // bias, scales, metadata, codes
  const auto expect_bad_byte = [&](size_t at, uint8_t value, std::string_view reason) {
    auto file = good;
    file[data + at] = value;
    const PackedContainer container{parse_safetensors(file, "w.st")};
    expect_refused([&] { (void)container.read("t"); }, "w.st: t: ", reason);
  };
  expect_bad_byte(8, 0x88, "row 2, byte 2: 0x88 is no legal ovp4 pair");
  expect_bad_byte(9 + 5, 0x0F, "row 2, metadata byte 1: nibble F");
  expect_bad_byte(9 + 6 + 3, 0xFF, "scale 0 = ");  // negative
  const PackedContainer container{parse_safetensors(good, "w.st")};
  expect_refused([&] { (void)container.read("tt"); }, "w.st: no packed tensor 'tt'",
                 "did you mean 't'?");
  expect_equal(container.read("t"), sample());
}

TEST(PackedContainer, EveryTruncationIsRefusedBad) {
  const std::vector<uint8_t> good = container_of(sample());
  for (size_t length = 0; length < good.size(); ++length) {
    const std::vector<uint8_t> cut{good.begin(), good.begin() + static_cast<int64_t>(length)};
    EXPECT_THROW((void)PackedContainer{parse_safetensors(cut, "cut")}, ConfigError) << length;
  }
}

}  // namespace
}  // namespace olivine
