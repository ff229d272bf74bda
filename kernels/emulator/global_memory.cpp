// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/global_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace olivine::emulation {
namespace {

// Nothing lies in the first page: null pointers with an offset.
constexpr uintptr_t kFirstAddress = 4096;

uintptr_t first_of(const MemoryRange& range) { return reinterpret_cast<uintptr_t>(range.base); }

bool allows(const MemoryRange& range, uintptr_t address, int64_t bytes, bool is_write) {
  if (address < first_of(range) || (is_write && !range.writable)) return false;
  const uintptr_t offset = address - first_of(range);
  return offset <= static_cast<uintptr_t>(range.bytes) &&
         bytes <= range.bytes - static_cast<int64_t>(offset);
}

uintptr_t distance(const MemoryRange& range, uintptr_t address) {
  const uintptr_t first = first_of(range);
  if (address < first) return first - address;
  const uintptr_t end = first + static_cast<uintptr_t>(range.bytes);
  return address < end ? 0 : address - end + 1;
}

}  // namespace

GlobalMemory::GlobalMemory(std::vector<MemoryRange> ranges) : ranges_{std::move(ranges)} {}

std::optional<std::string> GlobalMemory::find_problem(const void* address, int64_t bytes,
                                                      bool is_write) {
  const auto number = reinterpret_cast<uintptr_t>(address);
  if (number < kFirstAddress) return fmt::format("address {:#x} is null", number);
  if (ranges_.empty() || allows(ranges_[last_], number, bytes, is_write)) return std::nullopt;
  for (size_t i = 0; i < ranges_.size(); ++i) {
    if (!allows(ranges_[i], number, bytes, is_write)) continue;
    last_ = i;
    return std::nullopt;
  }
  return describe(number, bytes, is_write);
}

std::string GlobalMemory::describe(uintptr_t address, int64_t bytes, bool is_write) const {
  const auto nearest = std::min_element(ranges_.begin(), ranges_.end(),
                                        [address](const MemoryRange& a, const MemoryRange& b) {
                                          return distance(a, address) < distance(b, address);
                                        });
  const bool is_before = address < first_of(*nearest);
  const uintptr_t offset = is_before ? first_of(*nearest) - address : address - first_of(*nearest);
  return fmt::format(
      "{} bytes at {:#x} may not be {}: nearest is range {} of {} {} bytes, {}{} of it", bytes,
      address, is_write ? "written" : "read", nearest - ranges_.begin(), nearest->bytes,
      nearest->writable ? "writable" : "read-only", is_before ? "-" : "+", offset);
}

}  // namespace olivine::emulation
