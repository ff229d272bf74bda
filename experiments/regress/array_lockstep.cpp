// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/array_lockstep.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiments/regress/combinational.h"
#include "sim/systolic/output_stationary_array.h"
#include "sim/systolic/stationary_array.h"

namespace olivine::regress {
namespace {

constexpr uint32_t kSliceBits = 9;
constexpr uint32_t kSumBits = 32;

size_t size_of(const Parameters& parameters, std::string_view name) {
  return static_cast<size_t>(parameters.find(name)->second);
}

void write_slices(const RtlSignal& port, const std::vector<Slice>& slices) {
  uint32_t low = 0;
  for (const Slice slice : slices) {
    port.set(low, kSliceBits, slice_bits(slice));
    low += kSliceBits;
  }
}

void write_fields(const RtlSignal& port, const std::vector<uint8_t>& values, uint32_t width) {
  uint32_t low = 0;
  for (const uint8_t value : values) {
    port.set(low, width, value);
    low += width;
  }
}

void set_flags(ArrayBorder& border, bool is_set) {
  std::ranges::fill(border.left_first, is_set ? 1 : 0);
  std::ranges::fill(border.left_last, is_set ? 1 : 0);
}

}  // namespace

ArrayLockstep::ArrayLockstep(BenchContext& context, std::string_view block)
    : context_(&context),
      block_(block),
      rows_(size_of(context.parameters, "Rows")),
      cols_(size_of(context.parameters, "Cols")),
      variant_{size_of(context.parameters, "OutputStationary") != 0,
               size_of(context.parameters, "Sparse") != 0},
      probe_(context.model, block, rows_, cols_, variant_),
      left_port_(&context.model.signal("left_i")),
      first_port_(&context.model.signal("left_first_i")),
      last_port_(&context.model.signal("left_last_i")),
      top_port_(&context.model.signal("top_i")),
      position_port_(&context.model.signal("top_position_i")),
      capture_port_(&context.model.signal("capture_i")),
      bottom_port_(&context.model.signal("bottom_o")),
      valid_port_(&context.model.signal("bottom_valid_o")) {}

void ArrayLockstep::write(const ArrayBorder& border) const {
  write_slices(*left_port_, border.left);
  write_fields(*first_port_, border.left_first, 1);
  write_fields(*last_port_, border.left_last, 1);
  write_slices(*top_port_, border.top);
  write_fields(*position_port_, border.top_position, 2);
  capture_port_->set(border.capture ? 1 : 0);
}

// Zeros everywhere. ws: the pass registers' are captured and swapped in; os: a fold of zeros.
void ArrayLockstep::clear_registers() {
  ArrayBorder border = make_border();
  write(border);
  context_->model.reset();
  const size_t settled = rows_ + cols_;  // whatever stood in left, top and flags is out
  for (size_t cycle = 0; cycle <= 3 * settled; ++cycle) {
    border.capture = cycle == settled;
    set_flags(border, cycle == settled + 1);
    write(border);
    context_->model.settle();
    context_->model.edge();
  }
}

std::optional<Divergence> ArrayLockstep::restart() {
  clear_registers();
  // A column that drains, a capture on its way; then flags at the border, but in reset they must
  // not get in.
  ArrayBorder border = make_border();
  border.capture = true;
  std::ranges::fill(border.left_last, 1);
  write(border);
  context_->model.settle();
  context_->model.edge();
  set_flags(border, true);
  write(border);
  context_->model.reset(1);
  if (variant_.is_output_stationary) {
    reference_ = std::make_unique<OutputStationaryArray>(rows_, cols_, variant_.is_sparse);
  } else {
    reference_ = std::make_unique<StationaryArray>(rows_, cols_, variant_.is_sparse);
  }
  drain_.assign(cols_, 0);
  auto divergence = compare_leaving();
  if (!divergence) divergence = probe_.compare(*reference_);
  if (!divergence) return std::nullopt;
  divergence->context = "after a reset";
  return located(*std::move(divergence), 1);
}

void ArrayLockstep::advance(const ArrayBorder& border) {
  reference_->step(border);
  context_->model.edge();
  if (!variant_.is_output_stationary) return;
  for (size_t c = 0; c < cols_; ++c) {
    if (drain_[c] > 0) drain_[c] = drain_[c] == rows_ ? 0 : drain_[c] + 1;
    if (reference_->pe(rows_ - 1, c).last) drain_[c] = 1;
  }
}

std::optional<Divergence> ArrayLockstep::step(const ArrayBorder& border) {
  write(border);
  context_->model.settle();
  if (auto divergence = compare_leaving()) return located(*std::move(divergence), 0);
  advance(border);
  if (auto divergence = probe_.compare(*reference_)) return located(*std::move(divergence), 1);
  context_->checks += probe_.register_count();
  if (variant_.is_output_stationary) return std::nullopt;
  const std::span<const int32_t> bottom = reference_->bottom();
  for (size_t c = 0; c < cols_; ++c) {
    if (auto divergence = compare_bottom(c, bottom[c])) return located(*std::move(divergence), 1);
  }
  return std::nullopt;
}

// Before the edge: which columns shift a result out, and what leaves.
std::optional<Divergence> ArrayLockstep::compare_leaving() const {
  for (size_t c = 0; c < cols_; ++c) {
    ++context_->checks;
    const uint64_t expected = drain_[c] > 0 ? 1 : 0;
    const uint64_t got = valid_port_->get(static_cast<uint32_t>(c), 1);
    if (got != expected) {
      Divergence divergence;
      divergence.col = static_cast<int64_t>(c);
      divergence.signal = "bottom_valid_o";
      divergence.expected = fmt::format("{}", expected);
      divergence.got = fmt::format("{}", got);
      return divergence;
    }
    if (drain_[c] == 0) continue;
    if (auto divergence = compare_bottom(c, reference_->pe(rows_ - 1, c).hold)) return divergence;
  }
  return std::nullopt;
}

std::optional<Divergence> ArrayLockstep::compare_bottom(size_t col, int32_t expected) const {
  ++context_->checks;
  const uint64_t got = bottom_port_->get(static_cast<uint32_t>(col * kSumBits), kSumBits);
  if (got == static_cast<uint32_t>(expected)) return std::nullopt;
  Divergence divergence;
  divergence.row = static_cast<int64_t>(rows_) - 1;
  divergence.col = static_cast<int64_t>(col);
  divergence.signal = "bottom_o";
  divergence.expected = describe_sum(static_cast<uint32_t>(expected));
  divergence.got = describe_sum(got);
  return divergence;
}

Divergence ArrayLockstep::located(Divergence divergence, int64_t edges) const {
  divergence.cycle = context_->model.cycle() - edges;
  divergence.block = block_;
  return divergence;
}

}  // namespace olivine::regress
