// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/copy_async.h"

#include <fmt/format.h>

#include <cstring>

#include "kernels/emulator/backend.h"
#include "kernels/emulator/memory_access.h"

namespace olivine::emulation {
namespace {

constexpr int kCopyBytes = 16;
constexpr size_t kKeptCopies = 256;

void read(CopyAsync& copy) {
  if (!copy.is_read && copy.bytes > 0) {
    std::memcpy(copy.data.data(), copy.source, static_cast<size_t>(copy.bytes));
  }
  copy.is_read = true;
}

void finish(Thread& thread, CopyAsync& copy) {
  if (copy.is_done) return;
  read(copy);
  SharedMemory& shared = thread.warp->block->shared;
  std::memcpy(shared.at(copy.offset), copy.data.data(), kCopyBytes);
  shared.stamp(copy.offset, kCopyBytes, thread.index, thread.fences);
  copy.is_done = true;
}

void finish_first(Thread& thread, size_t count) {
  CopyQueue& queue = thread.copies;
  for (const size_t end = queue.first + count; queue.first < end; ++queue.first) {
    CopyAsync& copy = queue.copies[queue.first];
    finish(thread, copy);
    // A fence before this wait does not cover the copy, whenever it took effect.
    thread.warp->block->shared.stamp(copy.offset, kCopyBytes, thread.index, thread.fences);
  }
  // Now and then what is over is thrown away.
  if (queue.first < kKeptCopies && queue.first < queue.copies.size()) return;
  queue.copies.erase(queue.copies.begin(),
                     queue.copies.begin() + static_cast<ptrdiff_t>(queue.first));
  queue.first = 0;
}

}  // namespace

void finish_some_copies(Machine& machine, Thread& thread) {
  CopyQueue& queue = thread.copies;
  if (queue.first == queue.copies.size()) return;
  const uint64_t coins = machine.rng().next();
  for (size_t i = queue.first; i < queue.copies.size(); ++i) {
    if ((coins >> (i % 64) & 1U) != 0) finish(thread, queue.copies[i]);
  }
}

void finish_copies(Thread& thread) {
  finish_first(thread, thread.copies.copies.size() - thread.copies.first);
}

void copy_async(void* shared, const void* global, int bytes) {
  Machine& machine = Machine::running();
  machine.require_capability(80, "copy_async");
  const uint32_t offset = shared_offset(machine, shared, kCopyBytes, kCopyBytes, "copy_async");
  Block& block = machine.block();
  require_no_barrier(machine, block, offset, kCopyBytes, "copy_async");
  if (bytes < 0 || bytes > kCopyBytes) {
    machine.fail(fmt::format("copy_async: {} bytes, 0..16 are legal", bytes));
  }
  if (bytes > 0) require_global(machine, global, bytes, kCopyBytes, false, "copy_async");
  CopyAsync copy;
  copy.offset = offset;
  copy.source = static_cast<const std::byte*>(global);
  copy.bytes = bytes;
  Rng& rng = machine.rng();
  if (rng.chance(machine.mood().copies_at_issue)) {
    finish(machine.thread(), copy);
  } else {
    block.shared.fill_with_garbage(offset, kCopyBytes, rng);
    if (rng.chance(0.5)) read(copy);
  }
  machine.thread().copies.copies.push_back(copy);
  ++machine.thread().copies.uncommitted;
}

void commit_copies() {
  CopyQueue& queue = Machine::running().thread().copies;
  queue.groups.push_back(queue.uncommitted);
  queue.uncommitted = 0;
}

void wait_copies(int pending) {
  Thread& thread = Machine::running().thread();
  std::vector<size_t>& groups = thread.copies.groups;
  while (groups.size() > static_cast<size_t>(pending)) {
    finish_first(thread, groups.front());
    groups.erase(groups.begin());
  }
}

}  // namespace olivine::emulation
