// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {

enum class Access : uint8_t;

// Bytes that cross the data path of a memory in cycles from .. until - 1.
struct MemoryMove {
  Access access{};
  int64_t bytes = 0;
  int64_t from = 0;
  int64_t until = 0;  // > from
};

// Watches a memory: all bytes it counts in its stats come by here, once.
class MemoryObserver {
 public:
  MemoryObserver() = default;
  virtual ~MemoryObserver() = default;
  MemoryObserver(const MemoryObserver&) = delete;
  MemoryObserver& operator=(const MemoryObserver&) = delete;

  // Known when it is certain, which may be ahead of its cycles.
  virtual void moved(const MemoryMove& move) = 0;
};

}  // namespace olivine
