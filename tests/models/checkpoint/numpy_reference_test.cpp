// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Files of NumPy read here, and a file written here read by NumPy (numpy_reference.py).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>

#include "models/checkpoint/open_checkpoint.h"
#include "models/checkpoint/safetensors.h"
#include "tests/models/checkpoint/checkpoint_files.h"

namespace olivine {
namespace {

using test::expect_refused;
using test::read_file;
using test::TestFolder;

// What the command prints; nothing where it fails.
std::optional<std::string> output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer{};
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), count);
  }
  return ::pclose(pipe) == 0 ? std::optional{text} : std::nullopt;
}

bool has_numpy() { return output_of(OLV_PYTHON " -c 'import numpy' 2>&1").has_value(); }

std::optional<std::string> run_reference(std::string_view verb, const std::filesystem::path& path) {
  return output_of(
      fmt::format("PYTHONDONTWRITEBYTECODE=1 {} '{}/tests/models/checkpoint/{}' {} '{}'",
                  OLV_PYTHON, OLV_SOURCE_DIR, "numpy_reference.py", verb, path.string()));
}

// NAME.raw, NAME.f32 and NAME.shape say what NumPy has written.
void expect_as_numpy(const StoredTensor& tensor, const std::filesystem::path& folder) {
  SCOPED_TRACE(tensor.name);
  const auto raw = read_file(folder / (tensor.name + ".raw"));
  EXPECT_TRUE(std::equal(tensor.bytes.begin(), tensor.bytes.end(), raw.begin(), raw.end()));
  const auto shape = read_file(folder / (tensor.name + ".shape"));
  EXPECT_EQ(fmt::format("{}", fmt::join(tensor.shape, ",")),
            std::string(shape.begin(), shape.end()));
  if (!info(tensor.type).is_float) return;
  const auto floats = read_file(folder / (tensor.name + ".f32"));
  const std::vector<float> actual = tensor.floats();
  ASSERT_EQ(floats.size(), actual.size() * sizeof(float));
  for (size_t i = 0; i < actual.size(); ++i) {
    float expected = 0;
    std::memcpy(&expected, floats.data() + i * sizeof(float), sizeof(float));
    EXPECT_EQ(actual[i], expected) << i;
  }
}

TEST(NumpyReference, FilesOfNumpyAreReadToTheBit) {
  if (!has_numpy()) GTEST_SKIP() << "SKIPPED (no NumPy)";
  const TestFolder folder{"numpy"};
  ASSERT_TRUE(run_reference("write", folder.path()));
  constexpr size_t kArrays = 12 * 2;  // two a type
  for (const std::string name : {"stored.npz", "deflated.npz", "zip64.npz", "all.safetensors"}) {
    SCOPED_TRACE(name);
    const Checkpoint checkpoint = open_checkpoint(folder.path() / name);
    EXPECT_EQ(checkpoint.tensors().size(), kArrays);
    for (const StoredTensor& tensor : checkpoint.tensors()) {
      expect_as_numpy(tensor, folder.path());
      const Checkpoint single = open_checkpoint(folder.path() / (tensor.name + ".npy"));
      expect_as_numpy(single.tensors()[0], folder.path());
      EXPECT_EQ(single.tensors()[0].type, tensor.type);
    }
  }
  EXPECT_EQ(open_checkpoint(folder.path() / "version2.npy").tensors()[0].shape,
            (std::vector<int64_t>{13, 11}));
  const auto fortran = folder.path() / "fortran.npy";
  expect_refused([&] { (void)open_checkpoint(fortran); }, fortran.string() + ": ",
                 "in Fortran order: must be in C order");
}

TEST(NumpyReference, NumpyReadsWhatTheWriterWrites) {
  if (!has_numpy()) GTEST_SKIP() << "SKIPPED (no NumPy)";
  const TestFolder folder{"numpy_reads"};
  const auto path = folder.path() / "m.safetensors";
  SafetensorsWriter writer{
      path, {{"ä", ElementType::I16, {2, 2}}, {"b", ElementType::F64, {}}}, {{"k", "v"}}};
  writer.append(std::vector<uint8_t>{1, 0, 2, 0, 3, 1, 0xFF, 0xFF});  // 1 + 2 + 259 - 1 = 261
  writer.append(std::vector<uint8_t>{0, 0, 0, 0, 0, 0, 0xF8, 0xBF});  // -1.5
  writer.commit();
  EXPECT_EQ(run_reference("read", path), "ä I16 2x2 261.0\nb F64  -1.5\n");
}

}  // namespace
}  // namespace olivine
