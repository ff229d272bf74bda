// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/bitmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <optional>
#include <string>

#include "models/base/error.h"
#include "models/base/gemm_shape.h"
#include "models/base/units.h"
#include "models/numerics/tensor_check.h"

namespace olivine {
namespace {

uint64_t bitmap_stride(int64_t k) { return static_cast<uint64_t>(ceil_div(k, 8)); }

uint64_t value_bytes(Format format, uint64_t count) {
  return ceil_div(count * static_cast<uint64_t>(info(format).bits), 8);
}

// Codes of one row, element by element, whatever their width.
class CodeReader {
 public:
  CodeReader(Format format, const uint8_t* codes) : bits_(info(format).bits), codes_(codes) {}

  [[nodiscard]] unsigned at(int64_t i) const {
    if (bits_ == 4) return static_cast<unsigned>(codes_[i / 2]) >> (4 * (i % 2)) & 15u;
    if (bits_ == 8) return codes_[i];
    return codes_[2 * i] | static_cast<unsigned>(codes_[2 * i + 1]) << 8;
  }

 private:
  int bits_;
  const uint8_t* codes_;
};

// Contract: the bytes written to are 0 before.
class CodeWriter {
 public:
  CodeWriter(Format format, uint8_t* codes) : bits_(info(format).bits), codes_(codes) {}

  void put(int64_t i, unsigned code) {
    if (bits_ == 4) {
      codes_[i / 2] = static_cast<uint8_t>(codes_[i / 2] | code << (4 * (i % 2)));
    } else if (bits_ == 8) {
      codes_[i] = static_cast<uint8_t>(code);
    } else {
      codes_[2 * i] = static_cast<uint8_t>(code);
      codes_[2 * i + 1] = static_cast<uint8_t>(code >> 8);
    }
  }

 private:
  int bits_;
  uint8_t* codes_;
};

bool is_bit_set(const uint8_t* bitmap, int64_t i) { return (bitmap[i / 8] >> (i % 8) & 1) != 0; }

// Sets the bits of one row and appends its values.
void compress_row(Format format, const uint8_t* codes, int64_t columns, uint8_t* bitmap,
                  std::vector<uint8_t>& values) {
  const CodeReader reader{format, codes};
  const bool is_ovp = info(format).is_ovp;
  const size_t first_byte = values.size();
  // The whole row, then what is left of it.
  values.resize(first_byte + value_bytes(format, static_cast<uint64_t>(columns)));
  CodeWriter writer{format, values.data() + first_byte};
  int64_t count = 0;
  for (int64_t i = 0; i < columns; ++i) {
    const bool is_kept = reader.at(i) != 0 || (is_ovp && reader.at(i ^ 1) != 0);
    if (!is_kept) continue;
    bitmap[i / 8] = static_cast<uint8_t>(bitmap[i / 8] | 1 << (i % 8));
    writer.put(count++, reader.at(i));
  }
  values.resize(first_byte + value_bytes(format, static_cast<uint64_t>(count)));
}

std::optional<std::string> find_size_problem(const BitmapMatrix& matrix) {
  const auto wrong = [](std::string_view what, uint64_t actual, uint64_t expected) {
    return fmt::format("{} = {}: must be {}", what, actual, expected);
  };
  if (matrix.rows < 0 || matrix.rows > kMaxExtent) {
    return fmt::format("rows = {}: must be 0..{}", matrix.rows, kMaxExtent);
  }
  if (matrix.k < 0 || matrix.k > kMaxExtent) {
    return fmt::format("k = {}: must be 0..{}", matrix.k, kMaxExtent);
  }
  const auto rows = static_cast<uint64_t>(matrix.rows);
  const uint64_t bytes = rows * bitmap_stride(matrix.k);
  if (matrix.bitmap.size() != bytes) return wrong("bitmap bytes", matrix.bitmap.size(), bytes);
  if (matrix.row_start.size() != rows + 1) {
    return wrong("row starts", matrix.row_start.size(), rows + 1);
  }
  if (matrix.row_start[0] != 0) return wrong("start of row 0", matrix.row_start[0], 0);
  if (matrix.row_start[rows] != matrix.values.size()) {
    return wrong("end of the last row", matrix.row_start[rows], matrix.values.size());
  }
  return std::nullopt;
}

// One row behind its bitmap. Contract: sizes have no problem.
class BitmapRow {
 public:
  BitmapRow(const BitmapMatrix& matrix, int64_t row)
      : matrix_(matrix),
        row_(row),
        columns_(stored_k(matrix.format, Pattern::Dense, matrix.k)),
        bitmap_(matrix.bitmap.data() + static_cast<uint64_t>(row) * bitmap_stride(matrix.k)) {
    for (int64_t i = 0; i < columns_; ++i) count_ += is_bit_set(bitmap_, i) ? 1 : 0;
  }

