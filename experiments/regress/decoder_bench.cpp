// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The three OVP decoders against models/numerics: every byte or pair of every format at the
// default bias, and other biases against the definition of abfloat.
#include <array>
#include <span>

#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "models/numerics/ovp.h"

namespace olivine::regress {
namespace {

constexpr int kBiases = 16;
constexpr int64_t kPairsPerCase = 256;
constexpr std::array kFormats4 = {Format::Int4, Format::Ovp4, Format::Ovp4f};
constexpr std::array kFormats8 = {Format::Int8, Format::Ovp8};
constexpr std::array kAllFormats = {Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Int8,
                                    Format::Ovp8};

// Slice s of element e at index 2e + s.
using PairSlices = std::array<Slice, 4>;

// Where a block has these slices: `width` 0 where it has none.
struct DecoderShape {
  std::string_view block;
  std::string_view input;
  std::span<const Format> formats;
  std::array<OutputField, 4> outputs;
};

constexpr DecoderShape kShape4{
    "ovp_decoder4", "code_i", kFormats4, {{{"even_o", 0, 9, {}}, {}, {"odd_o", 0, 9, {}}, {}}}};
constexpr DecoderShape kShape8{"ovp_decoder8",
                               "pair_i",
                               kFormats8,
                               {{{"even_high_o", 0, 9, {}},
                                 {"even_low_o", 0, 9, {}},
                                 {"odd_high_o", 0, 9, {}},
                                 {"odd_low_o", 0, 9, {}}}}};
constexpr DecoderShape kShape{"ovp_decoder",
                              "pair_i",
                              kAllFormats,
                              {{{"slices_o", 0, 9, 0},
                                {"slices_o", 9, 9, 1},
                                {"slices_o", 18, 9, 2},
                                {"slices_o", 27, 9, 3}}}};

struct Stimulus {
  Format format = Format::Int4;
  uint32_t pair = 0;
  int bias = 0;
};

bool is_4bit(Format format) { return info(format).bits == 4; }

int default_bias(Format format) { return paper_grid(format).outlier.bias; }

uint8_t code_of(const Stimulus& stimulus, size_t element) {
  const uint32_t bits = is_4bit(stimulus.format) ? 4 : 8;
  const uint32_t mask = (1u << bits) - 1;
  return static_cast<uint8_t>(stimulus.pair >> (bits * static_cast<uint32_t>(element)) & mask);
}

// A code beside an identifier, under any bias; `bits` bits a code.
SlicePair decode_outlier(const Abfloat& type, int bits, uint8_t code) {
  const int sign_bit = 1 << (bits - 1);
  const int magnitude_code = code & (sign_bit - 1);
  const int magnitude = magnitude_code == 0 ? 0 : type.integer(magnitude_code);
  const int integer = (code & sign_bit) != 0 ? -magnitude : magnitude;
  const int exponent = type.exponent(magnitude_code);
  const auto slice = [](int number, int shift) {
    return Slice{static_cast<int8_t>(number), static_cast<uint8_t>(shift & 15)};
  };
  if (bits == 4) return {slice(integer, exponent), Slice{}};
  return {slice(integer >> 4, exponent + 4), slice(integer & 15, exponent)};
}

PairSlices decode_by_model(const Stimulus& stimulus) {
  if (is_4bit(stimulus.format)) {
    const DecodedByte byte = decode_byte(stimulus.format, static_cast<uint8_t>(stimulus.pair));
    return {byte.even, {}, byte.odd, {}};
  }
  const uint8_t even = code_of(stimulus, 0);
  const uint8_t odd = code_of(stimulus, 1);
  const SlicePair left = decode_element(stimulus.format, even, odd);
  const SlicePair right = decode_element(stimulus.format, odd, even);
  return {left[0], left[1], right[0], right[1]};
}

PairSlices expected_slices(const Stimulus& stimulus) {
  PairSlices slices = decode_by_model(stimulus);
  const Grid& grid = paper_grid(stimulus.format);
  if (!grid.has_outliers() || stimulus.bias == grid.outlier.bias) return slices;
  const uint8_t identifier = is_4bit(stimulus.format) ? kIdentifier4 : kIdentifier8;
  Abfloat type = grid.outlier;
  type.bias = stimulus.bias;
  for (size_t element = 0; element < 2; ++element) {
    const uint8_t code = code_of(stimulus, element);
    if (code == identifier || code_of(stimulus, 1 - element) != identifier) continue;
    const SlicePair outlier = decode_outlier(type, info(stimulus.format).bits, code);
    slices[2 * element] = outlier[0];
    slices[2 * element + 1] = outlier[1];
  }
  return slices;
}

class DecoderBench {
 public:
  DecoderBench(BenchContext& context, const DecoderShape& shape)
      : context_(&context),
        shape_(&shape),
        checker_(context, shape.block),
        format_(&context.model.signal("format_i")),
        input_(&context.model.signal(shape.input)),
        bias_(&context.model.signal("bias_i")) {
    for (size_t i = 0; i < ports_.size(); ++i) {
      if (shape.outputs[i].width != 0) ports_[i] = &context.model.signal(shape.outputs[i].signal);
    }
  }

