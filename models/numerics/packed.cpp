// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/packed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/gemm_shape.h"
#include "models/numerics/ovp.h"

namespace olivine {
namespace {

// The two positions, low first, must increase.
constexpr bool is_legal_nibble(unsigned nibble) { return (nibble & 3) < (nibble >> 2); }

struct RowView {
  const PackedMatrix& matrix;
  int64_t row;
  size_t code_stride;
  size_t metadata_stride;

  [[nodiscard]] const uint8_t* codes() const {
    return matrix.codes.data() + static_cast<size_t>(row) * code_stride;
  }
  [[nodiscard]] unsigned nibble(int64_t group) const {
    const size_t at = static_cast<size_t>(row) * metadata_stride + static_cast<size_t>(group / 2);
    return (static_cast<unsigned>(matrix.metadata[at]) >> (4 * (group % 2))) & 15u;
  }
};

RowView row_view(const PackedMatrix& matrix, int64_t row) {
  return {matrix, row,
          static_cast<size_t>(code_bytes(matrix.format, matrix.pattern, 1, matrix.k).count()),
          static_cast<size_t>(metadata_bytes(matrix.pattern, 1, matrix.k).count())};
}

std::string wrong_count(std::string_view what, size_t actual, uint64_t expected) {
  return fmt::format("{} = {}: must be {}", what, actual, expected);
}

std::optional<std::string> find_size_problem(const PackedMatrix& matrix) {
  if (matrix.rows < 0 || matrix.rows > kMaxExtent) {
    return fmt::format("rows = {}: must be 0..{}", matrix.rows, kMaxExtent);
  }
  if (matrix.k < 0 || matrix.k > kMaxExtent) {
    return fmt::format("k = {}: must be 0..{}", matrix.k, kMaxExtent);
  }
  const auto codes = code_bytes(matrix.format, matrix.pattern, matrix.rows, matrix.k).count();
  if (matrix.codes.size() != codes) return wrong_count("code bytes", matrix.codes.size(), codes);
  const auto metadata = metadata_bytes(matrix.pattern, matrix.rows, matrix.k).count();
  if (matrix.metadata.size() != metadata) {
    return wrong_count("metadata bytes", matrix.metadata.size(), metadata);
  }
  const bool is_per_row = matrix.scales.size() == static_cast<size_t>(matrix.rows);
  if (matrix.scales.size() != 1 && !is_per_row) {
    return fmt::format("scales = {}: must be 1 or {}", matrix.scales.size(), matrix.rows);
  }
  for (size_t i = 0; i < matrix.scales.size(); ++i) {
    const float scale = matrix.scales[i];
    if (!std::isfinite(scale) || scale <= 0.0F) {
      return fmt::format("scale {} = {}: must be finite and above 0", i, scale);
    }
  }
  return std::nullopt;
}

std::string illegal_pair(const RowView& view, size_t byte, const std::string& code) {
  return fmt::format("row {}, byte {}: {} is no legal {} pair", view.row, byte, code,
                     name_of(view.matrix.format));
}

std::optional<std::string> find_illegal_pair(const RowView& view) {
  const Format format = view.matrix.format;
  if (!info(format).is_ovp) return std::nullopt;
  const uint8_t* codes = view.codes();
  if (info(format).bits == 4) {
    const ByteTable& table = byte_table(format);
    for (size_t i = 0; i < view.code_stride; ++i) {
      if (table[codes[i]].is_legal) [[likely]]
        continue;
      return illegal_pair(view, i, fmt::format("0x{:02X}", codes[i]));
    }
    return std::nullopt;
  }
  for (size_t i = 0; i < view.code_stride; i += 2) {
    if (is_legal_pair(format, codes[i], codes[i + 1])) [[likely]]
      continue;
    return illegal_pair(view, i, fmt::format("0x{:02X} 0x{:02X}", codes[i], codes[i + 1]));
  }
  return std::nullopt;
}

std::optional<std::string> find_illegal_nibble(const RowView& view) {
  const int64_t groups = (view.matrix.k + 3) / 4;
  for (int64_t group = 0; group < groups; ++group) {
    const unsigned nibble = view.nibble(group);
    if (is_legal_nibble(nibble)) continue;
    return fmt::format("row {}, metadata byte {}: nibble {:X} is not one of 4, 8, 9, C, D, E",
                       view.row, group / 2, nibble);
  }
  if (groups % 2 != 0 && view.nibble(groups) != 0) {
    return fmt::format("row {}, metadata byte {}: padding nibble is not 0", view.row, groups / 2);
  }
  return std::nullopt;
}

// Whether the stored element `column` is zero (for floats: all bits but the sign).
bool is_zero_element(const RowView& view, int64_t column) {
  const Format format = view.matrix.format;
  const uint8_t* codes = view.codes();
  const auto at = static_cast<size_t>(column);
  switch (format) {
    case Format::Fp16:
    case Format::Bf16:
      return codes[2 * at] == 0 && (codes[2 * at + 1] & 0x7F) == 0;
    case Format::Fp8:
      return (codes[at] & 0x7F) == 0;
    case Format::Int8:
      return codes[at] == 0;
    case Format::Ovp8:
      return value_of(decode_element(format, codes[at], codes[at ^ 1])) == 0;
    case Format::Int4:
    case Format::Ovp4:
    case Format::Ovp4f: {
      const DecodedByte pair = decode_byte(format, codes[at / 2]);
      return (at % 2 == 0 ? pair.even : pair.odd).value() == 0;
    }
  }
  OLV_CHECK(false, "format {}", static_cast<int>(format));
}

bool is_padding_zero(const RowView& view) {
  const PackedMatrix& matrix = view.matrix;
  const int64_t columns = stored_k(matrix.format, matrix.pattern, matrix.k);
  if (matrix.pattern == Pattern::TwoFour) {
    for (int64_t column = std::max<int64_t>(columns - 2, 0); column < columns; ++column) {
      const unsigned position = (view.nibble(column / 2) >> (2 * (column % 2))) & 3u;
      const int64_t dense = 4 * (column / 2) + position;
      if (dense >= matrix.k && !is_zero_element(view, column)) return false;
    }
    return true;
  }
  if (columns > matrix.k && !is_zero_element(view, matrix.k)) return false;
  const bool has_half_byte = info(matrix.format).bits == 4 && columns % 2 != 0;
  return !has_half_byte || view.codes()[view.code_stride - 1] >> 4 == 0;
}

// Elements past k exist only to fill a pair, a group or a byte; they must not count.
std::optional<std::string> find_padding_problem(const RowView& view) {
  if (is_padding_zero(view)) return std::nullopt;
  return fmt::format("row {}: padding past k is not 0", view.row);
}

void decode_row(const RowView& view, DecodedMatrix& result) {
  const Format format = view.matrix.format;
  const uint8_t* codes = view.codes();
  Slice* out = result.data.data() + view.row * result.columns * result.slices;
  if (result.slices == 1) {
    const ByteTable& table = byte_table(format);
    for (int64_t column = 0; column < result.columns; ++column) {
      const DecodedByte& pair = table[codes[column / 2]];
      out[column] = column % 2 == 0 ? pair.even : pair.odd;
    }
    return;
  }
  for (int64_t column = 0; column < result.columns; ++column) {
    const uint8_t neighbour = format == Format::Ovp8 ? codes[column ^ 1] : uint8_t{0};
    const SlicePair slices = decode_element(format, codes[column], neighbour);
    out[2 * column] = slices[0];
    out[2 * column + 1] = slices[1];
  }
}

void decode_positions(const RowView& view, DecodedMatrix& result) {
  uint8_t* out = result.position.data() + view.row * result.columns;
  for (int64_t column = 0; column < result.columns; ++column) {
    out[column] = static_cast<uint8_t>((view.nibble(column / 2) >> (2 * (column % 2))) & 3u);
  }
}

}  // namespace

int slice_count(Format format) {
  OLV_CHECK(info(format).is_integer, "{} has no slices", name_of(format));
  return info(format).bits / 4;
}

std::optional<std::string> find_problem(const PackedMatrix& matrix) {
  if (auto problem = find_size_problem(matrix)) return problem;
  if (matrix.codes.empty()) return std::nullopt;  // however many rows of nothing
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const RowView view = row_view(matrix, row);
    if (auto problem = find_illegal_pair(view)) return problem;
    if (matrix.pattern == Pattern::TwoFour) {
      if (auto problem = find_illegal_nibble(view)) return problem;
    }
    if (auto problem = find_padding_problem(view)) return problem;
  }
  return std::nullopt;
}

