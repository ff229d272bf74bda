// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace olivine {

// A file in memory, read-only; pages are read when they are touched. Only regular files: a pipe or
// a device has no length to check offsets against.
// Contract: nobody shortens the file meanwhile (the system would end the process with SIGBUS).
class MappedFile {
 public:
  // Throws ConfigError with the path and the system's reason. An empty file is fine.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const uint8_t> bytes() const { return bytes_; }

  // Takes the pages that hold `part` out of this process's memory; they are read again when they
  // are touched again. Nothing happens to bytes that are not of this file.
  void release(std::span<const uint8_t> part) const;

 private:
  std::span<const uint8_t> bytes_;
};

}  // namespace olivine
