// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/compressed_weights.h"

#include <algorithm>

#include "models/analytic/tiling.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/bitmap.h"
#include "models/numerics/weight_density.h"
#include "sim/memory/memory_store.h"
#include "sim/systolic/placement.h"
#include "sim/systolic/tile_walker.h"

namespace olivine {
namespace {

constexpr Slice kPoisonSlice{-3, 2};  // legal in every format, and not what was sent
constexpr int64_t kByteBits = 8;

int64_t unit_of(Format format) { return info(format).is_ovp ? 2 : 1; }

// The elements of packed rows, each row in whole bytes.
template <class Codes>
class ElementRows {
 public:
  ElementRows(Format format, Codes codes, int64_t row_bytes)
      : bits_(info(format).bits), codes_(codes), row_bytes_(row_bytes) {}

  [[nodiscard]] uint8_t get(int64_t row, int64_t i) const {
    const auto mask = static_cast<uint8_t>((1U << static_cast<unsigned>(bits_)) - 1);
    return static_cast<uint8_t>(codes_[byte_of(row, i)] >> shift_of(i)) & mask;
  }
  void set(int64_t row, int64_t i, uint8_t code) {
    const auto mask =
        static_cast<uint8_t>(((1U << static_cast<unsigned>(bits_)) - 1) << shift_of(i));
    uint8_t& byte = codes_[byte_of(row, i)];
    byte = static_cast<uint8_t>((byte & ~mask) | (code << shift_of(i)));
  }

 private:
  [[nodiscard]] size_t byte_of(int64_t row, int64_t i) const {
    return static_cast<size_t>(row * row_bytes_ + i * bits_ / kByteBits);
  }
  [[nodiscard]] unsigned shift_of(int64_t i) const {
    return static_cast<unsigned>(i * bits_ % kByteBits);
  }

