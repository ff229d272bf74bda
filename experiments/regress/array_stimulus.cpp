// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/array_stimulus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "models/base/error.h"
#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"
#include "sim/systolic/array_driver.h"

namespace olivine::regress {
namespace {

constexpr int64_t kMaxCycles = 1'000'000;  // far beyond any layer of random_shape()

bool is_integer(const Scheme& scheme) {
  return info(scheme.weights).is_integer && info(scheme.activations).is_integer;
}

MachineConfig machine_of(size_t rows, size_t cols, Dataflow dataflow, Pipelining pipelining) {
  MachineConfig machine;
  machine.name = "array";
  machine.array.rows = static_cast<int64_t>(rows);
  machine.array.cols = static_cast<int64_t>(cols);
  machine.array.dataflow = dataflow;
  machine.array.pipelining = pipelining;
  return machine;
}

// 1, the span itself and its neighbours, a few spans.
int64_t random_extent(int64_t span, Rng& rng) {
  switch (rng.uniform(0, 4)) {
    case 0:
      return 1;
    case 1:
      return std::max<int64_t>(1, span + rng.uniform(-1, 1));
    default:
      return rng.uniform(1, 5 * span / 2 + 1);
  }
}

}  // namespace

Slice random_slice(Rng& rng) {
  const uint64_t bits = rng.next();
  Slice slice{static_cast<int8_t>(static_cast<int>(bits & 31) - 16),
              static_cast<uint8_t>(bits >> 5 & 15)};
  if ((bits >> 16 & 7) == 0) slice.exponent = 15;
  switch (bits >> 32 & 15) {
    case 0:
      return Slice{};
    case 1:
      slice.integer = -16;
      break;
    case 2:
      slice.integer = 15;
      break;
    default:
      break;
  }
  return slice;
}

PackedMatrix random_operand(Format format, Pattern pattern, int64_t rows, int64_t k, Rng& rng) {
  const double outliers = rng.chance(0.5) ? kOutlierPairShare : 0.4;
  PackedMatrix matrix = random_packed(format, pattern, rows, k, rng, outliers);
  if (!rng.chance(0.15)) return matrix;
  constexpr std::array<uint8_t, 7> kBytes = {0x00, 0x88, 0x77, 0x80, 0x7F, 0xF8, 0x8F};
  PackedMatrix filled = matrix;
  const auto which = static_cast<size_t>(rng.uniform(0, kBytes.size() - 1));
  std::ranges::fill(filled.codes, kBytes[which]);
  return find_problem(filled) ? matrix : filled;
}

struct LayerStimulus::State {
  State(size_t rows, size_t cols, PeVariant variant, Rng& rng);
  bool next(ArrayBorder& border);
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] bool is_product_right() const;
  static ArrayGeometry random_geometry(size_t rows, size_t cols, PeVariant variant, Rng& rng,
                                       Scheme& scheme);
  GemmShape random_shape();
  void issue();
  Fold build() { return builder.build({0, shape.m}, {0, shape.n}, {0, shape.k}, built++); }

  Rng* random;
  Scheme scheme;
  ArrayGeometry geometry;
  GemmShape shape;
  PackedMatrix activations, weights;
  DecodedMatrix decoded_activations, decoded_weights;
  OutputGrid outputs;
  ArrayDriver driver;
  FoldBuilder builder;
  double stall;  // chance a cycle that a fold that may go does not
  int64_t folds;
  int64_t built = 0, started = 0, finished = 0;
  int64_t now = 0;
};

ArrayGeometry LayerStimulus::State::random_geometry(size_t rows, size_t cols, PeVariant variant,
                                                    Rng& rng, Scheme& scheme) {
  const Dataflow dataflow = variant.is_output_stationary ? Dataflow::OutputStationary
                            : rng.chance(0.5)            ? Dataflow::WeightStationary
                                                         : Dataflow::InputStationary;
  const MachineConfig machine = machine_of(
      rows, cols, dataflow, rng.chance(0.3) ? Pipelining::Serial : Pipelining::Overlapped);
  std::vector<Scheme> legal;
  for (const Scheme& candidate : all_schemes()) {
    const bool is_sparse = candidate.weight_pattern == Pattern::TwoFour;
    if (!is_integer(candidate) || (is_sparse && !variant.is_sparse)) continue;
    if (refusal(machine, candidate)) continue;
    legal.push_back(candidate);
    if (is_sparse) legal.push_back(candidate);  // rarer in the table, and what the bus is for
  }
  OLV_CHECK(!legal.empty(), "no scheme runs on {}x{}", rows, cols);
  scheme = legal[static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(legal.size()) - 1))];
  return make_geometry(machine, scheme);
}

LayerStimulus::State::State(size_t rows, size_t cols, PeVariant variant, Rng& rng)
    : random(&rng),
      geometry(random_geometry(rows, cols, variant, rng, scheme)),
      shape(random_shape()),
      activations(random_operand(scheme.activations, Pattern::Dense, shape.m, shape.k, rng)),
      weights(random_operand(scheme.weights, scheme.weight_pattern, shape.n, shape.k, rng)),
      decoded_activations(decode(activations)),
      decoded_weights(decode(weights)),
      outputs(shape),
      driver(geometry, outputs),
      builder(geometry, ActivationView{decoded_activations}, decoded_weights, 0),
      stall(rng.chance(0.4) ? 0.0 : 0.95 * rng.unit()),
      folds(geometry.folds(shape.m, shape.n, shape.k)) {}

