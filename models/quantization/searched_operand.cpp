// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/searched_operand.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace olivine {
namespace {

constexpr float kFp8Max = 448.0F;

// Scales of the float formats.
std::vector<float> float_scales(const TensorView& tensor, Format format, Granularity granularity) {
  if (format != Format::Fp8) return {1.0F};
  const auto runs = granularity == Granularity::PerRow ? static_cast<size_t>(tensor.rows) : 1;
  const size_t run = runs == 0 ? 0 : tensor.values.size() / runs;
  std::vector<float> scales(runs, 1.0F);
  for (size_t i = 0; i < runs; ++i) {
    float largest = 0.0F;
    for (const float x : tensor.values.subspan(i * run, run)) {
      largest = std::max(largest, std::fabs(x));
    }
    const float scale = largest / kFp8Max;
    if (scale > 0.0F) scales[i] = scale;
  }
  return scales;
}

}  // namespace

bool is_ovp4(Format format) { return format == Format::Ovp4 || format == Format::Ovp4f; }

Format type_without_choice(Format format, Ovp4Normals normals) {
  return format == Format::Ovp4 && normals == Ovp4Normals::Flint4 ? Format::Ovp4f : format;
}

SearchRange default_range(Format format) {
  constexpr SearchRange kWide{75, 600, 5};
  return format == Format::Ovp8 ? kWide : SearchRange{};
}

SearchedOperand search_operand(const TensorView& tensor, Format format,
                               const QuantizeOptions& options) {
  if (!info(format).is_integer) {
    return {encode(tensor, format, float_scales(tensor, format, options.granularity)), {}};
  }
  const auto with = [&](Format type) {
    SearchedMatrix found = search_and_encode(tensor, type, options.granularity,
                                             options.range.value_or(default_range(type)));
    return SearchedOperand{std::move(found.packed), std::move(found.choice)};
  };
  if (!is_ovp4(format) || options.ovp4 != Ovp4Normals::Best) {
    return with(type_without_choice(format, options.ovp4));
  }
  SearchedOperand with_int4 = with(Format::Ovp4);
  SearchedOperand with_flint4 = with(Format::Ovp4f);
  return with_flint4.choice->mse_sum() < with_int4.choice->mse_sum() ? std::move(with_flint4)
                                                                     : std::move(with_int4);
}

}  // namespace olivine
