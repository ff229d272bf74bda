// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>

namespace olivine {

// The bytes of a memory, page by page where something was written. What was never written reads
// as kUnwritten.
class MemoryStore {
 public:
  static constexpr uint8_t kUnwritten = 0xA5;

  void write(uint64_t address, std::span<const uint8_t> bytes);
  void read(uint64_t address, std::span<uint8_t> bytes) const;

 private:
  static constexpr uint64_t kPageBytes = 4096;
  using Page = std::array<uint8_t, kPageBytes>;

  std::unordered_map<uint64_t, std::unique_ptr<Page>> pages_;
};

}  // namespace olivine
