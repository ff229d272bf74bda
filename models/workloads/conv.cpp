// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/conv.h"

#include <fmt/format.h>

#include <initializer_list>

#include "models/base/error.h"
#include "models/base/units.h"

namespace olivine {
namespace {

struct NamedExtent {
  const char* name;
  int64_t value;
};

// Contract: all positive. Nothing when the product is above `limit`.
std::optional<int64_t> product_within(std::initializer_list<int64_t> factors, int64_t limit) {
  int64_t product = 1;
  for (const int64_t factor : factors) {
    if (__builtin_mul_overflow(product, factor, &product) || product > limit) return std::nullopt;
  }
  return product;
}

void check_extents(std::initializer_list<NamedExtent> extents, std::vector<std::string>& problems) {
  for (const NamedExtent& extent : extents) {
    if (extent.value < 1 || extent.value > kMaxExtent) {
      problems.push_back(
          fmt::format("{} = {}: must be 1..{}", extent.name, extent.value, kMaxExtent));
    }
  }
}

void check_window(const char* axis, int64_t in, int64_t filter, int64_t stride, int64_t out,
                  std::vector<std::string>& problems) {
  if (filter > in) {
    problems.push_back(fmt::format("filter {} = {}: must be at most the padded ifmap {} = {}", axis,
                                   filter, axis, in));
  } else if (out != output_extent_floor(in, filter, stride) &&
             out != output_extent_ceil(in, filter, stride)) {
    problems.push_back(fmt::format("output {} = {}: must be {}", axis, out,
                                   output_extent_floor(in, filter, stride)));
  }
}

}  // namespace

std::vector<std::string> shape_problems(const GemmShape& gemm) {
  std::vector<std::string> problems;
  check_extents({{"m", gemm.m}, {"n", gemm.n}, {"k", gemm.k}, {"batch", gemm.batch}}, problems);
  if (problems.empty() && !product_within({gemm.m, gemm.n, gemm.k, gemm.batch}, kMaxLayerMacs)) {
    problems.push_back(fmt::format("m * n * k * batch = {} * {} * {} * {}: must be at most {} MACs",
                                   gemm.m, gemm.n, gemm.k, gemm.batch, kMaxLayerMacs));
  }
  return problems;
}

std::vector<std::string> shape_problems(const ConvShape& conv, LayerKind kind) {
  std::vector<std::string> problems;
  check_extents({{"conv.n", conv.n},
                 {"conv.h", conv.h},
                 {"conv.w", conv.w},
                 {"conv.c", conv.c},
                 {"conv.r", conv.r},
                 {"conv.s", conv.s},
                 {"conv.filters", conv.filters},
                 {"conv.stride_h", conv.stride_h},
                 {"conv.stride_w", conv.stride_w}},
                problems);
  for (const auto& [name, pad] :
       {NamedExtent{"conv.pad_h", conv.pad_h}, NamedExtent{"conv.pad_w", conv.pad_w}}) {
    if (pad < 0 || pad > kMaxExtent) {
      problems.push_back(fmt::format("{} = {}: must be 0..{}", name, pad, kMaxExtent));
    }
  }
  if (!problems.empty()) return problems;

  check_window("height", conv.h + 2 * conv.pad_h, conv.r, conv.stride_h, conv.p, problems);
  check_window("width", conv.w + 2 * conv.pad_w, conv.s, conv.stride_w, conv.q, problems);
  if (kind == LayerKind::DepthwiseConv2d && conv.filters != conv.c) {
    problems.push_back(
        fmt::format("conv.filters = {}: must be {} (one filter a channel) in a depthwise layer",
                    conv.filters, conv.c));
  }
  if (!problems.empty()) return problems;

  // Offsets into the ifmap have to fit int64 as well; the extents of m and k bound the GEMM.
  if (!product_within({conv.n, conv.h, conv.w, conv.c}, kMaxLayerMacs)) {
    problems.push_back(fmt::format("conv.n * h * w * c = {} * {} * {} * {}: must be at most {}",
                                   conv.n, conv.h, conv.w, conv.c, kMaxLayerMacs));
  }
  if (!product_within({conv.n, conv.p, conv.q}, kMaxExtent)) {
    problems.push_back(fmt::format("m = n * p * q = {} * {} * {}: must be at most {}", conv.n,
                                   conv.p, conv.q, kMaxExtent));
  }
  if (!product_within({conv.r, conv.s, conv.c}, kMaxExtent)) {
    problems.push_back(fmt::format("k = r * s * c = {} * {} * {}: must be at most {}", conv.r,
                                   conv.s, conv.c, kMaxExtent));
  }
  if (!problems.empty()) return problems;
  return shape_problems(kind == LayerKind::DepthwiseConv2d ? lower_depthwise(conv)
                                                           : lower_conv(conv));
}

int64_t output_extent_floor(int64_t in, int64_t filter, int64_t stride) {
  return (in - filter) / stride + 1;
}

int64_t output_extent_ceil(int64_t in, int64_t filter, int64_t stride) {
  return ceil_div(in - filter + stride, stride);
}

GemmShape lower_conv(const ConvShape& conv) {
  return {conv.n * conv.p * conv.q, conv.filters, conv.r * conv.s * conv.c, 1};
}

GemmShape lower_depthwise(const ConvShape& conv) {
  return {conv.n * conv.p * conv.q, 1, conv.r * conv.s, conv.c};
}

ConvAddressing::ConvAddressing(const ConvShape& conv, LayerKind kind)
    : conv_(conv),
      gemm_(kind == LayerKind::DepthwiseConv2d ? lower_depthwise(conv) : lower_conv(conv)),
      is_depthwise_(kind == LayerKind::DepthwiseConv2d) {
  OLV_CHECK(kind == LayerKind::Conv2d || kind == LayerKind::DepthwiseConv2d,
            "layer kind {} is no convolution", static_cast<int>(kind));
}

std::optional<int64_t> ConvAddressing::ifmap_offset(int64_t m, int64_t k, int64_t batch) const {
  OLV_CHECK(m >= 0 && m < gemm_.m && k >= 0 && k < gemm_.k && batch >= 0 && batch < gemm_.batch,
            "m {} of {}, k {} of {}, batch {} of {}", m, gemm_.m, k, gemm_.k, batch, gemm_.batch);
  const int64_t q = m % conv_.q;
  const int64_t p = m / conv_.q % conv_.p;
  const int64_t n = m / (conv_.q * conv_.p);

  const int64_t k_channels = is_depthwise_ ? 1 : conv_.c;
  const int64_t channel = is_depthwise_ ? batch : k % conv_.c;
  const int64_t s = k / k_channels % conv_.s;
  const int64_t r = k / (k_channels * conv_.s);

  const int64_t y = p * conv_.stride_h + r - conv_.pad_h;
  const int64_t x = q * conv_.stride_w + s - conv_.pad_w;
  if (y < 0 || y >= conv_.h || x < 0 || x >= conv_.w) return std::nullopt;
  return ((n * conv_.h + y) * conv_.w + x) * conv_.c + channel;
}

}  // namespace olivine
