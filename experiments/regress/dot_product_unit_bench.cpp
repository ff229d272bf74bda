// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The dot product unit against 64-bit arithmetic on the values of slices (models/numerics). Slices
// are decoded elements of every format, any bits, or the corners of their range; sums start
// anywhere, or go on from the last one as in an accumulation.
#include <fmt/format.h>

#include <array>
#include <vector>

#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "models/numerics/ovp.h"

namespace olivine::regress {
namespace {

constexpr int64_t kCyclesPerCase = 256;
constexpr uint32_t kSliceBits = 9;

class DotProductUnitBench {
 public:
  explicit DotProductUnitBench(BenchContext& context)
      : context_(context),
        lanes_(static_cast<uint32_t>(context.parameters.at("Lanes"))),
        a_(size_t{2} * lanes_),
        b_(size_t{2} * lanes_) {}

  std::optional<Divergence> run() {
    context_.model.reset();
    for (int64_t i = 0; i < context_.cases * kCyclesPerCase; ++i) {
      if (auto divergence = cycle()) return divergence;
    }
    return std::nullopt;
  }

 private:
  std::optional<Divergence> cycle() {
    Rng& rng = context_.rng;
    is_8bit_ = rng.chance(0.5);
    fill(a_);
    fill(b_);
    // The first cycle is valid: before it the register holds anything.
    const bool is_valid = !expected_ || rng.chance(0.8);
    const bool goes_on = expected_.has_value() && rng.chance(0.5);
    const uint32_t sum = goes_on ? *expected_ : random_sum();
    write("a_i", a_);
    write("b_i", b_);
    context_.model.signal("valid_i").set(is_valid ? 1 : 0);
    context_.model.signal("is_8bit_i").set(is_8bit_ ? 1 : 0);
    context_.model.signal("sum_i").set(sum);
    context_.model.settle();
    context_.model.edge();
    if (is_valid) expected_ = sum + dot_product();
    return compare(is_valid, sum);
  }

  uint32_t random_sum() {
    constexpr std::array<uint32_t, 4> kCorners = {0, 0x7FFF'FFFF, 0x8000'0000, 0xFFFF'FFFF};
    Rng& rng = context_.rng;
    return rng.chance(0.3) ? kCorners[static_cast<size_t>(rng.uniform(0, 3))]
                           : static_cast<uint32_t>(rng.next());
  }

  void fill(std::vector<Slice>& slices) {
    Rng& rng = context_.rng;
    const int64_t kind = rng.uniform(0, 4);
    for (size_t i = 0; i < slices.size(); i += 2) {
      if (kind <= 1) {
        decode_into(slices, i);
      } else {
        slices[i] = kind == 2 ? corner_slice() : random_slice(kind == 3);
        slices[i + 1] = kind == 2 ? corner_slice() : random_slice(kind == 3);
      }
    }
  }

  // Any code, legal or not: what a decoder may put out.
  void decode_into(std::vector<Slice>& slices, size_t i) {
    constexpr std::array kFormats4 = {Format::Int4, Format::Ovp4, Format::Ovp4f};
    constexpr std::array kFormats8 = {Format::Int8, Format::Ovp8};
    Rng& rng = context_.rng;
    const auto byte = static_cast<uint8_t>(rng.next());
    if (is_8bit_) {
      const auto neighbour = rng.chance(0.3) ? kIdentifier8 : static_cast<uint8_t>(rng.next());
      const Format format = kFormats8[static_cast<size_t>(rng.uniform(0, 1))];
      const SlicePair pair = decode_element(format, byte, neighbour);
      slices[i] = pair[0];
      slices[i + 1] = pair[1];
      return;
    }
    const Format format = kFormats4[static_cast<size_t>(rng.uniform(0, 2))];
    const DecodedByte decoded = decode_byte(format, byte);
    slices[i] = decoded.even;
    slices[i + 1] = decoded.odd;
  }

  Slice random_slice(bool is_small) {
    Rng& rng = context_.rng;
    return {static_cast<int8_t>(rng.uniform(-16, 15)),
            static_cast<uint8_t>(rng.uniform(0, is_small ? 3 : 15))};
  }

  Slice corner_slice() {
    constexpr std::array<int8_t, 4> kNumbers = {-16, 15, 0, -1};
    Rng& rng = context_.rng;
    return {kNumbers[static_cast<size_t>(rng.uniform(0, 3))],
            static_cast<uint8_t>(rng.chance(0.7) ? 15 : 0)};
  }

  // By values, not by partial products. |value| <= 2^20, so 64 bits hold every sum.
  [[nodiscard]] uint32_t dot_product() const {
    int64_t sum = 0;
    for (size_t i = 0; i < a_.size(); i += 2) {
      const std::array<int64_t, 2> a = {a_[i].value(), a_[i + 1].value()};
      const std::array<int64_t, 2> b = {b_[i].value(), b_[i + 1].value()};
      sum += is_8bit_ ? (a[0] + a[1]) * (b[0] + b[1]) : a[0] * b[0] + a[1] * b[1];
    }
    return static_cast<uint32_t>(static_cast<uint64_t>(sum));
  }

  void write(std::string_view port, const std::vector<Slice>& slices) {
    const RtlSignal& signal = context_.model.signal(port);
    for (uint32_t i = 0; i < slices.size(); ++i) {
      signal.set(i * kSliceBits, kSliceBits, slice_bits(slices[i]));
    }
  }

  std::optional<Divergence> compare(bool is_valid, uint32_t sum) {
    ++context_.checks;
    const auto got = static_cast<uint32_t>(context_.model.signal("sum_o").value());
    if (got == *expected_) return std::nullopt;
    Divergence divergence;
    divergence.cycle = context_.model.cycle() - 1;
    divergence.block = "dot_product_unit";
    divergence.signal = "sum_o";
    divergence.expected = fmt::format("{}", static_cast<int32_t>(*expected_));
    divergence.got = fmt::format("{}", static_cast<int32_t>(got));
    divergence.context =
        fmt::format("{}, {} bits, sum_i {}, a * b of slices:", is_valid ? "valid" : "held",
                    is_8bit_ ? 8 : 4, static_cast<int32_t>(sum));
    for (size_t i = 0; i < a_.size(); ++i) {
      divergence.context += fmt::format(" ({})*({})", describe_slice(slice_bits(a_[i])),
                                        describe_slice(slice_bits(b_[i])));
    }
    return divergence;
  }

  BenchContext& context_;
  uint32_t lanes_;
  std::vector<Slice> a_, b_;
  bool is_8bit_ = false;
  std::optional<uint32_t> expected_;
};

std::optional<Divergence> run_dot_product_unit(BenchContext& context) {
  return DotProductUnitBench{context}.run();
}

constexpr std::array<ParameterInfo, 1> kParameters = {{
    {"Lanes", 1, 64, "8-bit products a cycle; twice as many at 4 bits"},
}};

const std::array<Parameters, 4> kVariants = {
    Parameters{{"Lanes", 1}},
    Parameters{{"Lanes", 4}},
    Parameters{{"Lanes", 8}},
    Parameters{{"Lanes", 16}},
};

constexpr std::array<std::string_view, 7> kPorts = {"clk_i", "valid_i", "is_8bit_i", "a_i",
                                                    "b_i",   "sum_i",   "sum_o"};

}  // namespace

const BlockBench kDotProductUnitBench{
    "dot_product_unit",
    "dot_product_unit",
    "sums against 64-bit arithmetic on slices of every format; a case is 256 cycles",
    kParameters,
    kVariants,
    kPorts,
    kPorts,
    run_dot_product_unit};

}  // namespace olivine::regress
