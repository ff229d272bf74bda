// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/job_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/analytic/layer_timing.h"
#include "models/base/error.h"
#include "models/numerics/requantize.h"
#include "sim/memory/memory_store.h"
#include "sim/platform/job.h"
#include "sim/platform/layer_values.h"
#include "sim/systolic/fold.h"
#include "sim/systolic/layer_operands.h"
#include "sim/systolic/placement.h"
#include "sim/systolic/tile_walker.h"

namespace olivine {
namespace {

constexpr uint8_t kPoison = 0x5A;
constexpr Slice kPoisonSlice{-3, 2};  // legal in every format, and not what was sent
constexpr int32_t kPoisonSum = 0x5A5A5A5A;

// Where the elements from `k` on begin in a packed row, and the length of a row.
struct RowBytes {
  size_t codes = 0;
  size_t metadata = 0;
};

RowBytes row_bytes(Format format, Pattern pattern, int64_t k) {
  return {code_bytes(format, pattern, 1, k).count(), metadata_bytes(pattern, 1, k).count()};
}

// Rows `rows` and columns `k` of a packed matrix.
PackedMatrix cut(const PackedMatrix& matrix, const Span& rows, const Span& k) {
  const RowBytes pitch = row_bytes(matrix.format, matrix.pattern, matrix.k);
  const RowBytes from = row_bytes(matrix.format, matrix.pattern, k.begin);
  const RowBytes length = row_bytes(matrix.format, matrix.pattern, k.length);
  PackedMatrix tile{matrix.format, matrix.pattern, rows.length, k.length, {}, {}, {1.0F}};
  const auto append = [](std::vector<uint8_t>& to, const std::vector<uint8_t>& source,
                         size_t offset, size_t count) {
    const auto begin = source.begin() + static_cast<int64_t>(offset);
    to.insert(to.end(), begin, begin + static_cast<int64_t>(count));
  };
  for (auto row = static_cast<size_t>(rows.begin); row < static_cast<size_t>(rows.end()); ++row) {
    append(tile.codes, matrix.codes, row * pitch.codes + from.codes, length.codes);
    append(tile.metadata, matrix.metadata, row * pitch.metadata + from.metadata, length.metadata);
  }
  return tile;
}

// The inverse: a tile to its place.
void paste(PackedMatrix& matrix, const PackedMatrix& tile, const Span& rows, const Span& k) {
  const RowBytes pitch = row_bytes(matrix.format, matrix.pattern, matrix.k);
  const RowBytes to = row_bytes(matrix.format, matrix.pattern, k.begin);
  const RowBytes length = row_bytes(matrix.format, matrix.pattern, k.length);
  for (size_t i = 0; i < static_cast<size_t>(rows.length); ++i) {
    const size_t row = static_cast<size_t>(rows.begin) + i;
    std::copy_n(tile.codes.data() + i * length.codes, length.codes,
                matrix.codes.data() + row * pitch.codes + to.codes);
    std::copy_n(tile.metadata.data() + i * length.metadata, length.metadata,
                matrix.metadata.data() + row * pitch.metadata + to.metadata);
  }
}

// A decoded tile whose first row is `row` and whose first stored column is `column`.
void paste(DecodedMatrix& matrix, const DecodedMatrix& tile, int64_t row, int64_t column) {
  const auto count = static_cast<size_t>(tile.columns);
  const auto slices = static_cast<size_t>(tile.slices);
  for (int64_t i = 0; i < tile.rows; ++i) {
    const auto to = static_cast<size_t>((row + i) * matrix.columns + column);
    const size_t from = static_cast<size_t>(i) * count;
    std::copy_n(tile.data.data() + from * slices, count * slices, matrix.data.data() + to * slices);
    if (tile.position.empty()) continue;
    std::copy_n(tile.position.data() + from, count, matrix.position.data() + to);
  }
}

// Calls visit(TileVisit) for every tile of a grid; extents that the operand lacks stay empty.
template <class Visit>
void for_each_tile(int64_t batches, int64_t row_extent, int64_t row_tile, int64_t col_extent,
                   int64_t col_tile, Visit visit) {
  for (int64_t batch = 0; batch < batches; ++batch) {
    for (int64_t row = 0; row < row_extent; row += row_tile) {
      for (int64_t col = 0; col < col_extent; col += col_tile) {
        visit(batch, Span{row, std::min(row_tile, row_extent - row)},
              Span{col, std::min(col_tile, col_extent - col)});
      }
    }
  }
}

}  // namespace

// One packed operand: the whole layer's, and what of it has arrived.
struct JobValues::Side {
  Format format;
  Pattern pattern;
  int64_t lanes;
  Span rows;  // of the layer's matrices that belong to the slice
  const std::vector<PackedMatrix>* source;
  std::vector<PackedMatrix>* packed;
  std::vector<DecodedMatrix>* decoded;
};

JobValues::JobValues(const Job& job, const LayerValues& layer, int64_t activation_lanes,
                     int64_t weight_lanes)
    : job_(&job),
      layer_(&layer),
      layout_(std::make_unique<OperandLayout>(job.plan.work, job.plan.tiling, job.placement)),
      activation_lanes_(activation_lanes),
      weight_lanes_(weight_lanes),
      decoded_(std::make_unique<LayerOperands>()) {
  OLV_CHECK(!job.plan.work.conv, "{}: values of a convolution", job.name);
  make_scratchpad(side_of(Operand::Activations));
  make_scratchpad(side_of(Operand::Weights));
}

JobValues::~JobValues() = default;

const PackedMatrix& JobValues::activations(int64_t batch) const {
  return activations_[static_cast<size_t>(batch)];
}

const PackedMatrix& JobValues::weights(int64_t batch) const {
  return weights_[static_cast<size_t>(batch)];
}

JobValues::Side JobValues::side_of(Operand operand) {
  const Scheme& scheme = job_->plan.work.scheme;
  if (operand == Operand::Activations) {
    return {scheme.activations,   Pattern::Dense, activation_lanes_,     job_->slice.m,
            &layer_->activations, &activations_,  &decoded_->activations};
  }
  return {scheme.weights, scheme.weight_pattern, weight_lanes_, job_->slice.n, &layer_->weights,
          &weights_,      &decoded_->weights};
}

// Everything in it is poison until a tile arrives.
void JobValues::make_scratchpad(const Side& side) const {
  const GemmShape& shape = job_->plan.work.shape;
  const int64_t columns = stored_k(side.format, side.pattern, shape.k);
  const auto rows = static_cast<size_t>(side.rows.length);
  const RowBytes pitch = row_bytes(side.format, side.pattern, shape.k);
  PackedMatrix packed{side.format, side.pattern, side.rows.length, shape.k, {}, {}, {1.0F}};
  packed.codes.assign(rows * pitch.codes, kPoison);
  packed.metadata.assign(rows * pitch.metadata, kPoison);
  DecodedMatrix decoded{side.rows.length, columns, static_cast<int>(side.lanes), {}, {}};
  const size_t elements = rows * static_cast<size_t>(columns);
  decoded.data.assign(elements * static_cast<size_t>(side.lanes), kPoisonSlice);
  if (side.pattern == Pattern::TwoFour) decoded.position.assign(elements, 0);
  side.packed->assign(static_cast<size_t>(shape.batch), packed);
  side.decoded->assign(static_cast<size_t>(shape.batch), decoded);
}

void JobValues::store_operands(MemoryStore& memory) const {
  store_side(Operand::Activations, memory);
  store_side(Operand::Weights, memory);
}

void JobValues::store_side(Operand operand, MemoryStore& memory) const {
  const bool is_activations = operand == Operand::Activations;
  const GemmShape& shape = job_->plan.work.shape;
  const Tiling& tiling = job_->plan.tiling;
  const Span& slice = is_activations ? job_->slice.m : job_->slice.n;
  const auto& source = is_activations ? layer_->activations : layer_->weights;
  const int64_t row_tile = tiling.at(is_activations ? Dim::M : Dim::N);
  const auto store = [&](int64_t batch, const Span& rows, const Span& k) {
    TileVisit visit;
    visit.batch = batch;
    (is_activations ? visit.m : visit.n) = rows;
    visit.k = k;
    const PackedMatrix tile = cut(source[static_cast<size_t>(job_->slice.batch.begin + batch)],
                                  {slice.begin + rows.begin, rows.length}, k);
    const uint64_t address = layout_->address(operand, visit);
    memory.write(address, tile.codes);
    memory.write(address + tile.codes.size(), tile.metadata);
  };
  for_each_tile(shape.batch, slice.length, row_tile, shape.k, tiling.at(Dim::K), store);
}

void JobValues::arrive(Operand operand, const TileVisit& visit, const std::vector<uint8_t>& bytes) {
  if (operand == Operand::PartialSums) {
    for (int64_t i = 0; i < visit.m.length; ++i) {
      std::memcpy(grid_->at(visit.batch, visit.m.begin + i, visit.n.begin),
                  bytes.data() + static_cast<size_t>(i * visit.n.length) * sizeof(int32_t),
                  static_cast<size_t>(visit.n.length) * sizeof(int32_t));
    }
    return;
  }
  const Side side = side_of(operand);
  const Span& rows = operand == Operand::Activations ? visit.m : visit.n;
  PackedMatrix tile{side.format, side.pattern, rows.length, visit.k.length, {}, {}, {1.0F}};
  const auto codes = static_cast<int64_t>(
      code_bytes(side.format, side.pattern, rows.length, visit.k.length).count());
  tile.codes.assign(bytes.begin(), bytes.begin() + codes);
  tile.metadata.assign(bytes.begin() + codes, bytes.end());
  if (const auto problem = find_problem(tile)) {
    throw CheckFailed{fmt::format("{}: {} of batch {}, rows from {}, k from {} arrived damaged: {}",
                                  job_->name, kOperandNames[static_cast<size_t>(operand)],
                                  visit.batch, rows.begin, visit.k.begin, *problem)};
  }
  const auto batch = static_cast<size_t>(visit.batch);
  paste((*side.packed)[batch], tile, rows, visit.k);
  paste((*side.decoded)[batch], decode(tile, side.lanes), rows.begin,
        stored_k(side.format, side.pattern, visit.k.begin));
}

void JobValues::leave(Operand operand, const TileVisit& visit, std::vector<uint8_t>& bytes) {
  const size_t row_length = static_cast<size_t>(visit.n.length);
  std::vector<int32_t> sums;
  for (int64_t i = 0; i < visit.m.length; ++i) {
    int32_t* row = grid_->at(visit.batch, visit.m.begin + i, visit.n.begin);
    sums.insert(sums.end(), row, row + row_length);
    // They have to come back from memory.
    if (operand == Operand::PartialSums) std::fill_n(row, row_length, kPoisonSum);
  }
  if (operand == Operand::Outputs) {
    bytes = requantized(sums, visit.m.length, visit.n.length);
    return;
  }
  OLV_CHECK(bytes.size() == sums.size() * sizeof(int32_t), "{} bytes", bytes.size());
  std::memcpy(bytes.data(), sums.data(), bytes.size());
}

// The activations of a next layer. The scale keeps about three sigma of random sums in range.
std::vector<uint8_t> JobValues::requantized(const std::vector<int32_t>& sums, int64_t m,
                                            int64_t n) const {
  const auto k = static_cast<float>(job_->plan.work.shape.k);
  const float scale = 1.0F;
  RequantizeArgs args{sums, m, n, 1.0F, {&scale, 1}, 4.0F * std::sqrt(k)};
  return requantize(args, job_->plan.work.scheme.activations).codes;
}

void JobValues::take_outputs(std::span<const int32_t> outputs) {
  outputs_.assign(outputs.begin(), outputs.end());
}

void JobValues::check(const MemoryStore& memory) const {
  check_sums();
  check_stored(memory);
}

// Those of the layer's outputs that a tile of the slice covers.
std::vector<int32_t> JobValues::expected_tile(const TileVisit& visit) const {
  const LayerSlice& slice = job_->slice;
  const GemmShape& whole = layer_->shape;
  std::vector<int32_t> sums;
  for (int64_t i = 0; i < visit.m.length; ++i) {
    const int64_t row =
        (slice.batch.begin + visit.batch) * whole.m + slice.m.begin + visit.m.begin + i;
    const auto begin = layer_->expected.begin() + row * whole.n + slice.n.begin + visit.n.begin;
    sums.insert(sums.end(), begin, begin + visit.n.length);
  }
  return sums;
}

void JobValues::check_sums() const {
  const GemmShape& shape = job_->plan.work.shape;
  TileVisit all;
  all.m = {0, shape.m};
  all.n = {0, shape.n};
  OLV_CHECK(std::cmp_equal(outputs_.size(), shape.batch * shape.m * shape.n), "{} outputs",
            outputs_.size());
  size_t next = 0;
  for (; all.batch < shape.batch; ++all.batch) {
    for (const int32_t expected : expected_tile(all)) {
      const auto at = static_cast<int64_t>(next++);
      if (outputs_[static_cast<size_t>(at)] == expected) continue;
      throw CheckFailed{fmt::format("{}: output differs: batch {} m {} n {}: expected {}, got {}",
                                    job_->name, all.batch, at / shape.n % shape.m, at % shape.n,
                                    expected, outputs_[static_cast<size_t>(at)])};
    }
  }
}

void JobValues::check_stored(const MemoryStore& memory) const {
  const GemmShape& shape = job_->plan.work.shape;
  const Tiling& tiling = job_->plan.tiling;
  const auto check_tile = [&](int64_t batch, const Span& m, const Span& n) {
    TileVisit visit;
    visit.batch = batch;
    visit.m = m;
    visit.n = n;
    const std::vector<uint8_t> expected = requantized(expected_tile(visit), m.length, n.length);
    const uint64_t address = layout_->address(Operand::Outputs, visit);
    std::vector<uint8_t> stored(expected.size());
    memory.read(address, stored);
    const auto [want, got] = std::mismatch(expected.begin(), expected.end(), stored.begin());
    if (want == expected.end()) return;
    throw CheckFailed{fmt::format(
        "{}: outputs of batch {} m from {} n from {} in memory differ at {:#x}: expected {:#04x}, "
        "got {:#04x}",
        job_->name, batch, m.begin, n.begin,
        address + static_cast<uint64_t>(want - expected.begin()), *want, *got)};
  };
  for_each_tile(shape.batch, shape.m, tiling.at(Dim::M), shape.n, tiling.at(Dim::N), check_tile);
}

}  // namespace olivine