  std::optional<Divergence> run() {
    for (const Format format : shape_->formats) {
      if (auto divergence = run_all_codes(format)) return divergence;
    }
    for (int64_t i = 0; i < context_->cases * kPairsPerCase; ++i) {
      if (auto divergence = check(random_stimulus())) return divergence;
    }
    return std::nullopt;
  }

 private:
  // 4 bits: every byte under every bias. 8 bits: every pair under the default bias.
  std::optional<Divergence> run_all_codes(Format format) {
    const uint32_t codes = is_4bit(format) ? 1u << 8 : 1u << 16;
    const int first_bias = is_4bit(format) ? 0 : default_bias(format);
    const int end_bias = is_4bit(format) ? kBiases : first_bias + 1;
    for (int bias = first_bias; bias < end_bias; ++bias) {
      for (uint32_t pair = 0; pair < codes; ++pair) {
        if (auto divergence = check({format, pair, bias})) return divergence;
      }
    }
    return std::nullopt;
  }

  // Half of the pairs have an identifier.
  Stimulus random_stimulus() {
    Rng& rng = context_->rng;
    const auto formats = static_cast<int64_t>(shape_->formats.size());
    Stimulus stimulus;
    stimulus.format = shape_->formats[static_cast<size_t>(rng.uniform(0, formats - 1))];
    stimulus.bias = static_cast<int>(rng.uniform(0, kBiases - 1));
    const uint32_t bits = is_4bit(stimulus.format) ? 4 : 8;
    stimulus.pair = static_cast<uint32_t>(rng.next()) & ((1u << (2 * bits)) - 1);
    if (rng.chance(0.5)) return stimulus;
    const uint32_t place = rng.chance(0.5) ? bits : 0;
    const uint32_t code_mask = (1u << bits) - 1;
    stimulus.pair &= ~(code_mask << place);
    stimulus.pair |= 1u << (bits - 1 + place);
    return stimulus;
  }

  std::optional<Divergence> check(const Stimulus& stimulus) {
    // Bits that a 4-bit format does not use hold anything.
    const uint64_t above = is_4bit(stimulus.format) ? context_->rng.next() << 8 : 0;
    const uint64_t mask = (uint64_t{1} << input_->bits) - 1;
    format_->set(rtl_format(stimulus.format));
    input_->set((stimulus.pair | above) & mask);
    bias_->set(static_cast<uint64_t>(stimulus.bias));
    checker_.step();
    const PairSlices expected = expected_slices(stimulus);
    const auto describe = [&] {
      return fmt::format("{}, {} 0x{:0{}X}, bias {}", name_of(stimulus.format), shape_->input,
                         stimulus.pair, is_4bit(stimulus.format) ? 2 : 4, stimulus.bias);
    };
    for (size_t i = 0; i < expected.size(); ++i) {
      if (ports_[i] == nullptr) continue;
      auto divergence = checker_.compare(*ports_[i], shape_->outputs[i], slice_bits(expected[i]),
                                         describe_slice, describe);
      if (divergence) return divergence;
    }
    return std::nullopt;
  }

  BenchContext* context_;
  const DecoderShape* shape_;
  CombinationalChecker checker_;
  const RtlSignal* format_;
  const RtlSignal* input_;
  const RtlSignal* bias_;
  std::array<const RtlSignal*, 4> ports_{};
};

std::optional<Divergence> run_decoder4(BenchContext& context) {
  return DecoderBench{context, kShape4}.run();
}
std::optional<Divergence> run_decoder8(BenchContext& context) {
  return DecoderBench{context, kShape8}.run();
}
std::optional<Divergence> run_decoder(BenchContext& context) {
  return DecoderBench{context, kShape}.run();
}

constexpr std::array<std::string_view, 5> kPorts4 = {"format_i", "code_i", "bias_i", "even_o",
                                                     "odd_o"};
constexpr std::array<std::string_view, 7> kPorts8 = {
    "format_i", "pair_i", "bias_i", "even_high_o", "even_low_o", "odd_high_o", "odd_low_o"};
constexpr std::array<std::string_view, 4> kPorts = {"format_i", "pair_i", "bias_i", "slices_o"};

const std::array<Parameters, 1> kVariants = {Parameters{}};

}  // namespace

const BlockBench kOvpDecoder4Bench{
    "ovp_decoder4",
    "ovp_decoder4",
    "every byte, format and bias against decode_byte; a case is 256 random bytes",
    {},
    kVariants,
    kPorts4,
    kPorts4,
    run_decoder4};

const BlockBench kOvpDecoder8Bench{
    "ovp_decoder8",
    "ovp_decoder8",
    "every pair against decode_element; a case is 256 random pairs under random biases",
    {},
    kVariants,
    kPorts8,
    kPorts8,
    run_decoder8};

const BlockBench kOvpDecoderBench{
    "ovp_decoder",
    "ovp_decoder",
    "every pair of every format against models/numerics; a case is 256 random pairs",
    {},
    kVariants,
    kPorts,
    kPorts,
    run_decoder};

}  // namespace olivine::regress
