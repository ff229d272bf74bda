// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <array>

#include "models/base/error.h"
#include "models/numerics/quantize.h"

namespace olivine {
namespace {

constexpr size_t kRankBits = 7;
constexpr unsigned kKindShift = 13;

// Codes of all levels of a format, by kind (sign, victim, outlier) and rank.
using CodeTable = std::array<uint8_t, size_t{8} << kRankBits>;

constexpr size_t table_index(Level level) {
  return (static_cast<size_t>(level) >> kKindShift) << kRankBits |
         (static_cast<size_t>(level) & ((size_t{1} << kRankBits) - 1));
}

// 3-bit flint codes by rank.
constexpr std::array<uint8_t, 8> kFlintCodes = {0, 1, 2, 3, 6, 7, 5, 4};

uint8_t code_of(const Grid& grid, bool is_negative, bool is_outlier, int rank) {
  const bool is_4bit = info(grid.format).bits == 4;
  const int sign_bit = is_4bit ? 0x8 : 0x80;
  if (is_outlier || grid.is_flint) {
    const int magnitude = is_outlier ? rank : kFlintCodes[static_cast<size_t>(rank & 7)];
    return static_cast<uint8_t>(magnitude | (is_negative ? sign_bit : 0));
  }
  const int value = is_negative ? -rank : rank;
  return static_cast<uint8_t>(value & (is_4bit ? 0xF : 0xFF));
}

CodeTable make_code_table(const Grid& grid) {
  const uint8_t identifier = info(grid.format).bits == 4 ? kIdentifier4 : kIdentifier8;
  CodeTable table{};
  for (size_t i = 0; i < table.size(); ++i) {
    const size_t kind = i >> kRankBits << kKindShift;
    const int rank = static_cast<int>(i & ((size_t{1} << kRankBits) - 1));
    table[i] = (kind & kLevelVictim) != 0
                   ? identifier
                   : code_of(grid, (kind & kLevelSign) != 0, (kind & kLevelOutlier) != 0, rank);
  }
  return table;
}

// Row of `k` levels, the last of an odd OVP row beside an empty slot: a victim of an outlier there,
// else 0.
void pack_row(const Level* levels, int64_t k, int64_t columns, int bits, const CodeTable& table,
              uint8_t* codes) {
  const auto code = [&](int64_t i) { return table[table_index(levels[i])]; };
  const Level last = k % 2 != 0 ? levels[k - 1] : Level{0};
  const Level partner = (last & kLevelOutlier) != 0 ? kLevelVictim : Level{0};
  if (bits == 8) {
    for (int64_t i = 0; i < k; ++i) codes[i] = code(i);
    if (columns > k) codes[k] = table[table_index(partner)];
    return;
  }
  for (int64_t i = 0; i + 1 < k; i += 2) {
    codes[i / 2] = static_cast<uint8_t>(code(i) | code(i + 1) << 4);
  }
  if (k % 2 != 0) {
    codes[k / 2] = static_cast<uint8_t>(code(k - 1) | table[table_index(partner)] << 4);
  }
}

void check_encodable(const Quantized& quantized) {
  const Grid& grid = quantized.rules.grid;
  const std::string_view name = name_of(grid.format);
  if (grid != paper_grid(grid.format)) {
    throw ShapeError{fmt::format("{}: {} have no codes", name,
                                 grid.is_unsigned ? "unsigned grids" : "E2M5 outliers")};
  }
  const bool is_flattened = quantized.rules.pairing == EncodeRules::Pairing::Flattened;
  if (grid.has_outliers() && is_flattened && quantized.k % 2 != 0) {
    throw ShapeError{fmt::format("{}: pairs cross rows where k = {} is odd", name, quantized.k)};
  }
}

}  // namespace

PackedMatrix pack(const Quantized& quantized) {
  check_encodable(quantized);
  const Format format = quantized.rules.grid.format;
  const int64_t k = quantized.k;
  PackedMatrix result{format, Pattern::Dense, quantized.rows, k, {}, {}, quantized.scales};
  const auto stride = static_cast<int64_t>(code_bytes(format, Pattern::Dense, 1, k).count());
  result.codes.resize(static_cast<size_t>(quantized.rows * stride));
  const CodeTable table = make_code_table(quantized.rules.grid);
  for (int64_t row = 0; row < quantized.rows; ++row) {
    pack_row(quantized.levels.data() + row * k, k, stored_k(format, Pattern::Dense, k),
             info(format).bits, table, result.codes.data() + row * stride);
  }
  return result;
}

}  // namespace olivine
