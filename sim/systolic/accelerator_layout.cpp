// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/accelerator_layout.h"

namespace olivine {
namespace {

constexpr int64_t kGroup = 4;
constexpr int64_t kKept = 2;

// One word: the pair of one element that takes both lines, or one pair for each line.
template <class Pair>
uint32_t word_of(bool is_wide, int64_t lines, const Pair& pair) {
  if (is_wide) return pair(lines);
  return pair(2 * lines) | pair(2 * lines + 1) << 8;
}

}  // namespace

AcceleratorLayout::Side::Side(const PackedMatrix& packed)
    : matrix(&packed),
      is_8bit(info(packed.format).bits == 8),
      code_stride(
          static_cast<int64_t>(code_bytes(packed.format, packed.pattern, 1, packed.k).count())),
      metadata_stride(static_cast<int64_t>(metadata_bytes(packed.pattern, 1, packed.k).count())) {}

uint32_t AcceleratorLayout::Side::pair_code(int64_t row, int64_t pair) const {
  const int64_t bytes = is_8bit ? 2 : 1;
  uint32_t code = 0;
  for (int64_t i = 0; i < bytes; ++i) {
    const int64_t at = pair * bytes + i;
    if (at >= code_stride) break;
    const auto index = static_cast<size_t>(row * code_stride + at);
    code |= static_cast<uint32_t>(matrix->codes[index]) << (8 * i);
  }
  return code;
}

AcceleratorLayout::AcceleratorLayout(const ArrayGeometry& geometry, const PackedMatrix& activations,
                                     const PackedMatrix& weights)
    : geometry_(geometry),
      left_(geometry.dataflow == Dataflow::InputStationary ? weights : activations),
      top_(geometry.dataflow == Dataflow::InputStationary ? activations : weights) {}

const Span& AcceleratorLayout::top_range(const Fold& fold) const {
  return geometry_.dataflow == Dataflow::InputStationary ? fold.m : fold.n;
}

int64_t AcceleratorLayout::elements_along_k(const Fold& fold) const {
  return geometry_.is_sparse ? group_count(fold.k.length) * kKept : fold.k.length;
}

OperandBlock AcceleratorLayout::left(const Fold& fold) const {
  const bool is_os = geometry_.is_output_stationary();
  OperandBlock block;
  block.beat_words = static_cast<size_t>(ceil_div(geometry_.rows, int64_t{2}));
  block.is_odd = !geometry_.is_sparse && fold.k.begin % 2 != 0;
  const int64_t steps = fold.stream + (is_os && block.is_odd ? 1 : 0);
  const int64_t beats = is_os ? ceil_div(steps, kKept) : fold.stream;
  for (int64_t address = 0; address < beats; ++address) {
    for (int64_t lines = 0; lines < ceil_div(geometry_.rows, int64_t{2}); ++lines) {
      uint32_t word = 0;
      for (int64_t half = 0; half < (geometry_.is_sparse ? 2 : 1); ++half) {
        const auto pair = [&](int64_t element) { return left_pair(fold, element, address, half); };
        word |= word_of(left_.is_8bit, lines, pair) << (16 * half);
      }
      block.words.push_back(word);
    }
  }
  return block;
}

uint32_t AcceleratorLayout::left_pair(const Fold& fold, int64_t element, int64_t address,
                                      int64_t half) const {
  const bool is_is = geometry_.dataflow == Dataflow::InputStationary;
  if (geometry_.is_output_stationary()) {
    if (element >= fold.m.length) return 0;
    const int64_t pair = geometry_.is_sparse ? (fold.k.begin / kGroup + address) * 2 + half
                                             : fold.k.begin / 2 + address;
    return left_.pair_code(fold.m.begin + element, pair);
  }
  if (element >= elements_along_k(fold)) return 0;
  const int64_t pair = geometry_.is_sparse ? (fold.k.begin / kGroup + element / kKept) * 2 + half
                                           : (fold.k.begin + element) / 2;
  return left_.pair_code((is_is ? fold.n.begin : fold.m.begin) + address, pair);
}

OperandBlock AcceleratorLayout::top(const Fold& fold) const {
  OperandBlock block;
  block.beat_words = static_cast<size_t>(ceil_div(geometry_.cols, int64_t{2}));
  block.is_odd = !geometry_.is_sparse && fold.k.begin % 2 != 0;
  // ws: every row gets something.
  const int64_t steps = geometry_.is_output_stationary()
                            ? fold.stream
                            : (geometry_.rows - 1) / geometry_.left_lanes + 1;
  const int64_t beats = ceil_div(steps + (block.is_odd ? 1 : 0), kKept);
  const bool is_wide = top_.is_8bit;
  for (int64_t address = 0; address < beats; ++address) {
    for (int64_t lines = 0; lines < ceil_div(geometry_.cols, int64_t{2}); ++lines) {
      const auto pair = [&](int64_t element) { return top_pair(fold, element, address); };
      uint32_t word = word_of(is_wide, lines, pair);
      if (geometry_.is_sparse) {
        const int64_t element = is_wide ? lines : 2 * lines;
        word |= top_nibble(fold, element, address) << 16;
        if (!is_wide) word |= top_nibble(fold, element + 1, address) << 20;
      }
      block.words.push_back(word);
    }
  }
  return block;
}

uint32_t AcceleratorLayout::top_pair(const Fold& fold, int64_t element, int64_t address) const {
  const Span& range = top_range(fold);
  const int64_t first = 2 * address - (!geometry_.is_sparse && fold.k.begin % 2 != 0 ? 1 : 0);
  if (element >= range.length || first >= elements_along_k(fold)) return 0;
  const int64_t begin = geometry_.is_sparse ? fold.k.begin / kGroup : fold.k.begin / 2;
  return top_.pair_code(range.begin + element, begin + address);
}

uint32_t AcceleratorLayout::top_nibble(const Fold& fold, int64_t element, int64_t address) const {
  const Span& range = top_range(fold);
  if (element >= range.length || 2 * address >= elements_along_k(fold)) return 0;
  const int64_t group = fold.k.begin / kGroup + address;
  const int64_t at = (range.begin + element) * top_.metadata_stride + group / 2;
  return static_cast<uint32_t>(top_.matrix->metadata[static_cast<size_t>(at)] >>
                               (4 * (group % 2))) &
         15u;
}

}  // namespace olivine
