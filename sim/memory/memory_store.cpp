// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/memory_store.h"

#include <algorithm>

namespace olivine {

void MemoryStore::write(uint64_t address, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const uint64_t offset = address % kPageBytes;
    const size_t count = std::min<size_t>(bytes.size(), kPageBytes - offset);
    std::unique_ptr<Page>& page = pages_[address / kPageBytes];
    if (page == nullptr) {
      page = std::make_unique<Page>();
      page->fill(kUnwritten);
    }
    std::copy_n(bytes.begin(), count, page->begin() + static_cast<int64_t>(offset));
    bytes = bytes.subspan(count);
    address += count;
  }
}

void MemoryStore::read(uint64_t address, std::span<uint8_t> bytes) const {
  while (!bytes.empty()) {
    const uint64_t offset = address % kPageBytes;
    const size_t count = std::min<size_t>(bytes.size(), kPageBytes - offset);
    const auto page = pages_.find(address / kPageBytes);
    if (page == pages_.end()) {
      std::fill_n(bytes.begin(), count, kUnwritten);
    } else {
      std::copy_n(page->second->begin() + static_cast<int64_t>(offset), count, bytes.begin());
    }
    bytes = bytes.subspan(count);
    address += count;
  }
}

}  // namespace olivine
