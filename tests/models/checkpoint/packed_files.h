// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/checkpoint/packed_container.h"
#include "models/checkpoint/safetensors.h"
#include "tests/models/checkpoint/checkpoint_bytes.h"

namespace olivine::test {

// Packed tensors called `prefix`0, `prefix`1, ... of shape [rows, 1, k], and a plain one, "bias".
inline void write_container(const std::filesystem::path& path,
                            const std::vector<PackedMatrix>& matrices,
                            const std::string& prefix = "layer.") {
  std::map<std::string, std::string> metadata = {packed_version_entry(),
                                                 {"olivine.scheme", "test"}};
  std::vector<TensorHeader> headers;
  for (size_t i = 0; i < matrices.size(); ++i) {
    const PackedMatrix& matrix = matrices[i];
    const std::string name = matrices.size() == 1 ? prefix : prefix + std::to_string(i);
    const auto info = packed_info(name, matrix, {matrix.rows, 1, matrix.k});
    metadata.insert(packed_entry(info));
    for (TensorHeader& header : packed_headers(info)) headers.push_back(std::move(header));
  }
  headers.push_back({"bias", ElementType::F32, {1}});
  SafetensorsWriter writer{path, headers, metadata};
  for (const PackedMatrix& matrix : matrices) {
    for (const auto part : packed_bytes(matrix)) writer.append(part);
  }
  writer.append(std::vector<uint8_t>(sizeof(float)));
  writer.commit();
}

// The bytes of a container with one packed tensor, "t".
inline std::vector<uint8_t> container_of(const PackedMatrix& matrix) {
  const auto path =
      std::filesystem::temp_directory_path() / ("olivine_container_" + std::to_string(::getpid()));
  write_container(path, {matrix}, "t");
  std::ifstream file{path, std::ios::binary};
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>{file}, {}};
  std::filesystem::remove(path);
  return bytes;
}

// A safetensors file with the first `from` of its header replaced by `to`, of any length.
inline std::vector<uint8_t> with_header(const std::vector<uint8_t>& file, std::string_view from,
                                        std::string_view to) {
  const size_t length = file[0] | static_cast<size_t>(file[1]) << 8;
  std::string header{file.begin() + 8, file.begin() + 8 + static_cast<int64_t>(length)};
  const size_t at = header.find(from);
  OLV_CHECK(at != std::string::npos, "{} in {}", from, header);
  header.replace(at, from.size(), to);
  std::vector<uint8_t> result;
  append_little(result, header.size(), 8);
  append_text(result, header);
  result.insert(result.end(), file.begin() + 8 + static_cast<int64_t>(length), file.end());
  return result;
}

}  // namespace olivine::test