GemmShape LayerStimulus::State::random_shape() {
  const int64_t stream = 1 + random_extent(geometry.rows, *random) + random->uniform(-1, 0);
  const int64_t row = random_extent(geometry.row_span, *random);
  const int64_t col = random_extent(geometry.col_span, *random);
  switch (geometry.dataflow) {
    case Dataflow::WeightStationary:
      return {stream, col, row, 1};
    case Dataflow::OutputStationary:
      return {row, col, stream, 1};
    case Dataflow::InputStationary:
      return {col, stream, row, 1};
  }
  OLV_CHECK(false, "dataflow {}", static_cast<int>(geometry.dataflow));
}

// Preloads and starts what may go and does not stall, as the layer engine would.
void LayerStimulus::State::issue() {
  const bool preloads = !geometry.is_output_stationary();
  const int64_t stream = geometry.stream_cycles(shape.m, shape.n, shape.k);
  for (;;) {
    if (preloads && built < folds && driver.can_preload(now) && !random->chance(stall)) {
      driver.preload(build(), now);
    }
    const bool may_start = started < folds && driver.can_start(stream, now);
    if (!may_start || random->chance(stall)) return;
    preloads ? driver.start(now) : driver.start(build(), now);
    ++started;
  }
}

bool LayerStimulus::State::next(ArrayBorder& border) {
  if (finished == folds) return false;
  OLV_CHECK(now < kMaxCycles, "{}", describe());
  issue();
  const bool is_idle = driver.folds_in_flight() == 0 && built == started;
  finished += driver.step(now++);
  border.clear();
  if (is_idle) return true;  // the driver rests: its border is an old one
  const ArrayBorder& driven = driver.border();
  for (size_t r = 0; r < driven.left_first.size(); ++r) {
    for (size_t lane = 0; lane < driven.bus; ++lane) {  // a dense layer uses lane 0 of a 2:4 bus
      border.left[r * border.bus + lane] = driven.left[r * driven.bus + lane];
    }
  }
  border.left_first = driven.left_first;
  border.left_last = driven.left_last;
  border.top = driven.top;
  border.top_position = driven.top_position;
  border.is_top_active = true;
  border.capture = driven.capture;
  return true;
}

std::string LayerStimulus::State::describe() const {
  return fmt::format(
      "{} {}, {}, m {} n {} k {}, fold {} of {}",
      name_of(std::span<const EnumName<Dataflow>>{kDataflowNames}, geometry.dataflow),
      name_of(std::span<const EnumName<Pipelining>>{kPipeliningNames}, geometry.pipelining),
      scheme.name, shape.m, shape.n, shape.k, started, folds);
}

bool LayerStimulus::State::is_product_right() const {
  return std::ranges::equal(outputs.values(), gemm_golden(activations, weights).c);
}

LayerStimulus::LayerStimulus(size_t rows, size_t cols, PeVariant variant, Rng& rng)
    : state_(std::make_unique<State>(rows, cols, variant, rng)) {}
LayerStimulus::~LayerStimulus() = default;

bool LayerStimulus::next(ArrayBorder& border) { return state_->next(border); }
std::string LayerStimulus::describe() const { return state_->describe(); }
bool LayerStimulus::is_product_right() const { return state_->is_product_right(); }

RandomBorders::RandomBorders(size_t rows, PeVariant variant, Rng& rng)
    : rng_(&rng), variant_(variant), flag_(0.02 + 0.5 * rng.unit()), loaded_(rows) {}

void RandomBorders::next(ArrayBorder& border) {
  border.clear();
  for (Slice& slice : border.left) slice = random_slice(*rng_);
  for (Slice& slice : border.top) slice = random_slice(*rng_);
  if (variant_.is_sparse) {
    for (uint8_t& position : border.top_position) position = rng_->next() >> 62 & 3;
  }
  border.is_top_active = true;
  next_flags(border);
}

void RandomBorders::next_flags(ArrayBorder& border) {
  const size_t rows = loaded_.size();
  bool is_next_free = true;
  for (size_t r = 0; r < rows; ++r) {
    const bool is_first = rng_->chance(flag_);
    const bool is_last = rng_->chance(flag_);
    if (variant_.is_output_stationary) {
      border.left_first[r] = is_first;
      border.left_last[r] = is_last && (drain_ == 0 || drain_ > r);
      continue;
    }
    border.left_first[r] = is_first && loaded_[r];
    border.left_last[r] = is_last;  // means nothing here
    is_next_free = is_next_free && (!loaded_[r] || border.left_first[r] != 0);
  }
  if (variant_.is_output_stationary) {
    if (drain_ > 0) drain_ = drain_ == rows ? 0 : drain_ + 1;
    if (border.left_last[rows - 1] != 0) drain_ = 1;
    return;
  }
  border.capture = is_next_free && rng_->chance(0.5);
  for (size_t r = 0; r < rows; ++r) {
    loaded_[r] = border.capture || (loaded_[r] && border.left_first[r] == 0);
  }
}

}  // namespace olivine::regress
