// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace olivine {

struct ArrayGeometry;
struct DramConfig;
struct GemmWork;
struct Tiling;

// Why the array waited. Activations, Weights: a tile's operand had not arrived. PartialSums: an
// int32 tile spilled before was still on its way back. BufferFull: both halves of the output
// scratchpad were occupied. WriteBack: the last outputs were leaving after the last fold.
enum class StallCause : uint8_t { Activations, Weights, PartialSums, BufferFull, WriteBack };
inline constexpr std::array<std::string_view, 5> kStallCauseNames = {
    "activations", "weights", "partial_sums", "buffer_full", "write_back"};
using StallCycles = std::array<uint64_t, kStallCauseNames.size()>;

enum class Operand : uint8_t { Activations, Weights, PartialSums, Outputs };
inline constexpr std::array<std::string_view, 4> kOperandNames = {"activations", "weights",
                                                                  "partial_sums", "outputs"};
// PartialSums counts spills and reloads; Activations and Weights are reads, Outputs writes.
using OperandBytes = std::array<uint64_t, kOperandNames.size()>;

// Time and DRAM traffic of one layer. cycles = array_cycles + sum(stalls), exactly.
struct LayerTiming {
  uint64_t cycles = 0;
  uint64_t array_cycles = 0;
  uint64_t folds = 0;
  uint64_t tiles = 0;
  StallCycles stalls{};
  OperandBytes dram_bytes{};
  uint64_t psum_reload_bytes = 0;  // the read half of dram_bytes[PartialSums]
  // Written into the weight scratchpad: dram_bytes[Weights], or what these expand to.
  uint64_t weight_buffer_bytes = 0;

  bool operator==(const LayerTiming&) const = default;
};

// The memory contract, shared by this closed form and the cycle model
// (docs/architecture.md, "Memory"):
//  - Tiles run in loop order, batch outermost. A tile's operand is loaded unless the tile before
//    used the same one. One DMA engine serves one queue in this order, for each tile i:
//    activations(i) and weights(i), issued when tile i-1 starts (0 for the first); the write-back
//    of the output tile left at step i-2, issued when its last result is out; psum reload(i).
//  - A transfer of b bytes holds the bus ceil(b / bytes_per_cycle) cycles; a read arrives
//    latency_cycles after it leaves the bus.
//  - Compressed weights pass the decompressor. It begins with the first data of the transfer and
//    puts out decompressor.elements_per_cycle dense elements a cycle while the rest is still
//    coming; its input holds no second transfer. So the one engine is busy with the transfer for
//    the longer of both, and the next one of the queue, whatever its operand, waits for its end:
//    max(ceil(bytes / bytes_per_cycle), ceil(elements / elements_per_cycle)) cycles take the place
//    of the bus cycles above, and the tile arrives decompressor.latency_cycles later still. Only
//    the engine is held: a latency, of DRAM or decompressor, overlaps with what follows. The
//    scratchpad holds the dense tile, and `ideal` memory expands nothing.
//  - A tile starts when the array is free and its operands have arrived; an operand preloaded
//    into the PEs must arrive preload_cycles earlier. A new output tile also needs the older of
//    the two output halves to have been written back.
//
// Evaluated in time that hardly depends on the number of tiles: when an iteration of a loop starts
// from the same relative state as an earlier one, time goes on with that period, so the
// remaining periods are added by multiplication. Exact, not an approximation.
// Contract: shape not empty; the tiling fits and has no misalignment, 1 <= tile <= extent; a
// density below 1 has a decompressor.
[[nodiscard]] LayerTiming time_layer(const ArrayGeometry& geometry, const DramConfig& dram,
                                     const GemmWork& work, const Tiling& tiling);

}  // namespace olivine