  [[nodiscard]] std::optional<std::string> find_problem() const {
    const int64_t bits = 8 * static_cast<int64_t>(bitmap_stride(matrix_.k));
    for (int64_t i = columns_; i < bits; ++i) {
      if (is_bit_set(bitmap_, i)) return problem(fmt::format("bit {} past k is set", i));
    }
    for (int64_t i = 0; info(matrix_.format).is_ovp && i < columns_; i += 2) {
      if (is_bit_set(bitmap_, i) == is_bit_set(bitmap_, i + 1)) continue;
      return problem(fmt::format("bits {} and {} of one pair differ", i, i + 1));
    }
    const uint64_t first = start(row_);
    const uint64_t end = start(row_ + 1);
    const uint64_t bytes = value_bytes(matrix_.format, static_cast<uint64_t>(count_));
    if (end < first || end > matrix_.values.size() || end - first != bytes) {
      return problem(fmt::format("values at {}..{}: must be {} bytes", first, end, bytes));
    }
    if (info(matrix_.format).bits == 4 && count_ % 2 != 0 && matrix_.values[end - 1] >> 4 != 0) {
      return problem("padding of the last byte is not 0");
    }
    return std::nullopt;
  }

  // Contract: find_problem() is empty; `codes` are 0.
  void expand(uint8_t* codes) const {
    const CodeReader reader{matrix_.format, matrix_.values.data() + start(row_)};
    CodeWriter writer{matrix_.format, codes};
    int64_t next = 0;
    for (int64_t i = 0; i < columns_; ++i) {
      if (is_bit_set(bitmap_, i)) writer.put(i, reader.at(next++));
    }
  }

 private:
  [[nodiscard]] uint64_t start(int64_t row) const {
    return matrix_.row_start[static_cast<size_t>(row)];
  }
  [[nodiscard]] std::string problem(const std::string& text) const {
    return fmt::format("row {}: {}", row_, text);
  }

  const BitmapMatrix& matrix_;
  int64_t row_;
  int64_t columns_;
  const uint8_t* bitmap_;
  int64_t count_ = 0;
};

[[noreturn]] void throw_problem(const std::string& problem) {
  throw ConfigError{fmt::format("bitmap matrix: {}", problem)};
}

// One element's place in the order of pruning.
struct Rank {
  double score;
  int64_t index;

