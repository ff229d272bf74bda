// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/rng.h"
#include "models/checkpoint/checkpoint.h"
#include "tests/models/checkpoint/onnx/graph_builder.h"
#include "tests/models/checkpoint/onnx/onnx_files.h"

namespace olivine {
namespace {

using test::error_of;
using test::GraphBuilder;
using test::OnnxFiles;
using test::Wire;
using ::testing::HasSubstr;

// Everything a file goes through. "" where it is fine.
std::string read_all(std::span<const uint8_t> bytes, const ParamOverrides& params = {}) {
  return error_of([&] {
    const OnnxModel model = parse_onnx(bytes, "m");
    (void)onnx_checkpoint(model);
    (void)onnx_workload(model, params);
  });
}

const ParamOverrides kBatch = {{"batch", "2"}};
using OnnxMalformedFiles = OnnxFiles;

TEST_F(OnnxMalformedFiles, CutAnywhereAreRefused) {
  const std::vector<uint8_t> whole = test::read_bytes(test::onnx_file("mlp"));
  ASSERT_EQ(read_all(whole, kBatch), "");
  // The opset comes last, in fields of 4 bytes and more: without any part of it there is an error.
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::vector<uint8_t> part(whole.begin(), whole.begin() + static_cast<long>(length));
    EXPECT_NE(read_all(part, kBatch), "") << length << " bytes";
  }
}

TEST_F(OnnxMalformedFiles, WithChangedBytesNeverCrash) {
  constexpr uint64_t kSeed = 20250901;
  Rng rng{kSeed};
  const std::vector<std::pair<const char*, ParamOverrides>> files = {
      {"mlp", kBatch}, {"attention", {{"tokens", "7"}}}, {"types", {}}};
  for (const auto& [name, params] : files) {
    const std::vector<uint8_t> whole = test::read_bytes(test::onnx_file(name));
    for (int round = 0; round < 3000; ++round) {
      std::vector<uint8_t> changed = whole;
      for (int64_t i = rng.uniform(1, 4); i > 0; --i) {
        changed[static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(whole.size()) - 1))] =
            static_cast<uint8_t>(rng.uniform(0, 255));
      }
      (void)read_all(changed, params);
    }
  }
}

struct BadTensor {
  Wire tensor;
  std::string message;
};

Wire named(int64_t type, const std::vector<int64_t>& shape) {
  return Wire{}.packed(1, shape).number(2, type).bytes(8, "w");
}

TEST(OnnxMalformed, TensorsAreRefusedBad) {
  constexpr int64_t kHuge = int64_t{1} << 62;
  const std::vector<BadTensor> cases = {
      {named(1, {2}).bytes(9, "1234567"), "7 bytes of data: shape [2] of F32 must have 8"},
      {named(1, {2}), "0 bytes of data"},
      {named(1, {-1}).bytes(9, "1234"), "shape [-1]"},
      {named(1, {kHuge, 4}).bytes(9, "1234"), "product fits 63 bits"},
      {named(1, {kHuge}).bytes(9, "1234"), "product fits 63 bits"},
      {named(7, {kHuge / 16}), "more elements than the tensor has bytes"},
      {named(1, std::vector<int64_t>(17, 1)).bytes(9, "1234"), "more than 16 dimensions"},
      {named(0, {1}).bytes(9, "1234"), "data type 0 (unknown): not supported"},
      {named(8, {1}).bytes(6, "text"), "data type 8 (STRING): not supported"},
      {named(14, {1}).bytes(9, "12345678"), "data type 14 (COMPLEX64): not supported"},
      {named(22, {2}).bytes(9, "1"), "data type 22 (INT4): not supported"},
      {named(99, {1}).bytes(9, "1"), "data type 99 (unknown): not supported"},
      {named(3, {1}).packed(5, {128}), "value 128: does not fit I8"},
      {named(3, {1}).packed(5, {-129}), "value -129: does not fit I8"},
      {named(2, {1}).packed(5, {256}), "value 256: does not fit U8"},
      {named(2, {1}).packed(5, {-1}), "value -1: does not fit U8"},
      {named(9, {1}).packed(5, {2}), "value 2: does not fit BOOL"},
      {named(10, {1}).packed(5, {65536}), "value 65536: does not fit F16"},
      {named(6, {1}).packed(5, {int64_t{1} << 31}), "does not fit I32"},
      {named(7, {1}).packed(7, {1, 2}), "more values than shape [1] has"},
      {named(7, {3}).packed(7, {1, 2}), "16 bytes of data"},
      {named(7, {1}).packed(5, {1}), "0 bytes of data"},  // the field of another type
      {named(1, {1}).message(3, Wire{}.number(1, 0)), "segments of tensors"},
      {named(1, {1}).number(14, 2), "data_location = 2: not known"},
      {named(1, {1}).number(9, 1), "field 9: is a varint"},
      {named(1, {2}).bytes(4, "1234").bytes(4, "1234"), "more than one packed field"},
      {named(1, {2}).tag(4, 5).raw("1234").bytes(4, "1234"), "more than one packed field"},
      {Wire{}.number(1, 1).number(2, 1).bytes(8, "\xff").bytes(9, "1234"), "no printable UTF-8"},
      {Wire{}.number(1, 1).number(2, 1).bytes(8, "a\nb").bytes(9, "1234"), "no printable UTF-8"},
      {Wire{}.number(1, 1).number(2, 1).bytes(8, std::string(1025, 'a')), "text of 1025 bytes"},
      {Wire{}.number(1, 1).number(2, 1).bytes(9, "1234"), "a tensor without name"}};
  for (const BadTensor& entry : cases) {
    const Wire model = Wire{}.number(1, 7).message(7, Wire{}.message(5, entry.tensor));
    EXPECT_THAT(error_of([&] { (void)onnx_checkpoint(parse_onnx(model.span(), "m")); }),
                HasSubstr(entry.message));
  }
}

