// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/onnx/onnx_model.h"
#include "models/checkpoint/onnx/onnx_names.h"
#include "models/checkpoint/open_checkpoint.h"
#include "tests/models/checkpoint/checkpoint_files.h"
#include "tests/models/checkpoint/onnx/onnx_files.h"
#include "tests/models/checkpoint/onnx/wire_writer.h"

namespace olivine {
namespace {

using test::error_of;
using test::onnx_file;
using test::OnnxFiles;
using test::Wire;
using ::testing::HasSubstr;

using OnnxCheckpointFiles = OnnxFiles;

template <class T>
std::vector<T> values_of(const StoredTensor& tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

TEST_F(OnnxCheckpointFiles, HaveTheWeightsThatWereWritten) {
  const Checkpoint mlp = open_onnx_checkpoint(onnx_file("mlp"));
  ASSERT_EQ(mlp.tensors().size(), 4u);
  EXPECT_EQ(mlp.at("fc1.weight").shape, (std::vector<int64_t>{16, 8}));
  EXPECT_EQ(mlp.at("fc1.weight").floats(), test::weights(16 * 8, 1));
  EXPECT_EQ(mlp.at("fc1.bias").floats(), test::weights(16, 2));
  EXPECT_EQ(mlp.at("fc2.weight").floats(), test::weights(16 * 4, 3));
  EXPECT_EQ(mlp.at("fc2.bias").floats(), test::weights(4, 4));
  EXPECT_EQ(mlp.metadata().at("onnx.producer"), "olivine tests");
  EXPECT_EQ(mlp.metadata().at("onnx.opset"), "13");
}

TEST_F(OnnxCheckpointFiles, NameGeneratedWeightsAfterTheirNode) {
  const auto metadata = open_onnx_checkpoint(onnx_file("mlp")).metadata();
  EXPECT_EQ(metadata.at("onnx.original:fc2.weight"), "onnx::Gemm_7");
  EXPECT_FALSE(metadata.contains("onnx.original:fc1.weight"));
  EXPECT_EQ(metadata.at("onnx.layout:fc1.weight"), "n,k");
  EXPECT_EQ(metadata.at("onnx.layout:fc2.weight"), "k,n");
}

TEST_F(OnnxCheckpointFiles, HoldEveryEncodingOfEveryType) {
  const Checkpoint types = open_onnx_checkpoint(onnx_file("types"));
  EXPECT_EQ(types.at("float_data").floats(), (std::vector<float>{0.5f, -1.25f, 3e38f}));
  EXPECT_EQ(values_of<double>(types.at("double_data")), (std::vector<double>{0.1, -2.5}));
  using Limit64 = std::numeric_limits<int64_t>;
  EXPECT_EQ(values_of<int64_t>(types.at("int64_data")),
            (std::vector<int64_t>{Limit64::min(), -1, 0, Limit64::max()}));
  EXPECT_EQ(values_of<int32_t>(types.at("int32_data")),
            (std::vector<int32_t>{std::numeric_limits<int32_t>::min(), -1,
                                  std::numeric_limits<int32_t>::max()}));
  EXPECT_EQ(values_of<int16_t>(types.at("int16_data")), (std::vector<int16_t>{-32768, 32767}));
  EXPECT_EQ(values_of<int8_t>(types.at("int8_data")), (std::vector<int8_t>{-128, -1, 127}));
  EXPECT_EQ(values_of<uint8_t>(types.at("uint8_data")), (std::vector<uint8_t>{0, 255}));
  EXPECT_EQ(values_of<uint16_t>(types.at("uint16_data")), (std::vector<uint16_t>{0, 65535}));
  EXPECT_EQ(values_of<uint32_t>(types.at("uint32_data")),
            (std::vector<uint32_t>{0, std::numeric_limits<uint32_t>::max()}));
  EXPECT_EQ(values_of<uint64_t>(types.at("uint64_data")),
            (std::vector<uint64_t>{0, std::numeric_limits<uint64_t>::max()}));
  EXPECT_EQ(values_of<uint8_t>(types.at("bool_data")), (std::vector<uint8_t>{1, 0, 1}));
  EXPECT_EQ(types.at("bool_data").type, ElementType::Bool);
  EXPECT_EQ(types.at("half_data").type, ElementType::F16);
  EXPECT_EQ(types.at("half_data").floats(), test::weights(6, 80));
  EXPECT_EQ(types.at("half_raw").floats(), test::weights(6, 80));
  EXPECT_EQ(types.at("bfloat_data").floats(), (std::vector<float>{1.0f, -2.5f}));
  EXPECT_TRUE(types.at("scalar").shape.empty());
  EXPECT_EQ(types.at("scalar").floats(), (std::vector<float>{7.5f}));
  EXPECT_EQ(types.at("empty").shape, (std::vector<int64_t>{0, 4}));
  EXPECT_EQ(types.at("of_constant").floats(), test::weights(6, 81));
}

TEST_F(OnnxCheckpointFiles, KeepWeightsInTheMappedFile) {
  const OnnxModel model = open_onnx(onnx_file("mlp"));
  ASSERT_NE(model.storage->model, nullptr);
  EXPECT_TRUE(model.storage->unpacked.empty());
  const auto file = model.storage->model->bytes();
  for (const OnnxTensor& tensor : model.graph.initializers) {
    EXPECT_GE(tensor.bytes.data(), file.data());
    EXPECT_LE(tensor.bytes.data() + tensor.bytes.size(), file.data() + file.size());
  }
}

TEST_F(OnnxCheckpointFiles, OutliveTheirModel) {
  std::optional<Checkpoint> copy;
  {
    const OnnxModel model = open_onnx(onnx_file("types"));
    copy = onnx_checkpoint(model);
  }
  EXPECT_EQ(copy->at("half_data").floats(), test::weights(6, 80));
  copy->release(copy->at("half_raw"));
  EXPECT_EQ(copy->at("half_raw").floats(), test::weights(6, 80));
}

TEST_F(OnnxCheckpointFiles, AreToldByTheirContent) {
  EXPECT_EQ(open_checkpoint(onnx_file("mlp")).at("fc2.weight").floats(), test::weights(64, 3));
}

TEST_F(OnnxCheckpointFiles, ReadExternalData) {
  const Checkpoint external = open_onnx_checkpoint(onnx_file("external"));
  EXPECT_EQ(external.at("w").floats(), test::weights(40 * 30, 90));
  EXPECT_EQ(external.at("v").floats(), test::weights(30 * 20, 91));
}

// A model with one initializer of two floats in a file beside it.
Wire external_model(std::string_view location, std::string_view offset, std::string_view length) {
  Wire tensor = Wire{}.packed(1, {2}).number(2, 1).bytes(8, "w").number(14, 1);
  const auto entry = [](std::string_view key, std::string_view value) {
    return Wire{}.bytes(1, key).bytes(2, value);
  };
  tensor.message(13, entry("location", location));
  if (!offset.empty()) tensor.message(13, entry("offset", offset));
  if (!length.empty()) tensor.message(13, entry("length", length));
  return Wire{}.number(1, 7).message(7, Wire{}.message(5, tensor));
}

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream{path, std::ios::binary} << text;
}

TEST(OnnxExternalData, LiesBesideTheModelBad) {
  const test::TestFolder folder{"onnx_external"};
  const auto path = folder.path() / "model.onnx";
  write(folder.path() / "data", "0123456789abcdef");  // 16 bytes
  std::filesystem::create_directory(folder.path() / "below");
  write(folder.path() / "below" / "data", "0123456789abcdef");
  std::filesystem::create_symlink(folder.path() / "data", folder.path() / "link");
  const auto open = [&](const Wire& model) {
    write(path, model.text());
    return error_of([&] { (void)open_onnx_checkpoint(path); });
  };
  EXPECT_EQ(open(external_model("data", "8", "8")), "");
  EXPECT_EQ(open(external_model("data", "8", "")), "");
  for (const char* location : {"", ".", "..", "../data", "below/data", "/etc/passwd", "a\\data"}) {
    EXPECT_THAT(open(external_model(location, "0", "8")), HasSubstr("must be a file beside"))
        << location;
  }
  EXPECT_THAT(open(external_model("link", "0", "8")), HasSubstr("must be no link"));
  EXPECT_THAT(open(external_model("below", "0", "8")), HasSubstr("must be a regular file"));
  EXPECT_THAT(open(external_model("gone", "0", "8")), HasSubstr("cannot be read"));
  EXPECT_THAT(open(external_model("data", "17", "8")), HasSubstr("offset 17: 'data' has 16"));
  EXPECT_THAT(open(external_model("data", "9", "8")), HasSubstr("8 bytes at 9"));
  EXPECT_THAT(open(external_model("data", "9223372036854775807", "9223372036854775807")),
              HasSubstr("offset 9223372036854775807"));
  EXPECT_THAT(open(external_model("data", "-8", "8")), HasSubstr("offset = -8: must be a count"));
  EXPECT_THAT(open(external_model("data", "8", "4")), HasSubstr("4 bytes of data"));
  EXPECT_THAT(open(external_model("data", "0", "x")), HasSubstr("length = x: must be a count"));
}

TEST(OnnxExternalData, NeedsAFolderBad) {
  const Wire model = external_model("data", "0", "8");
  EXPECT_THAT(error_of([&] { (void)parse_onnx(model.span(), "m"); }),
              HasSubstr("the model is no file with a folder"));
}

TEST(OnnxNames, TellGeneratedFromGiven) {
  for (const char* name : {"onnx::MatMul_1", "123", "val_7", "_v_44"}) {
    EXPECT_TRUE(is_generated_onnx_name(name)) << name;
  }
  for (const char* name : {"", "fc.weight", "12a", "val_", "value_7", "layer.0.weight"}) {
    EXPECT_FALSE(is_generated_onnx_name(name)) << name;
  }
}

TEST(OnnxNames, DotPaths) {
  const auto module = [](std::string_view name, std::string_view op_type) {
    OnnxNode node;
    node.name = name;
    node.op_type = op_type;
    return module_of_onnx_node(node);
  };
  EXPECT_EQ(module("/encoder/query/MatMul", "MatMul"), "encoder.query");
  EXPECT_EQ(module("/encoder/query/MatMul_1", "MatMul"), "encoder.query.MatMul_1");
  EXPECT_EQ(module("encoder/query", "MatMul"), "encoder.query");
  EXPECT_EQ(module("MatMul", "MatMul"), "MatMul");
  EXPECT_EQ(module("///", "MatMul"), "");
  EXPECT_EQ(module("", "MatMul"), "");
}

TEST(OnnxNames, LeaveASharedWeightItsName) {
  const auto matmul = [](const char* name) {
    return Wire{}.bytes(1, "x").bytes(1, "7").bytes(2, "y").bytes(3, name).bytes(4, "MatMul");
  };
  const Wire tensor = Wire{}.packed(1, {1}).number(2, 2).bytes(8, "7").bytes(9, "a");
  const Wire graph = Wire{}.message(1, matmul("/a/MatMul")).message(5, tensor);
  const Wire once = Wire{}.number(1, 7).message(7, graph);
  EXPECT_NE(onnx_checkpoint(parse_onnx(once.span(), "m")).find("a.weight"), nullptr);
  const Wire twice = Wire{}.number(1, 7).message(7, Wire{graph}.message(1, matmul("/b/MatMul")));
  EXPECT_NE(onnx_checkpoint(parse_onnx(twice.span(), "m")).find("7"), nullptr);
}

TEST(LooksLikeOnnx, IsToldByTheFirstFields) {
  const Wire graph = Wire{}.bytes(2, "g");
  EXPECT_TRUE(looks_like_onnx(Wire{}.number(1, 7).message(7, graph).span()));
  EXPECT_TRUE(looks_like_onnx(
      Wire{}.number(1, 7).bytes(2, "pytorch").bytes(3, "2").number(5, 1).message(7, graph).span()));
  EXPECT_TRUE(looks_like_onnx(Wire{}.number(1, 7).tag(7, 2).varint(1000).raw("cut").span()));
  EXPECT_FALSE(looks_like_onnx({}));
  EXPECT_FALSE(looks_like_onnx(Wire{}.number(1, 7).span()));
  EXPECT_FALSE(looks_like_onnx(Wire{}.message(7, graph).span()));
  EXPECT_FALSE(looks_like_onnx(Wire{}.number(1, 7).number(7, 1).span()));
  EXPECT_FALSE(
      looks_like_onnx(Wire{}.number(1, 7).bytes(3, "").bytes(2, "").message(7, graph).span()));
  // A safetensors file whose header has 8 + 256 * 2 bytes, a zip file, an npy file.
  EXPECT_FALSE(looks_like_onnx(Wire{}.raw(std::string_view("\x08\x02\0\0\0\0\0\0{", 9)).span()));
  EXPECT_FALSE(looks_like_onnx(Wire{}.raw("PK\x03\x04").span()));
  EXPECT_FALSE(looks_like_onnx(Wire{}.raw("\x93NUMPY\x01").span()));
}

}  // namespace
}  // namespace olivine
