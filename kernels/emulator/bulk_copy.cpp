// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/bulk_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kernels/emulator/backend.h"
#include "kernels/emulator/memory_access.h"
#include "kernels/emulator/memory_barrier.h"
#include "kernels/launch/swizzle.h"

namespace olivine {
namespace {

constexpr uint64_t kEncoded = 0x50414D524F534E54;  // in the last word of an encoded map
constexpr int kMaxBoxRows = 256;
constexpr int kMaxBoxBytes = 256;

static_assert(sizeof(TensorMapSpec) <= sizeof(TensorMap::words) - sizeof kEncoded);

void require(bool is_true, const std::string& what) {
  if (!is_true) throw EmulatorError{"tensor map: " + what};
}

}  // namespace

TensorMap encode_emulated_tensor_map(const TensorMapSpec& spec) {
  const int most = spec.swizzle == Swizzle::None ? kMaxBoxBytes : swizzle_span(spec.swizzle);
  require(reinterpret_cast<uintptr_t>(spec.base) % 16 == 0 && spec.base != nullptr,
          fmt::format("base {} is null or no multiple of 16", spec.base));
  require(spec.stride % 16 == 0 && spec.stride >= spec.row_bytes,
          fmt::format("stride {} is no multiple of 16 or below the row's {} bytes", spec.stride,
                      spec.row_bytes));
  require(spec.rows > 0 && spec.row_bytes > 0,
          fmt::format("{} rows of {} bytes", spec.rows, spec.row_bytes));
  require(spec.box_bytes > 0 && spec.box_bytes % 16 == 0 && spec.box_bytes <= most,
          fmt::format("{} bytes of a box's row; multiples of 16 up to {}", spec.box_bytes, most));
  require(
      spec.swizzle == Swizzle::None || spec.box_bytes == most,
      fmt::format("a box's row of {} bytes is not the swizzle's span {}", spec.box_bytes, most));
  require(spec.box_rows > 0 && spec.box_rows <= kMaxBoxRows,
          fmt::format("{} rows of a box; 1..256", spec.box_rows));
  TensorMap map;
  std::memcpy(map.words, &spec, sizeof spec);
  map.words[15] = kEncoded;
  return map;
}

namespace emulation {
namespace {

TensorMapSpec decode(const Machine& machine, const TensorMap& map) {
  if (map.words[15] != kEncoded) {
    machine.fail("a tensor map that encode_emulated_tensor_map() has not made");
  }
  TensorMapSpec spec;
  std::memcpy(&spec, map.words, sizeof spec);
  return spec;
}

// The 16 bytes at `column` of row `row` of the tensor, zeros outside.
std::array<std::byte, kChunkBytes> read_chunk(Machine& machine, const TensorMapSpec& tensor,
                                              int64_t row, int64_t column) {
  std::array<std::byte, kChunkBytes> chunk{};
  if (row < 0 || row >= tensor.rows) return chunk;
  const int64_t first = std::clamp<int64_t>(column, 0, tensor.row_bytes);
  const int64_t end = std::clamp<int64_t>(column + kChunkBytes, 0, tensor.row_bytes);
  if (first >= end) return chunk;
  const auto* source = static_cast<const std::byte*>(tensor.base) + row * tensor.stride + first;
  require_global(machine, source, end - first, 1, false, "load_box");
  std::memcpy(chunk.data() + (first - column), source, static_cast<size_t>(end - first));
  return chunk;
}

void write_chunk(Machine& machine, const BulkCopy& copy, uint32_t offset, const std::byte* bytes) {
  SharedMemory& shared = copy.destination->shared;
  require_fenced(machine, *copy.destination, offset, "TMA write");
  std::memcpy(shared.at(offset), bytes, kChunkBytes);
}

void finish(Machine& machine, const BulkCopy& copy) {
  if (copy.source != nullptr) {
    for (int i = 0; i < copy.bytes; i += kChunkBytes) {
      write_chunk(machine, copy, copy.offset + static_cast<uint32_t>(i), copy.source + i);
    }
  } else {
    const TensorMapSpec& tensor = copy.tensor;
    for (int row = 0; row < tensor.box_rows; ++row) {
      for (int column = 0; column < tensor.box_bytes; column += kChunkBytes) {
        const auto chunk =
            read_chunk(machine, tensor, int64_t{copy.row} + row, int64_t{copy.byte} + column);
        const int plain = static_cast<int>(copy.offset) + row * tensor.box_bytes + column;
        write_chunk(machine, copy, static_cast<uint32_t>(swizzled(tensor.swizzle, plain)),
                    chunk.data());
      }
    }
  }
  complete_bytes(machine, *copy.destination, copy.barrier, copy.bytes);
}

void issue(Machine& machine, const BulkCopy& copy, const char* operation) {
  if (copy.destination->alive == 0) {
    machine.fail(fmt::format("{}: block {} has ended", operation, copy.destination->index));
  }
  require_no_barrier(machine, *copy.destination, copy.offset, copy.bytes, operation);
  static_cast<void>(require_shared_barrier(machine, *copy.destination, copy.barrier, operation));
  Rng& rng = machine.rng();
  if (rng.chance(machine.mood().copies_at_issue)) {
    finish(machine, copy);
    return;
  }
  if (rng.chance(0.5)) copy.destination->shared.fill_with_garbage(copy.offset, copy.bytes, rng);
  machine.bulk_copies().push_back(copy);
}

BulkCopy box_copy(Machine& machine, const void* shared, const TensorMap& map, const void* barrier,
                  int byte, int row) {
  machine.require_capability(90, "load_box");
  BulkCopy copy;
  copy.tensor = decode(machine, map);
  copy.byte = byte;
  copy.row = row;
  copy.bytes = copy.tensor.box_bytes * copy.tensor.box_rows;
  const int alignment = copy.tensor.swizzle == Swizzle::None
                            ? 128
                            : std::max(128, 8 * swizzle_span(copy.tensor.swizzle));
  copy.offset = shared_offset(machine, shared, copy.bytes, alignment, "load_box");
  copy.barrier = shared_offset(machine, barrier, 8, 8, "load_box");
  return copy;
}

}  // namespace

bool finish_some_bulk_copy(Machine& machine) {
  std::vector<BulkCopy>& copies = machine.bulk_copies();
  if (copies.empty()) return false;
  const int64_t pick = machine.rng().uniform(0, static_cast<int64_t>(copies.size()) - 1);
  std::swap(copies[static_cast<size_t>(pick)], copies.back());
  const BulkCopy copy = copies.back();
  copies.pop_back();
  finish(machine, copy);
  return true;
}

void require_no_bulk_copies(Machine& machine, const Block& block) {
  for (const BulkCopy& copy : machine.bulk_copies()) {
    if (copy.destination != &block) continue;
    machine.fail(fmt::format("block {} ends while TMA copies {} bytes to offset {} of it",
                             block.index, copy.bytes, copy.offset));
  }
}

void load_box(void* shared, const TensorMap& map, const void* barrier, int byte, int row) {
  Machine& machine = Machine::running();
  BulkCopy copy = box_copy(machine, shared, map, barrier, byte, row);
  copy.destination = &machine.block();
  issue(machine, copy, "load_box");
}

void load_box_multicast(void* shared, const TensorMap& map, const void* barrier, int byte, int row,
                        uint16_t blocks) {
  Machine& machine = Machine::running();
  BulkCopy copy = box_copy(machine, shared, map, barrier, byte, row);
  if (blocks == 0) machine.fail("load_box_multicast: no block");
  for (int rank = 0; rank < 16; ++rank) {
    if ((blocks >> rank & 1) == 0) continue;
    copy.destination = &machine.block_of_rank(rank, "load_box_multicast");
    issue(machine, copy, "load_box_multicast");
  }
}

void load_bulk(void* shared, const void* global, int bytes, const void* barrier) {
  Machine& machine = Machine::running();
  machine.require_capability(90, "load_bulk");
  if (bytes <= 0 || bytes % kChunkBytes != 0) {
    machine.fail(fmt::format("load_bulk: {} bytes are no multiple of 16", bytes));
  }
  require_global(machine, global, bytes, kChunkBytes, false, "load_bulk");
  BulkCopy copy;
  copy.destination = &machine.block();
  copy.offset = shared_offset(machine, shared, bytes, kChunkBytes, "load_bulk");
  copy.barrier = shared_offset(machine, barrier, 8, 8, "load_bulk");
  copy.bytes = bytes;
  copy.source = static_cast<const std::byte*>(global);
  issue(machine, copy, "load_bulk");
}

void prefetch_tensor_map(const TensorMap& map) {
  Machine& machine = Machine::running();
  machine.require_capability(90, "prefetch_tensor_map");
  static_cast<void>(decode(machine, map));
}

}  // namespace emulation
}  // namespace olivine
