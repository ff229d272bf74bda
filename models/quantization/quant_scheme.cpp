// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/quant_scheme.h"

#include <fmt/format.h>

#include <array>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine {
namespace {

constexpr std::string_view kBitmapSuffix = "-bitmap";

struct BlockScheme {
  std::string_view name;
  MxFormat weights;
  Storage activations;
};
constexpr std::array kBlockSchemes = {
    BlockScheme{"w4a4-mxfp4", MxFormat::Mxfp4, MxFormat::Mxfp4},
    BlockScheme{"w8a8-mxint8", MxFormat::Mxint8, MxFormat::Mxint8},
    BlockScheme{"w4a16-mxfp4", MxFormat::Mxfp4, Format::Fp16},
};

// 2:4 has its own positions, and 8-bit floats are stored for machines that have no decompressor.
bool can_be_bitmap(const Scheme& scheme) {
  const bool is_stored = info(scheme.weights).is_integer || scheme.weights == Format::Fp16;
  return scheme.weight_pattern == Pattern::Dense && is_stored;
}

QuantScheme with_machine(const Scheme& scheme) {
  const bool is_dense = scheme.weight_pattern == Pattern::Dense;
  return {std::string{scheme.name}, scheme.weights, scheme.activations,
          is_dense ? Sparsity::Dense : Sparsity::TwoFour, scheme};
}

std::vector<QuantScheme> make_schemes() {
  std::vector<QuantScheme> result;
  for (const Scheme& scheme : all_schemes()) result.push_back(with_machine(scheme));
  for (const Scheme& scheme : all_schemes()) {
    if (!can_be_bitmap(scheme)) continue;
    QuantScheme sparse = with_machine(scheme);
    sparse.name += kBitmapSuffix;
    sparse.sparsity = Sparsity::Bitmap;
    result.push_back(std::move(sparse));
  }
  for (const BlockScheme& scheme : kBlockSchemes) {
    result.push_back({std::string{scheme.name}, scheme.weights, scheme.activations, Sparsity::Dense,
                      std::nullopt});
  }
  return result;
}

const std::vector<QuantScheme>& schemes() {
  static const std::vector<QuantScheme> kSchemes = make_schemes();
  return kSchemes;
}

}  // namespace

std::string_view name_of(const Storage& storage) {
  return std::visit([](auto format) { return name_of(format); }, storage);
}

double bits_of(const Storage& storage) {
  if (const auto* format = std::get_if<Format>(&storage)) return info(*format).bits;
  return element_bits(std::get<MxFormat>(storage)) + 8.0 / static_cast<double>(kMxBlockElems);
}

std::vector<std::string> quant_scheme_names() {
  std::vector<std::string> names;
  for (const QuantScheme& scheme : schemes()) names.push_back(scheme.name);
  return names;
}

QuantScheme parse_quant_scheme(std::string_view name) {
  for (const QuantScheme& scheme : schemes()) {
    if (scheme.name == name) return scheme;
  }
  throw ConfigError{
      fmt::format("scheme = {}: unknown scheme{}", name, suggestion(name, quant_scheme_names()))};
}

}  // namespace olivine
