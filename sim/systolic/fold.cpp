// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/fold.h"

#include <algorithm>

#include "models/base/error.h"
#include "models/workloads/conv.h"

namespace olivine {
namespace {

constexpr int64_t kGroup = 4;  // dense elements of a 2:4 group
constexpr int64_t kKept = 2;

int64_t stored_length(int64_t k) { return group_count(k) * kKept; }

Span clip(const Span& tile, int64_t index, int64_t span) {
  const int64_t begin = tile.begin + index * span;
  return {begin, std::min(span, tile.end() - begin)};
}

}  // namespace

Slice ActivationView::at_pixel(int64_t m, int64_t k, int64_t slice) const {
  if (k >= addressing_->gemm().k) return Slice{};
  const auto offset = addressing_->ifmap_offset(m, k, batch_);
  if (!offset) return Slice{};
  const int64_t channels = addressing_->channels();
  return data_->at(*offset / channels, *offset % channels, static_cast<int>(slice));
}

Fold make_fold(const ArrayGeometry& geometry, int64_t batch, Span m, Span n, Span k,
               int64_t index) {
  const int64_t col_folds = geometry.col_folds(m.length, n.length);
  const int64_t row = index / col_folds;
  const int64_t col = index % col_folds;
  Fold fold{batch, m, n, k, geometry.stream_cycles(m.length, n.length, k.length), nullptr, {}, {}};
  Span& row_range = geometry.is_output_stationary() ? fold.m : fold.k;
  Span& col_range = geometry.dataflow == Dataflow::InputStationary ? fold.m : fold.n;
  row_range = clip(row_range, row, geometry.row_span);
  col_range = clip(col_range, col, geometry.col_span);
  return fold;
}

bool shares_left(const ArrayGeometry& geometry, const Fold& a, const Fold& b) {
  if (a.batch != b.batch || a.k != b.k) return false;
  return geometry.dataflow == Dataflow::InputStationary ? a.n == b.n : a.m == b.m;
}

Fold FoldBuilder::build(Span m, Span n, Span k, int64_t index) {
  Fold fold = streamed(m, n, k, index);
  fill_top(fold);
  return fold;
}

Fold FoldBuilder::stationary(Span m, Span n, Span k, int64_t index) const {
  Fold fold = make_fold(geometry_, batch_, m, n, k, index);
  fill_top(fold);
  return fold;
}

Fold FoldBuilder::streamed(Span m, Span n, Span k, int64_t index) {
  Fold fold = make_fold(geometry_, batch_, m, n, k, index);
  if (shared_.left != nullptr && shares_left(geometry_, shared_, fold)) {
    fold.left = shared_.left;
    return fold;
  }
  auto left = std::make_shared<std::vector<Slice>>();
  fill_left(fold, *left);
  fold.left = std::move(left);
  shared_ = fold;
  return fold;
}

void FoldBuilder::fill_left(const Fold& fold, std::vector<Slice>& left) const {
  const bool is_os = geometry_.is_output_stationary();
  const bool left_is_weights = geometry_.dataflow == Dataflow::InputStationary;
  const int64_t lanes = geometry_.left_lanes;
  const int64_t bus = geometry_.is_sparse ? kGroup : 1;
  const int64_t stored = geometry_.is_sparse ? stored_length(fold.k.length) : fold.k.length;
  const int64_t rows = (is_os ? fold.m.length : stored) * lanes;
  left.resize(static_cast<size_t>(geometry_.rows * bus * fold.stream));
  for (int64_t line = 0; line < rows * bus; ++line) {
    const int64_t slice = line / bus % lanes;
    const int64_t element = line / bus / lanes;  // of this fold's row extent
    const int64_t lane = line % bus;
    Slice* out = left.data() + line * fold.stream;
    for (int64_t t = 0; t < fold.stream; ++t) {
      // 2:4: both kept weights of a group see the whole group of four, for as long as they need.
      const int64_t along_k = is_os ? t : element;
      const int64_t k =
          fold.k.begin + (geometry_.is_sparse ? along_k / kKept * kGroup + lane : along_k);
      out[t] = left_is_weights ? weight(fold.n.begin + t, k, slice)
                               : activations_.at(fold.m.begin + (is_os ? element : t), k, slice);
    }
  }
}

void FoldBuilder::fill_top(Fold& fold) const {
  const bool is_os = geometry_.is_output_stationary();
  const bool top_is_weights = geometry_.dataflow != Dataflow::InputStationary;
  const Span& range = top_is_weights ? fold.n : fold.m;
  const int64_t stored = geometry_.is_sparse ? stored_length(fold.k.length) : fold.k.length;
  const int64_t stored_begin = geometry_.is_sparse ? fold.k.begin / kGroup * kKept : fold.k.begin;
  // A stationary element sits in one row for each slice of the operand that will pass it.
  const int64_t repeats = is_os ? 1 : geometry_.left_lanes;
  const int64_t step_pitch = is_os ? 1 : geometry_.cols;
  const int64_t col_pitch = is_os ? fold.stream : 1;
  fold.top.assign(static_cast<size_t>((is_os ? fold.stream : geometry_.rows) * geometry_.cols),
                  Slice{});
  if (geometry_.is_sparse) fold.top_position.assign(fold.top.size(), 0);

  for (int64_t col = 0; col < range.length * geometry_.top_lanes; ++col) {
    const int64_t outer = range.begin + col / geometry_.top_lanes;
    const int64_t slice = col % geometry_.top_lanes;
    int64_t at = col * col_pitch;
    if (is_os && weights_->slices == 1 && !geometry_.is_sparse) {  // as it lies in memory
      const int64_t count = std::min(stored, weights_->columns - stored_begin);
      std::copy_n(&weights_->at(outer, stored_begin, 0), count, &fold.top[static_cast<size_t>(at)]);
      continue;
    }
    for (int64_t element = stored_begin; element < stored_begin + stored; ++element) {
      const Slice value =
          top_is_weights ? weight(outer, element, slice) : activations_.at(outer, element, slice);
      for (int64_t copy = 0; copy < repeats; ++copy, at += step_pitch) {
        fold.top[static_cast<size_t>(at)] = value;
        if (geometry_.is_sparse) {
          fold.top_position[static_cast<size_t>(at)] = position(outer, element);
        }
      }
    }
  }
}

}  // namespace olivine