// Values one by one, as writers of proto2 had them, and none where there are no elements.
TEST(OnnxMalformed, TensorsOfOtherWritersAreRead) {
  const auto read = [](const Wire& tensor) {
    const Wire model = Wire{}.number(1, 7).message(7, Wire{}.message(5, tensor));
    const OnnxModel parsed = parse_onnx(model.span(), "m");
    return onnx_checkpoint(parsed).at("w");
  };
  const Wire single = named(1, {2}).tag(4, 5).raw("1234").tag(4, 5).raw("5678");
  const OnnxModel floats =
      parse_onnx(Wire{}.number(1, 7).message(7, Wire{}.message(5, single)).span(), "m");
  const auto bytes = floats.graph.initializers.at(0).bytes;
  EXPECT_EQ((std::string{bytes.begin(), bytes.end()}), "12345678");
  EXPECT_EQ(read(named(7, {0})).bytes.size(), 0u);
  EXPECT_EQ(read(Wire{}.number(1, 0).number(1, 3).number(2, 1).bytes(8, "w")).shape,
            (std::vector<int64_t>{0, 3}));
  const Wire each = named(7, {2}).number(7, 5).number(7, -6);
  EXPECT_EQ(read(each).bytes.size(), 16u);
}

TEST(OnnxMalformed, ModelsAreRefusedBad) {
  const Wire graph = GraphBuilder{}.input("x", {1}).node("Relu", {"x"}, {"y"}).model();
  const auto problem = [](const Wire& model) { return read_all(model.span()); };
  EXPECT_EQ(problem(graph), "");
  EXPECT_THAT(problem(Wire{}), HasSubstr("no graph"));
  EXPECT_THAT(problem(Wire{}.number(1, 7)), HasSubstr("no graph"));
  EXPECT_THAT(problem(Wire{}.bytes(7, "")), HasSubstr("IR version 0: must be 3..10"));
  EXPECT_THAT(problem(Wire{}.number(1, -1).bytes(7, "")), HasSubstr("IR version -1: must be"));
  EXPECT_THAT(problem(Wire{}.number(1, 7).bytes(7, "").bytes(7, "")), HasSubstr("a second graph"));
  EXPECT_THAT(problem(Wire{}.number(1, 7).number(7, 1)), HasSubstr("field 7: is a varint"));
  EXPECT_THAT(problem(Wire{}.number(1, 7).bytes(7, "")), HasSubstr("opset 0: must be 7..22"));
  EXPECT_THAT(problem(Wire{}.number(1, 7).message(7, Wire{}.bytes(15, ""))),
              HasSubstr("sparse initializers"));
  EXPECT_THAT(problem(Wire{}.raw("not a model")), HasSubstr("m: byte 0"));
  EXPECT_THAT(problem(GraphBuilder{}.model()), HasSubstr("the graph has no layers"));
}

TEST(OnnxMalformed, AttributesAreRefusedBad) {
  const auto problem = [](const Wire& attribute) {
    return read_all(GraphBuilder{}
                        .input("x", {1, 2})
                        .node("Softmax", {"x"}, {"y"})
                        .node("Flatten", {"y"}, {"z"}, {attribute})
                        .model()
                        .span());
  };
  EXPECT_EQ(problem(test::attribute("axis", 1)), "");
  EXPECT_THAT(problem(test::attribute("axis", 3)), HasSubstr("axis 3: must be -2..2"));
  EXPECT_THAT(problem(test::attribute("axis", "1")), HasSubstr("must be an integer"));
  EXPECT_THAT(problem(Wire{}.bytes(1, "axis").number(20, 4)), HasSubstr("'axis': no tensor"));
  EXPECT_THAT(problem(Wire{}.bytes(1, "f").bytes(7, "abc")), HasSubstr("must be 4 bytes each"));
  EXPECT_THAT(problem(Wire{}.bytes(1, "axis").bytes(3, "")), HasSubstr("must be a varint"));
}

// 2 bytes of the file each would otherwise become some hundred bytes of memory.
TEST(OnnxMalformed, TooManyNodesAreRefusedBad) {
  std::string nodes;
  for (size_t i = 0; i <= kMaxOnnxItems; ++i) nodes += std::string_view("\x0a\x00", 2);
  const Wire model = Wire{}.number(1, 7).bytes(7, nodes);
  EXPECT_THAT(error_of([&] { (void)parse_onnx(model.span(), "m"); }),
              HasSubstr("more than 1048576 nodes"));
}

}  // namespace
}  // namespace olivine
