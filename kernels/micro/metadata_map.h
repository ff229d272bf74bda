// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace olivine {

// Sparse instructions with s8 operands, k = 64. RS: A in registers.
enum class MetadataInstruction : uint8_t { MmaSp, WgmmaSpSs, WgmmaSpRs };
[[nodiscard]] std::string name_of(MetadataInstruction instruction);

// What a nibble of metadata governs: the places, in one row's group of four dense columns, of one
// pair of stored elements.
struct MetadataTarget {
  int row = 0;
  int group = 0;  // of dense columns
  int pair = 0;   // of stored elements: 2 pair, 2 pair + 1
  bool is_first_in_low_bits = true;

  bool operator==(const MetadataTarget&) const = default;
};

struct MetadataEntry {
  int thread = 0;  // of the warp, or of the warpgroup
  int nibble = 0;  // bits 4 nibble .. + 3
  // Missing where changing the nibble did not move exactly one pair within one group of one row.
  std::optional<MetadataTarget> seen;
  MetadataTarget expected;  // metadata_group() of models/numerics/mma_fragments.h
};

struct MetadataMap {
  MetadataInstruction instruction = MetadataInstruction::MmaSp;
  std::vector<MetadataEntry> entries;  // every nibble of every thread

  [[nodiscard]] bool is_as_expected() const;
};

// How the map is found. All nibbles are 4 (positions 0 and 1) but one, which is E (positions 2 and
// 3). Stored element j of a row of A is j / 2 + 1 for even j and j / 2 + 33 for odd j: a value
// tells its pair and its place in it. Columns of B select by position and weigh by group:
//   column       0  1  2      3      4  5  6      7
//   position     2  3  2      3      0  1  0      1
//   value        1  1  g + 1  g + 1  1  1  g + 1  g + 1
// So what the one nibble moves leaves columns 4..7 and appears in columns 0..3, in one row; the
// quotient of columns 2 and 0 is its group.
inline constexpr int kProbeColumns = 8;
inline constexpr int kProbeNibbles = 8;
inline constexpr int kProbeStoredK = 32;
inline constexpr int kProbeK = 64;
inline constexpr int kProbeRegisters = 4;  // of a thread: of A, B and the sums

[[nodiscard]] constexpr int probe_threads(MetadataInstruction instruction) {
  return instruction == MetadataInstruction::MmaSp ? 32 : 128;
}
[[nodiscard]] constexpr int probe_count(MetadataInstruction instruction) {
  return probe_threads(instruction) * kProbeNibbles;
}

[[nodiscard]] int8_t probe_a(int stored_column);
[[nodiscard]] int8_t probe_b(int k, int column);

// What the kernels take (metadata_probe.cuh).
struct MetadataProbeImages {
  std::vector<uint32_t> a_registers;  // [thread][register]
  std::vector<uint32_t> b_registers;  // [lane][register]
  std::vector<int8_t> a_rows;         // [row][stored column]
  std::vector<int8_t> b_rows;         // [column][k]
  std::vector<uint32_t> metadata;     // [probe][thread]; probe 0: all nibbles 4
};
[[nodiscard]] MetadataProbeImages make_probe_images(MetadataInstruction instruction);

// What MetadataProbeImages are on the device, and where the sums go.
struct MetadataProbeParams {
  const uint32_t* a_registers = nullptr;
  const uint32_t* b_registers = nullptr;
  const uint32_t* a_rows = nullptr;
  const uint32_t* b_rows = nullptr;
  const uint32_t* metadata = nullptr;
  int32_t* sums = nullptr;
  int probes = 0;  // with probe 0
};

// `sums`: [probe][thread][register], probe 1 + kProbeNibbles * thread + nibble.
// Contract: (1 + probe_count()) * probe_threads() * kProbeRegisters sums.
[[nodiscard]] MetadataMap read_metadata_map(MetadataInstruction instruction,
                                            std::span<const int32_t> sums);

}  // namespace olivine
