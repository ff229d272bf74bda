// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The OVP encoder against the paper's policy of models/numerics: grid points and midpoints with
// their neighbouring floats, ties and near ties of two outliers, extremes, and random floats.
#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "models/numerics/ovp.h"
#include "models/numerics/quantize.h"

namespace olivine::regress {
namespace {

constexpr int64_t kPairsPerCase = 256;
constexpr std::array kFormats = {Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Int8,
                                 Format::Ovp8};

struct Reals {
  float even = 0.0F;
  float odd = 0.0F;
};

std::vector<float> grid_magnitudes(const Grid& grid) {
  std::vector<float> points;
  for (int32_t value = 0; value <= grid.max_normal; ++value) {
    const bool is_point = !grid.is_flint || std::ranges::count(kFlintMagnitudes, value) != 0;
    if (is_point) points.push_back(static_cast<float>(value));
  }
  for (int code = 1; code <= grid.outlier.max_code; ++code) {
    points.push_back(static_cast<float>(grid.outlier.value(code)));
  }
  return points;
}

void add_with_neighbours(float magnitude, std::vector<float>& values) {
  const auto bits = std::bit_cast<uint32_t>(magnitude);
  for (const uint32_t near : {bits == 0 ? 0 : bits - 1, bits, bits + 1}) {
    values.push_back(std::bit_cast<float>(near));
    values.push_back(std::bit_cast<float>(near | 0x80000000u));
  }
}

// Every value where the encoder decides, with the floats beside it, in both signs.
std::vector<float> directed_values(const Grid& grid) {
  using Limits = std::numeric_limits<float>;
  const std::vector<float> points = grid_magnitudes(grid);
  std::vector<float> values;
  for (size_t i = 0; i < points.size(); ++i) {
    add_with_neighbours(points[i], values);
    if (i > 0) add_with_neighbours(0.5F * (points[i - 1] + points[i]), values);
  }
  const float top = points.back();
  for (const float value : {Limits::denorm_min(), Limits::min(), 0.25F, 1.5F * top, 32768.0F,
                            65536.0F, 0x1p64F, 0x1p126F}) {
    add_with_neighbours(value, values);
  }
  values.push_back(Limits::max());
  values.push_back(-Limits::max());
  return values;
}

float random_finite(Rng& rng) {
  const auto bits = static_cast<uint32_t>(rng.next());
  const int64_t kind = rng.uniform(0, 3);
  if (kind == 0) {  // any float
    const bool is_finite = (bits & 0x7F800000u) != 0x7F800000u;
    return std::bit_cast<float>(is_finite ? bits : bits & ~0x40000000u);
  }
  if (kind == 1) return static_cast<float>(rng.normal() * 3.0);
  const auto exponent = static_cast<uint32_t>(rng.uniform(127 - 3, 127 + 16));
  return std::bit_cast<float>((bits & 0x807FFFFFu) | exponent << 23);
}

// A magnitude equal to that of `value`, or one float beside it, in any sign.
float near_tie(float value, Rng& rng) {
  const uint32_t magnitude = std::bit_cast<uint32_t>(value) & 0x7FFFFFFFu;
  const uint32_t bounded = std::clamp(magnitude, 1u, 0x7F7FFFFEu);
  const auto moved = static_cast<uint32_t>(static_cast<int64_t>(bounded) + rng.uniform(-1, 1));
  return std::bit_cast<float>(moved | (rng.chance(0.5) ? 0x80000000u : 0u));
}

class EncoderBench {
 public:
  explicit EncoderBench(BenchContext& context)
      : context_(&context),
        checker_(context, "ovp_encoder"),
        format_(&context.model.signal("format_i")),
        even_(&context.model.signal("even_i")),
        odd_(&context.model.signal("odd_i")),
        pair_(&context.model.signal("pair_o")) {}

  std::optional<Divergence> run() {
    for (const Format format : kFormats) {
      if (auto divergence = check(format, directed_pairs(format))) return divergence;
      if (auto divergence = check(format, random_pairs())) return divergence;
    }
    return std::nullopt;
  }

 private:
  // 4 bits: every directed value beside every other. 8 bits: beside a few.
  std::vector<Reals> directed_pairs(Format format) {
    const std::vector<float> values = directed_values(paper_grid(format));
    const auto last = static_cast<int64_t>(values.size()) - 1;
    std::vector<Reals> pairs;
    for (const float even : values) {
      pairs.push_back({even, -even});
      pairs.push_back({even, near_tie(even, context_->rng)});
      for (int64_t i = 0; i <= last && info(format).bits == 4; ++i) {
        pairs.push_back({even, values[static_cast<size_t>(i)]});
      }
      for (int i = 0; i < 4 && info(format).bits == 8; ++i) {
        const float odd = values[static_cast<size_t>(context_->rng.uniform(0, last))];
        pairs.push_back({even, odd});
        pairs.push_back({odd, even});
      }
    }
    return pairs;
  }

  std::vector<Reals> random_pairs() {
    Rng& rng = context_->rng;
    std::vector<Reals> pairs;
    for (int64_t i = 0; i < context_->cases * kPairsPerCase; ++i) {
      const float even = random_finite(rng);
      pairs.push_back({even, rng.chance(0.25) ? near_tie(even, rng) : random_finite(rng)});
    }
    return pairs;
  }

  std::optional<Divergence> check(Format format, const std::vector<Reals>& pairs) {
    std::vector<float> values;
    for (const Reals& reals : pairs) values.insert(values.end(), {reals.even, reals.odd});
    const float scale = 1.0F;
    const auto k = static_cast<int64_t>(values.size());
    const PackedMatrix expected = encode({"pairs", values, 1, k}, format, {&scale, 1});
    format_->set(rtl_format(format));
    for (size_t i = 0; i < pairs.size(); ++i) {
      const uint64_t codes = info(format).bits == 4
                                 ? expected.codes[i]
                                 : expected.codes[2 * i] | uint64_t{expected.codes[2 * i + 1]} << 8;
      if (auto divergence = check_pair(format, pairs[i], codes)) return divergence;
    }
    return std::nullopt;
  }

  std::optional<Divergence> check_pair(Format format, const Reals& reals, uint64_t expected) {
    even_->set(std::bit_cast<uint32_t>(reals.even));
    odd_->set(std::bit_cast<uint32_t>(reals.odd));
    checker_.step();
    const auto print = [&](uint64_t bits) { return fmt::format("0x{:04X}", bits); };
    const auto describe = [&] {
      return fmt::format("{}, even {} (0x{:08X}), odd {} (0x{:08X})", name_of(format), reals.even,
                         std::bit_cast<uint32_t>(reals.even), reals.odd,
                         std::bit_cast<uint32_t>(reals.odd));
    };
    return checker_.compare(*pair_, {"pair_o", 0, 16, {}}, expected, print, describe);
  }

  BenchContext* context_;
  CombinationalChecker checker_;
  const RtlSignal* format_;
  const RtlSignal* even_;
  const RtlSignal* odd_;
  const RtlSignal* pair_;
};

std::optional<Divergence> run_encoder(BenchContext& context) { return EncoderBench{context}.run(); }

const std::array<Parameters, 1> kVariants = {Parameters{}};
constexpr std::array<std::string_view, 4> kPorts = {"format_i", "even_i", "odd_i", "pair_o"};

}  // namespace

const BlockBench kOvpEncoderBench{
    "ovp_encoder",
    "ovp_encoder",
    "grid points, midpoints and ties against encode(); a case is 256 random pairs a format",
    {},
    kVariants,
    kPorts,
    kPorts,
    run_encoder};

}  // namespace olivine::regress
