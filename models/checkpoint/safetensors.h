// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/checkpoint/checkpoint.h"

namespace olivine {

// safetensors (the specification in the README of the reference implementation): 8-byte
// little-endian header length, a JSON header {name: {dtype, shape, data_offsets}, __metadata__:
// {string: string}}, then the data. Offsets must tile the data without gap or overlap.
inline constexpr size_t kMaxSafetensorsHeaderBytes = size_t{100} << 20;  // of the reference reader

// Untrusted input; nothing is copied. `storage` keeps `bytes`. Throws ConfigError with one line
// that starts with `source`. Tensors come in the order of their data.
[[nodiscard]] Checkpoint parse_safetensors(std::span<const uint8_t> bytes,
                                           const std::string& source,
                                           std::shared_ptr<const void> storage = nullptr);

// The same of a file, which is mapped. Throws ConfigError, also for a file that is absent.
[[nodiscard]] Checkpoint open_safetensors(const std::filesystem::path& path);

// What a file will hold, in order. `shape` and `type` say how many bytes.
struct TensorHeader {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
};

// Where a writer keeps what it has so far: "FILE.part".
[[nodiscard]] std::filesystem::path part_path(const std::filesystem::path& path);

// Writes a safetensors file tensor by tensor, so that nobody has to hold them all. The file appears
// under its name only when commit() has been called; until then the data lie beside it in a file
// that the destructor removes.
class SafetensorsWriter {
 public:
  // Throws ConfigError: cannot be written, a name twice, sizes beyond 63 bits.
  SafetensorsWriter(std::filesystem::path path, const std::vector<TensorHeader>& tensors,
                    const std::map<std::string, std::string>& metadata);
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  // The next bytes of the data, tensors back to back in the order given; any piece size.
  // Throws ConfigError where they cannot be written. Contract: not more than the tensors have.
  void append(std::span<const uint8_t> bytes);
  // Contract: every byte has been appended. Throws ConfigError.
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::filesystem::path part_;  // empty: nothing to remove
  std::ofstream file_;
  uint64_t missing_bytes_ = 0;
};

}  // namespace olivine
