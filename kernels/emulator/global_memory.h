// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/emulator/emulator.h"

namespace olivine::emulation {

// The ranges that a kernel may touch; all of memory where none is given.
class GlobalMemory {
 public:
  explicit GlobalMemory(std::vector<MemoryRange> ranges);

  // What is wrong with such an access; nothing where it is allowed.
  [[nodiscard]] std::optional<std::string> find_problem(const void* address, int64_t bytes,
                                                        bool is_write);

 private:
  [[nodiscard]] std::string describe(uintptr_t address, int64_t bytes, bool is_write) const;

  std::vector<MemoryRange> ranges_;
  size_t last_ = 0;  // the range of the last access
};

}  // namespace olivine::emulation
