// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/requantize.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "models/base/error.h"
#include "models/numerics/quantize.h"

namespace olivine {
namespace {

void check(const RequantizeArgs& args, Format format) {
  if (!info(format).is_integer) {
    throw ShapeError{fmt::format("requantize: {} is no integer format", name_of(format))};
  }
  if (args.m < 0 || args.n < 0 || args.sums.size() != static_cast<size_t>(args.m * args.n)) {
    throw ShapeError{
        fmt::format("requantize: {} sums for {} x {}", args.sums.size(), args.m, args.n)};
  }
  if (args.weight_scales.size() != 1 && args.weight_scales.size() != static_cast<size_t>(args.n)) {
    throw ShapeError{fmt::format("requantize: {} weight scales, must be 1 or {}",
                                 args.weight_scales.size(), args.n)};
  }
  Problems problems;
  const auto check_scale = [&](std::string_view name, float scale) {
    if (std::isfinite(scale) && scale > 0.0F) return;
    problems.add(fmt::format("{} = {}: must be finite and above 0", name, scale));
  };
  check_scale("activation scale", args.activation_scale);
  check_scale("output scale", args.output_scale);
  for (const float scale : args.weight_scales) check_scale("weight scale", scale);
  problems.throw_if_any();
}

}  // namespace

PackedMatrix requantize(const RequantizeArgs& args, Format format) {
  check(args, format);
  std::vector<float> multipliers(static_cast<size_t>(args.n));
  for (size_t j = 0; j < multipliers.size(); ++j) {
    multipliers[j] =
        args.activation_scale * args.weight_scales[args.weight_scales.size() == 1 ? 0 : j];
  }
  std::vector<float> real(args.sums.size());
  for (int64_t i = 0; i < args.m; ++i) {
    for (size_t j = 0; j < multipliers.size(); ++j) {
      const size_t at = static_cast<size_t>(i * args.n) + j;
      real[at] = static_cast<float>(args.sums[at]) * multipliers[j];
    }
  }
  const float scales[] = {args.output_scale};
  return encode({"requantized output", real, args.m, args.n}, format, scales);
}

}  // namespace olivine
