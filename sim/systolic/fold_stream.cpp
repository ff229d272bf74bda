// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/fold_stream.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "sim/systolic/tile_walker.h"

namespace olivine {
namespace {

constexpr int64_t kPair = 2;
constexpr int64_t kGroup = 4;  // dense elements of a 2:4 group

// Parts of equal length, as few as their greatest length `most` allows, in multiples of `unit`.
std::vector<Span> split(const Span& range, int64_t most, int64_t unit) {
  const int64_t count = ceil_div(range.length, most);
  const int64_t length = ceil_div(ceil_div(range.length, count), unit) * unit;
  std::vector<Span> parts;
  for (int64_t begin = range.begin; begin < range.end(); begin += length) {
    parts.push_back({begin, std::min(length, range.end() - begin)});
  }
  return parts;
}

class TileCutter {
 public:
  TileCutter(const ArrayGeometry& geometry, const AcceleratorLimits& limits, const TileVisit& visit)
      : geometry_(geometry), limits_(limits), visit_(visit) {}

  TileStream cut() {
    geometry_.is_output_stationary() ? cut_output_stationary() : cut_stationary();
    return std::move(stream_);
  }

 private:
  void cut_output_stationary();
  void cut_stationary();
  void cut_columns(const Span& m, const Span& n, int64_t results);
  void add(Fold fold, int64_t base, bool accumulates);
  void drain() { stream_.folds.back().command.drains = true; }

  ArrayGeometry geometry_;
  AcceleratorLimits limits_;
  const TileVisit& visit_;
  TileStream stream_;
};

// Every fold has its results at its own addresses; parts of its k meet there.
void TileCutter::cut_output_stationary() {
  // A word is a pair along k; 2:4: a group, of which a pair is kept.
  const int64_t unit = geometry_.is_sparse ? kGroup : kPair;
  const std::vector<Span> parts = split(visit_.k, unit * limits_.buffer_depth, unit);
  const Span &m = visit_.m, &n = visit_.n;
  const int64_t count = geometry_.folds(m.length, n.length, visit_.k.length);
  const auto fold_at = [&](int64_t index, const Span& k) {
    return make_fold(geometry_, visit_.batch, m, n, k, index);
  };
  for (int64_t first = 0, end = 0; first < count; first = end) {
    int64_t used = 0;
    for (; end < count; ++end) {
      const int64_t results = fold_at(end, parts.front()).m.length;
      if (used + results > limits_.output_depth) break;
      used += results;
    }
    stream_.regions.emplace_back();
    for (const Span& k : parts) {
      int64_t base = 0;
      for (int64_t i = first; i < end; ++i) {
        Fold fold = fold_at(i, k);
        const int64_t results = fold.m.length;
        add(std::move(fold), base, k != parts.front());
        base += results;
      }
    }
    drain();
  }
}

void TileCutter::cut_stationary() {
  const int64_t most = std::min(limits_.buffer_depth, limits_.output_depth);
  const bool is_is = geometry_.dataflow == Dataflow::InputStationary;
  for (const Span& streamed : split(is_is ? visit_.n : visit_.m, most, 1)) {
    cut_columns(is_is ? visit_.m : streamed, is_is ? streamed : visit_.n, streamed.length);
  }
}

// As many folds along the columns as have room for their results; folds along k meet there.
void TileCutter::cut_columns(const Span& m, const Span& n, int64_t results) {
  const int64_t col_folds = geometry_.col_folds(m.length, n.length);
  const int64_t row_folds = geometry_.row_folds(m.length, visit_.k.length);
  const int64_t room = limits_.output_depth / results;
  for (int64_t first = 0; first < col_folds; first += room) {
    const int64_t end = std::min(first + room, col_folds);
    stream_.regions.emplace_back();
    for (int64_t row = 0; row < row_folds; ++row) {
      for (int64_t col = first; col < end; ++col) {
        add(make_fold(geometry_, visit_.batch, m, n, visit_.k, row * col_folds + col),
            (col - first) * results, row != 0);
      }
    }
    drain();
  }
}

void TileCutter::add(Fold fold, int64_t base, bool accumulates) {
  StreamFold next;
  next.command.length = fold.stream;
  next.command.results = geometry_.is_output_stationary() ? fold.m.length : fold.stream;
  next.command.base = base;
  next.command.accumulates = accumulates;
  if (!stream_.folds.empty() && shares_left(geometry_, stream_.folds.back().fold, fold)) {
    stream_.folds.back().command.keeps_left = true;
    next.has_left_block = false;
  }
  StreamRegion& region = stream_.regions.back();
  ++region.folds;
  if (!accumulates) {
    region.parts.push_back({base, next.command.results, fold.batch, fold.m, fold.n});
  }
  next.fold = std::move(fold);
  stream_.folds.push_back(std::move(next));
}

}  // namespace

void StreamRegion::add_beat(const ArrayGeometry& geometry, int64_t address,
                            std::span<const int32_t> columns, OutputGrid& outputs) const {
  const auto behind = std::ranges::upper_bound(parts, address, {}, &Part::base);
  OLV_CHECK(behind != parts.begin(), "address {}", address);
  const Part& part = *(behind - 1);
  const int64_t index = address - part.base;
  OLV_CHECK(index < part.results, "address {} behind the results of the region", address);
  const bool is_is = geometry.dataflow == Dataflow::InputStationary;
  int32_t* out = outputs.at(part.batch, part.m.begin + (is_is ? 0 : index),
                            part.n.begin + (is_is ? index : 0));
  const int64_t pitch = is_is ? outputs.row_pitch() : 1;
  const int64_t elements = is_is ? part.m.length : part.n.length;
  for (int64_t i = 0; i < elements; ++i) {
    const auto value = static_cast<uint32_t>(columns[static_cast<size_t>(i * geometry.top_lanes)]);
    out[i * pitch] = static_cast<int32_t>(static_cast<uint32_t>(out[i * pitch]) + value);
  }
}

TileStream cut_tile(const ArrayGeometry& geometry, const AcceleratorLimits& limits,
                    const TileVisit& visit) {
  return TileCutter{geometry, limits, visit}.cut();
}

}  // namespace olivine
