// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/metadata_map.h"

#include <algorithm>
#include <array>

#include "models/base/error.h"
#include "models/numerics/mma_fragments.h"

namespace olivine {
namespace {

constexpr MmaKind kKind = MmaKind::Sparse8;
constexpr uint32_t kAllLow = 0x44444444;         // positions 0 and 1 everywhere
constexpr uint32_t kLowToHigh = 0x4 ^ 0xE;       // 0 and 1 to 2 and 3
constexpr int kPairs = kProbeStoredK / 2;        // of a row, one a group
constexpr int kSecondValue = kProbeStoredK + 1;  // of odd stored elements, plus their pair

constexpr size_t index(int value) { return static_cast<size_t>(value); }

using ColumnSums = std::array<int32_t, kProbeColumns>;

int rows_of(MetadataInstruction instruction) {
  return probe_threads(instruction) / kMmaThreads * kMmaM;
}

// One probe's sums, by row and column.
std::vector<ColumnSums> by_row(MetadataInstruction instruction, std::span<const int32_t> sums) {
  std::vector<ColumnSums> rows(static_cast<size_t>(rows_of(instruction)));
  for (int thread = 0; thread < probe_threads(instruction); ++thread) {
    for (int reg = 0; reg < kProbeRegisters; ++reg) {
      const MmaElement place = c_element(thread % kMmaThreads, reg);
      const int row = thread / kMmaThreads * kMmaM + place.row;
      rows[static_cast<size_t>(row)][static_cast<size_t>(place.column)] =
          sums[index(thread * kProbeRegisters + reg)];
    }
  }
  return rows;
}

// What moved within one row, if it is one pair within one group: `change` is the row's sums less
// those of probe 0.
std::optional<MetadataTarget> read_change(int row, const ColumnSums& change) {
  const int32_t first = change[0];  // the stored element that is at position 2 now
  const int32_t second = change[1];
  if (first <= 0 || second <= 0 || change[2] % first != 0) return std::nullopt;
  MetadataTarget target;
  target.row = row;
  target.group = change[2] / first - 1;
  target.is_first_in_low_bits = first < second;
  target.pair = std::min(first, second) - 1;
  const int32_t weight = target.group + 1;
  const ColumnSums expected = {first,  second,  first * weight,  second * weight,
                               -first, -second, -first * weight, -second * weight};
  const bool is_pair =
      target.pair < kPairs && std::max(first, second) == kSecondValue + target.pair;
  const bool is_group = target.group >= 0 && target.group < kPairs;
  if (!is_pair || !is_group || change != expected) return std::nullopt;
  return target;
}

std::optional<MetadataTarget> read_target(const std::vector<ColumnSums>& before,
                                          const std::vector<ColumnSums>& after) {
  std::optional<MetadataTarget> target;
  int moved_rows = 0;
  for (size_t row = 0; row < before.size(); ++row) {
    if (before[row] == after[row]) continue;
    ColumnSums change{};
    for (size_t i = 0; i < change.size(); ++i) change[i] = after[row][i] - before[row][i];
    target = read_change(static_cast<int>(row), change);
    ++moved_rows;
  }
  return moved_rows == 1 ? target : std::nullopt;
}

MetadataTarget expected_target(int thread, int nibble) {
  const MmaElement place = metadata_group(thread % kMmaThreads, 0, nibble);
  return {thread / kMmaThreads * kMmaM + place.row, place.column, place.column, true};
}

uint32_t byte_of(int8_t value, int i) {
  return static_cast<uint32_t>(static_cast<uint8_t>(value)) << (8 * i);
}

// Four registers a thread of elements that `value` gives for register and byte.
template <class Value>
std::vector<uint32_t> pack_registers(int threads, const Value& value) {
  std::vector<uint32_t> registers;
  registers.reserve(index(threads * kProbeRegisters));
  for (int thread = 0; thread < threads; ++thread) {
    for (int reg = 0; reg < kProbeRegisters; ++reg) {
      uint32_t word = 0;
      for (int i = 0; i < register_elements(kKind); ++i) word |= byte_of(value(thread, reg, i), i);
      registers.push_back(word);
    }
  }
  return registers;
}

}  // namespace

std::string name_of(MetadataInstruction instruction) {
  switch (instruction) {
    case MetadataInstruction::MmaSp:
      return "mma.sp.m16n8k64.s8";
    case MetadataInstruction::WgmmaSpSs:
      return "wgmma.sp.m64n8k64.s8.ss";
    case MetadataInstruction::WgmmaSpRs:
      return "wgmma.sp.m64n8k64.s8.rs";
  }
  OLV_CHECK(false, "metadata instruction {}", static_cast<int>(instruction));
}

bool MetadataMap::is_as_expected() const {
  return std::all_of(entries.begin(), entries.end(),
                     [](const MetadataEntry& entry) { return entry.seen == entry.expected; });
}

int8_t probe_a(int stored_column) {
  const int pair = stored_column / 2;
  return static_cast<int8_t>(stored_column % 2 == 0 ? 1 + pair : kSecondValue + pair);
}

int8_t probe_b(int k, int column) {
  constexpr std::array<int, kProbeColumns> kPositions = {2, 3, 2, 3, 0, 1, 0, 1};
  const bool is_weighed = column % 4 >= 2;
  if (k % 4 != kPositions[static_cast<size_t>(column)]) return 0;
  return static_cast<int8_t>(is_weighed ? k / 4 + 1 : 1);
}

MetadataProbeImages make_probe_images(MetadataInstruction instruction) {
  const int threads = probe_threads(instruction);
  MetadataProbeImages images;
  images.a_registers = pack_registers(threads, [](int thread, int reg, int i) {
    return probe_a(a_element(kKind, thread % kMmaThreads, reg, i).column);
  });
  images.b_registers = pack_registers(kMmaThreads, [](int thread, int reg, int i) {
    const MmaElement place = b_element(kKind, thread, reg, i);
    return probe_b(place.row, place.column);
  });
  for (int row = 0; row < rows_of(instruction); ++row) {
    for (int j = 0; j < kProbeStoredK; ++j) images.a_rows.push_back(probe_a(j));
  }
  for (int column = 0; column < kProbeColumns; ++column) {
    for (int k = 0; k < kProbeK; ++k) images.b_rows.push_back(probe_b(k, column));
  }
  const auto words = index((1 + probe_count(instruction)) * threads);
  images.metadata.assign(words, kAllLow);
  for (int probe = 0; probe < probe_count(instruction); ++probe) {
    const int thread = probe / kProbeNibbles;
    const int nibble = probe % kProbeNibbles;
    images.metadata[index((1 + probe) * threads + thread)] ^= kLowToHigh << (4 * nibble);
  }
  return images;
}

MetadataMap read_metadata_map(MetadataInstruction instruction, std::span<const int32_t> sums) {
  const auto stride = index(probe_threads(instruction) * kProbeRegisters);
  OLV_CHECK(sums.size() == (1 + static_cast<size_t>(probe_count(instruction))) * stride,
            "{} sums of {}", sums.size(), name_of(instruction));
  const std::vector<ColumnSums> before = by_row(instruction, sums.first(stride));
  MetadataMap map{instruction, {}};
  for (int probe = 0; probe < probe_count(instruction); ++probe) {
    const auto after =
        by_row(instruction, sums.subspan((1 + static_cast<size_t>(probe)) * stride, stride));
    const int thread = probe / kProbeNibbles;
    const int nibble = probe % kProbeNibbles;
    map.entries.push_back(
        {thread, nibble, read_target(before, after), expected_target(thread, nibble)});
  }
  return map;
}

}  // namespace olivine