  // Kept before the other one.
  bool operator<(const Rank& other) const {
    return score > other.score || (score == other.score && index < other.index);
  }
};

void prune_row(std::span<float> row, size_t kept, std::span<const float> importance,
               std::vector<Rank>& ranks) {
  ranks.clear();
  for (size_t i = 0; i < row.size(); ++i) {
    const float weight = importance.empty() ? 1.0F : importance[i];
    ranks.push_back({importance_score(row[i], weight), static_cast<int64_t>(i)});
  }
  const auto cut = ranks.begin() + static_cast<std::ptrdiff_t>(kept);
  if (cut != ranks.end()) std::nth_element(ranks.begin(), cut, ranks.end());
  for (auto at = cut; at != ranks.end(); ++at) row[static_cast<size_t>(at->index)] = 0.0F;
}

void prune_rows(std::span<float> values, int64_t rows, int64_t k, double density,
                std::span<const float> importance) {
  OLV_CHECK(density >= 0.0 && density <= 1.0, "density {}", density);
  check_shape({"pruned values", values, rows, k});
  check_finite({"pruned values", values, rows, k});
  const auto kept = static_cast<size_t>(std::llround(density * static_cast<double>(k)));
  std::vector<Rank> ranks;
  for (int64_t row = 0; row < rows; ++row) {
    prune_row(values.subspan(static_cast<size_t>(row * k), static_cast<size_t>(k)), kept,
              importance, ranks);
  }
}

}  // namespace

uint64_t BitmapMatrix::byte_count() const { return bitmap.size() + values.size(); }

BitmapMatrix compress_bitmap(const PackedMatrix& dense) {
  OLV_CHECK(dense.pattern == Pattern::Dense, "{} pattern", name_of(dense.pattern));
  BitmapMatrix result{dense.format, dense.rows, dense.k, {}, {}, {}, dense.scales};
  const auto bitmap_bytes_a_row = static_cast<int64_t>(bitmap_stride(dense.k));
  const auto code_stride =
      static_cast<int64_t>(code_bytes(dense.format, Pattern::Dense, 1, dense.k).count());
  result.bitmap.resize(static_cast<size_t>(dense.rows * bitmap_bytes_a_row));
  result.row_start.push_back(0);
  for (int64_t row = 0; row < dense.rows; ++row) {
    compress_row(dense.format, dense.codes.data() + row * code_stride,
                 stored_k(dense.format, Pattern::Dense, dense.k),
                 result.bitmap.data() + row * bitmap_bytes_a_row, result.values);
    result.row_start.push_back(result.values.size());
  }
  return result;
}

PackedMatrix decompress_bitmap(const BitmapMatrix& matrix) {
  if (const auto problem = find_size_problem(matrix)) throw_problem(*problem);
  PackedMatrix result{matrix.format, Pattern::Dense, matrix.rows, matrix.k, {}, {}, matrix.scales};
  const auto stride =
      static_cast<int64_t>(code_bytes(matrix.format, Pattern::Dense, 1, matrix.k).count());
  // At most 16 bits for each bit of the bitmap, which is there.
  result.codes.resize(static_cast<size_t>(matrix.rows * stride));
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const BitmapRow values{matrix, row};
    if (const auto problem = values.find_problem()) throw_problem(*problem);
    values.expand(result.codes.data() + row * stride);
  }
  if (const auto problem = find_problem(result)) throw_problem(*problem);
  return result;
}

uint64_t bitmap_bytes(Format format, int64_t rows, int64_t k, int64_t nonzeros) {
  OLV_CHECK(nonzeros >= 0 && nonzeros <= rows * stored_k(format, Pattern::Dense, k),
            "{} non-zeros of {} x {}", nonzeros, rows, k);
  if (rows == 0) return 0;
  // Spread over the rows as evenly as they can be.
  const auto shorter = static_cast<uint64_t>(nonzeros / rows);
  const auto longer_rows = static_cast<uint64_t>(nonzeros % rows);
  const auto shorter_rows = static_cast<uint64_t>(rows) - longer_rows;
  return static_cast<uint64_t>(rows) * bitmap_stride(k) +
         longer_rows * value_bytes(format, shorter + 1) +
         shorter_rows * value_bytes(format, shorter);
}

void prune_unstructured(std::span<float> values, int64_t rows, int64_t k, double density) {
  prune_rows(values, rows, k, density, {});
}

void prune_unstructured_weighted(std::span<float> values, int64_t rows, int64_t k, double density,
                                 std::span<const float> importance) {
  check_importance(importance, k, "pruned values");
  prune_rows(values, rows, k, density, importance);
}

}  // namespace olivine