  int64_t bits_;
  Codes codes_;
  int64_t row_bytes_;
};

int64_t row_bytes(Format format, int64_t k) {
  return static_cast<int64_t>(code_bytes(format, Pattern::Dense, 1, k).count());
}

int64_t bitmap_row_bytes(int64_t k) { return ceil_div(k, kByteBits); }

// Bytes of elements, packed like a row of a matrix.
int64_t packed_bytes(Format format, int64_t elems) {
  return ceil_div(elems * info(format).bits, kByteBits);
}

}  // namespace

void thin_out(PackedMatrix& weights, int64_t tile_k, WeightDensity density, Rng& rng) {
  ElementRows<std::span<uint8_t>> elements{weights.format, weights.codes,
                                           row_bytes(weights.format, weights.k)};
  const int64_t unit = unit_of(weights.format);
  for (int64_t row = 0; row < weights.rows; ++row) {
    for (int64_t begin = 0; begin < weights.k; begin += tile_k) {
      const int64_t length = std::min(tile_k, weights.k - begin);
      int64_t left = ceil_div(length, unit);
      int64_t to_keep = kept_elems(weights.format, length, density) / unit;
      for (int64_t i = begin; left > 0; i += unit, --left) {
        const bool is_kept = rng.uniform(1, left) <= to_keep;
        bool is_zero = true;
        for (int64_t e = i; e < i + unit; ++e) {
          if (!is_kept) elements.set(row, e, 0);
          is_zero = is_zero && elements.get(row, e) == 0;
        }
        if (!is_kept) continue;
        --to_keep;
        if (is_zero) elements.set(row, i, 1);
      }
    }
  }
}

std::vector<uint8_t> compress_tile(const PackedMatrix& weights, const Span& rows, const Span& k) {
  PackedMatrix tile{weights.format, Pattern::Dense, rows.length, k.length, {}, {}, {1.0F}};
  const int64_t pitch = row_bytes(weights.format, weights.k);
  const int64_t length = row_bytes(weights.format, k.length);
  for (int64_t row = rows.begin; row < rows.end(); ++row) {
    const auto first = weights.codes.begin() + row * pitch + row_bytes(weights.format, k.begin);
    tile.codes.insert(tile.codes.end(), first, first + length);
  }
  const BitmapMatrix compressed = compress_bitmap(tile);
  std::vector<uint8_t> image = compressed.bitmap;
  image.insert(image.end(), compressed.values.begin(), compressed.values.end());
  return image;
}

PackedMatrix expand_tile(Format format, int64_t rows, int64_t k, std::span<const uint8_t> image) {
  const int64_t unit = unit_of(format);
  const int64_t bitmap_bytes = bitmap_row_bytes(k);
  PackedMatrix tile{format, Pattern::Dense, rows, k, {}, {}, {1.0F}};
  tile.codes.resize(static_cast<size_t>(rows * row_bytes(format, k)));
  ElementRows<std::span<uint8_t>> elements{format, tile.codes, row_bytes(format, k)};
  int64_t at = rows * bitmap_bytes;  // in the image: the values of the row
  const auto length = static_cast<int64_t>(image.size());
  for (int64_t row = 0; row < rows && at <= length; ++row) {
    const ElementRows<std::span<const uint8_t>> values{format,
                                                       image.subspan(static_cast<size_t>(at)), 0};
    int64_t taken = 0;
    for (int64_t i = 0; i < k; i += unit) {
      const uint8_t bits = image[static_cast<size_t>(row * bitmap_bytes + i / kByteBits)];
      if ((bits >> static_cast<unsigned>(i % kByteBits) & 1) == 0) continue;
      OLV_CHECK(at + packed_bytes(format, taken + unit) <= length, "row {} of {} runs over {} B",
                row, rows, length);
      for (int64_t e = 0; e < unit; ++e) elements.set(row, i + e, values.get(0, taken++));
    }
    at += packed_bytes(format, taken);
  }
  OLV_CHECK(at == length, "{} B of a compressed tile whose bitmap says {}", length, at);
  return tile;
}

CompressedWeights::CompressedWeights(const GemmWork& work, const Tiling& tiling,
                                     const std::vector<PackedMatrix>& weights, int64_t lanes,
                                     MemoryStore& memory, std::vector<DecodedMatrix>& scratchpad)
    : format_(work.scheme.weights), lanes_(lanes), scratchpad_(&scratchpad) {
  const OperandLayout layout{work, tiling};
  const auto cut = [](int64_t begin, int64_t tile, int64_t extent) {
    return Span{begin, std::min(tile, extent - begin)};
  };
  for (int64_t batch = 0; batch < work.shape.batch; ++batch) {
    const PackedMatrix& matrix = weights[static_cast<size_t>(batch)];
    for (int64_t n = 0; n < work.shape.n; n += tiling.at(Dim::N)) {
      for (int64_t k = 0; k < work.shape.k; k += tiling.at(Dim::K)) {
        TileVisit visit;
        visit.batch = batch;
        visit.n = cut(n, tiling.at(Dim::N), work.shape.n);
        visit.k = cut(k, tiling.at(Dim::K), work.shape.k);
        memory.write(layout.address(Operand::Weights, visit),
                     compress_tile(matrix, visit.n, visit.k));
      }
    }
  }
  for (DecodedMatrix& matrix : scratchpad) std::ranges::fill(matrix.data, kPoisonSlice);
}

CompressedWeights::~CompressedWeights() = default;

void CompressedWeights::arrive(Operand operand, const TileVisit& visit,
                               const std::vector<uint8_t>& bytes) {
  if (operand != Operand::Weights) return;
  const DecodedMatrix tile =
      decode(expand_tile(format_, visit.n.length, visit.k.length, bytes), lanes_);
  DecodedMatrix& matrix = (*scratchpad_)[static_cast<size_t>(visit.batch)];
  const auto count = static_cast<size_t>(tile.columns * tile.slices);
  for (int64_t row = 0; row < tile.rows; ++row) {
    const auto to = static_cast<size_t>(((visit.n.begin + row) * matrix.columns + visit.k.begin) *
                                        matrix.slices);
    std::copy_n(tile.data.data() + static_cast<size_t>(row) * count, count,
                matrix.data.data() + to);
  }
}

bool StoredPort::send(const MemoryRequest& request, int64_t now) {
  if (!port_->send(request, now)) return false;
  if (request.access == Access::Read && request.data != nullptr) {
    memory_->read(request.address, {request.data, static_cast<size_t>(request.bytes)});
  }
  return true;
}

}  // namespace olivine