DecodedMatrix decode(const PackedMatrix& matrix) {
  DecodedMatrix result;
  result.rows = matrix.rows;
  result.columns = stored_k(matrix.format, matrix.pattern, matrix.k);
  result.slices = slice_count(matrix.format);
  const auto elements = static_cast<size_t>(result.rows * result.columns);
  result.data.resize(elements * static_cast<size_t>(result.slices));
  if (matrix.pattern == Pattern::TwoFour) result.position.resize(elements);
  if (elements == 0) return result;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const RowView view = row_view(matrix, row);
    decode_row(view, result);
    if (matrix.pattern == Pattern::TwoFour) decode_positions(view, result);
  }
  return result;
}

DecodedMatrix decode(const PackedMatrix& matrix, int64_t lanes) {
  DecodedMatrix sliced = decode(matrix);
  if (lanes == sliced.slices) return sliced;
  OLV_CHECK(lanes == 1 && sliced.slices == 2, "{} lanes of {} slices", lanes, sliced.slices);
  DecodedMatrix whole{sliced.rows, sliced.columns, 1, {}, std::move(sliced.position)};
  whole.data.reserve(sliced.data.size() / 2);
  for (size_t i = 0; i < sliced.data.size(); i += 2) {
    const Slice& high = sliced.data[i];
    const Slice& low = sliced.data[i + 1];
    // The high slice's exponent is 4 above the low one's, or both are 0 in a victim.
    const int integer = high.integer * (1 << (high.exponent - low.exponent)) + low.integer;
    whole.data.push_back({static_cast<int8_t>(integer), low.exponent});
  }
  return whole;
}

}  // namespace olivine
