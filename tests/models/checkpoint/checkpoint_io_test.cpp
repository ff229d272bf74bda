// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// What needs files: mapping, writing, folders, telling kinds apart.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>

#include "models/base/rng.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/open_checkpoint.h"
#include "models/checkpoint/safetensors.h"
#include "tests/models/checkpoint/checkpoint_files.h"
#include "tests/models/checkpoint/numpy_files.h"

namespace olivine {
namespace {

using test::bytes_of;
using test::expect_refused;
using test::read_file;
using test::safetensors_of;
using test::TestFolder;
using test::write_file;

TEST(MappedFile, ShowsTheBytesAndTakesThemBack) {
  const TestFolder folder{"mapped"};
  std::vector<uint8_t> bytes(3 * 4096 + 17);
  Rng rng{11};
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(rng.next());
  write_file(folder.path() / "f", bytes);
  const MappedFile file{folder.path() / "f"};
  const auto mapped = file.bytes();
  ASSERT_TRUE(std::equal(mapped.begin(), mapped.end(), bytes.begin(), bytes.end()));
  file.release(mapped.subspan(5000, 1000));
  file.release(mapped);
  file.release(bytes);  // of nobody's file: stays
  file.release({});
  EXPECT_TRUE(std::equal(mapped.begin(), mapped.end(), bytes.begin(), bytes.end()));
}

TEST(MappedFile, RefusesWhatIsNoFileBad) {
  const TestFolder folder{"mapped_bad"};
  write_file(folder.path() / "empty", {});
  EXPECT_TRUE(MappedFile{folder.path() / "empty"}.bytes().empty());
  const auto expect_bad = [&folder](std::string_view name, std::string_view reason) {
    const auto path = folder.path() / name;
    expect_refused([&path] { const MappedFile file{path}; }, path.string() + ": ", reason);
  };
  expect_bad("absent", "cannot be read: No such file or directory");
  expect_bad(".", "must be a regular file");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  expect_bad("pipe", "must be a regular file");
}

TEST(SafetensorsWriter, WritesWhatTheReaderReads) {
  const TestFolder folder{"writer"};
  const auto path = folder.path() / "m.safetensors";
  const std::vector<float> weights = {1.5f, -2.0f, 3.0f, 0.0f, 5.0f, 6.0f};
  const std::vector<uint8_t> codes = {7, 8, 9};
  const std::map<std::string, std::string> metadata = {{"a \"quote\"", "line\nbreak"}};
  SafetensorsWriter writer{path,
                           {{"z.weight", ElementType::F32, {2, 3}},
                            {"codes", ElementType::U8, {3}},
                            {"none", ElementType::F16, {0, 4}}},
                           metadata};
  EXPECT_FALSE(std::filesystem::exists(path));
  writer.append(bytes_of(weights).first(5));
  writer.append(bytes_of(weights).subspan(5));
  writer.append(codes);
  writer.commit();
  EXPECT_EQ(folder.file_count(), 1u);
  const Checkpoint checkpoint = open_safetensors(path);
  EXPECT_EQ(checkpoint.metadata(), metadata);
  EXPECT_EQ(checkpoint.tensors()[0].name, "z.weight");
  EXPECT_EQ(checkpoint.at("z.weight").shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(checkpoint.at("z.weight").floats(), weights);
  EXPECT_EQ(checkpoint.at("codes").bytes[2], 9);
  EXPECT_EQ(checkpoint.at("none").element_count(), 0);
  checkpoint.release(checkpoint.at("z.weight"));
  EXPECT_EQ(checkpoint.at("z.weight").floats(), weights);
  EXPECT_EQ(read_file(path)[0] % 8, 0);  // the data start at a multiple of 8
}

TEST(SafetensorsWriter, LeavesNothingWithoutCommit) {
  const TestFolder folder{"writer_drop"};
  {
    SafetensorsWriter writer{folder.path() / "m", {{"t", ElementType::U8, {4}}}, {}};
    writer.append(std::vector<uint8_t>{1, 2});
    EXPECT_EQ(folder.file_count(), 1u);
  }
  EXPECT_EQ(folder.file_count(), 0u);
}

TEST(SafetensorsWriter, RefusesWhatItCannotWriteBad) {
  const TestFolder folder{"writer_bad"};
  const auto path = folder.path() / "m";
  const auto expect_bad = [](const std::filesystem::path& file, std::vector<TensorHeader> tensors,
                             std::string_view reason) {
    expect_refused([&] { const SafetensorsWriter writer(file, std::move(tensors), {}); },
                   file.string() + ": ", reason);
  };
  const TensorHeader byte{"t", ElementType::U8, {1}};
  expect_bad(folder.path() / "no" / "m", {byte}, "cannot be written: No such file or directory");
  expect_bad(path, {byte, byte}, "tensor t twice");
  expect_bad(path, {{"__metadata__", ElementType::U8, {1}}}, "tensor __metadata__ twice");
  expect_bad(path, {{"t", ElementType::U8, {-1}}}, "shape [-1]: must stay within 63 bits");
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  expect_bad(path, {{"t", ElementType::F16, {kMost}}}, "must stay within 63 bits");
  expect_bad(path,
             {{"a", ElementType::U8, {kMost}},
              {"b", ElementType::U8, {kMost}},
              {"c", ElementType::U8, {kMost}}},
             "tensor b: shape [9223372036854775807]: must stay within 63 bits");
  expect_bad(path, {{"\xFF", ElementType::U8, {1}}}, "names must be UTF-8");
  EXPECT_EQ(folder.file_count(), 0u);
}

void write_text(const std::filesystem::path& path, std::string_view text) {
  write_file(path, bytes_of(text));
}

const std::vector<uint8_t>& shard(std::string_view name) {
  static std::vector<uint8_t> file;
  file = safetensors_of(
      "{\"" + std::string{name} + R"(":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", 3);
  return file;
}

TEST(OpenCheckpoint, ReadsFoldersOfOneFileAndOfShards) {
  const TestFolder folder{"folder"};
  write_file(folder.path() / "x-1.safetensors", shard("a"));
  write_file(folder.path() / "x-2.safetensors", shard("b"));
  write_text(folder.path() / "model.safetensors.index.json",
             R"({"metadata":{"total_size":6},)"
             R"("weight_map":{"b":"x-2.safetensors","a":"x-1.safetensors"}})");
  const Checkpoint shards = open_checkpoint(folder.path());
  ASSERT_EQ(shards.tensors().size(), 2u);
  EXPECT_EQ(shards.tensors()[0].name, "a");
  EXPECT_EQ(shards.at("b").bytes[2], 2);
  shards.release(shards.at("b"));
  EXPECT_EQ(shards.at("b").bytes[2], 2);
  write_file(folder.path() / "model.safetensors", shard("whole"));  // is preferred
  EXPECT_EQ(open_checkpoint(folder.path()).tensors()[0].name, "whole");
}

TEST(OpenCheckpoint, RefusesWrongShardsBad) {
  const TestFolder folder{"shards_bad"};
  const auto index = folder.path() / "model.safetensors.index.json";
  const auto expect_bad = [&](std::string_view text, std::string_view reason) {
    write_text(index, text);
    expect_refused([&] { (void)open_checkpoint(folder.path()); }, folder.path().string(), reason);
  };
  expect_refused([&] { (void)open_checkpoint(folder.path()); }, folder.path().string(),
                 "a folder must have model.safetensors or model.safetensors.index.json");
  write_file(folder.path() / "s", shard("a"));
  expect_bad("", "is no JSON");
  expect_bad("[]", "weight_map must be an object");
  expect_bad(R"({"weight_map":[]})", "weight_map must be an object");
  expect_bad(R"({"weight_map":{"a":"s","a":"s"}})", "key 'a' twice");
  for (const std::string name : {"", ".", "..", "../s", "/etc/passwd", "x/../s", "s\\\\t"}) {
    expect_bad(R"({"weight_map":{"a":")" + name + R"("}})",
               "weight_map: a: must name a file of the same folder");
  }
  expect_bad(R"({"weight_map":{"a":3}})", "weight_map: a: must name a file");
  expect_bad(R"({"weight_map":{"a":"t"}})", "t: cannot be read: No such file");
  expect_bad(R"({"weight_map":{"a":"s","b":"s"}})", "s: no tensor 'b'");
  expect_bad(R"({"weight_map":{"b":"s"}})", "s: tensor a is not of this file");
  EXPECT_EQ(open_checkpoint(folder.path() / "s").tensors().size(), 1u);
}

TEST(OpenCheckpoint, TellsFilesByTheirContent) {
  const TestFolder folder{"kinds"};
  const auto path = folder.path() / "weights.bin";
  write_file(path, shard("a"));
  EXPECT_EQ(open_checkpoint(path).tensors()[0].name, "a");
  const auto array = test::npy_of("{'descr':'|u1','fortran_order':False,'shape':(2,)}", 2);
  write_file(path, array);
  EXPECT_EQ(open_checkpoint(path).tensors()[0].name, "weights.bin");
  write_file(folder.path() / "w.npy", array);
  EXPECT_EQ(open_checkpoint(folder.path() / "w.npy").tensors()[0].name, "w");
  write_file(path, test::zip_of({test::zip_entry("k.npy", array, true)}));
  EXPECT_EQ(open_checkpoint(path).tensors()[0].name, "k");
  write_text(path, "pickle");
  expect_refused([&] { (void)open_checkpoint(path); }, path.string() + ": no checkpoint: 6 bytes",
                 "begin with 70 69 63 6B 6C 65");
  write_file(path, {});
  expect_refused([&] { (void)open_checkpoint(path); }, path.string(), "no checkpoint: 0 bytes");
  expect_refused([&] { (void)open_checkpoint(folder.path() / "none"); }, folder.path().string(),
                 "No such file or directory");
}

}  // namespace
}  // namespace olivine
