// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/partition_slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "sim/platform/platform_config.h"

namespace olivine {
namespace {

constexpr int64_t kOutputPair = 2;  // outputs in a byte of a 4-bit format

// Nearly equal ranges of an extent, larger ones first. Contract: extent >= parts.
std::vector<Span> even_spans(int64_t extent, int64_t parts) {
  std::vector<Span> spans;
  int64_t begin = 0;
  for (int64_t i = 0; i < parts; ++i) {
    const int64_t length = extent / parts + (i < extent % parts ? 1 : 0);
    spans.push_back({begin, length});
    begin += length;
  }
  return spans;
}

// The same in pairs; an odd last element is in the last range.
// Contract: extent >= 2 * parts - 1.
std::vector<Span> pair_spans(int64_t extent, int64_t parts) {
  std::vector<Span> spans = even_spans(extent / kOutputPair, parts);
  for (Span& span : spans) span = {kOutputPair * span.begin, kOutputPair * span.length};
  spans.back().length += extent % kOutputPair;
  return spans;
}

class Slicer {
 public:
  Slicer(const Layer& layer, size_t parts)
      : layer_(layer), parts_(static_cast<int64_t>(parts)), whole_(whole_slice(layer)) {}

  LayerSlices by_rows() {
    const GemmShape& gemm = layer_.gemm;
    switch (layer_.kind) {
      case LayerKind::Vector:
        return operations();
      case LayerKind::Conv2d:
        if (layer_.conv->n >= parts_) return images();
        return refused(fmt::format("conv.n = {}: must be at least {}", layer_.conv->n, parts_));
      case LayerKind::DepthwiseConv2d:
        if (layer_.conv->c >= parts_) return channels();
        if (layer_.conv->n >= parts_) return images();
        return refused(fmt::format("conv.c = {} and conv.n = {}: one must be at least {}",
                                   layer_.conv->c, layer_.conv->n, parts_));
      case LayerKind::Linear:
      case LayerKind::Attention:
      case LayerKind::Head:
        break;
    }
    if (gemm.batch >= parts_) return batches();
    if (gemm.m >= parts_) return rows();
    return refused(
        fmt::format("batch = {} and m = {}: one must be at least {}", gemm.batch, gemm.m, parts_));
  }

  LayerSlices by_outputs() {
    const GemmShape& gemm = layer_.gemm;
    const int64_t fewest_outputs = kOutputPair * parts_ - 1;
    switch (layer_.kind) {
      case LayerKind::Vector:
        return operations();
      case LayerKind::Conv2d:
        if (gemm.n >= fewest_outputs) return outputs();
        return refused(fmt::format("conv.filters = {}: must be at least {}: parts are pairs",
                                   gemm.n, fewest_outputs));
      case LayerKind::DepthwiseConv2d:
        if (layer_.conv->c >= parts_) return channels();
        return refused(fmt::format("conv.c = {}: must be at least {}", layer_.conv->c, parts_));
      case LayerKind::Linear:
      case LayerKind::Attention:
      case LayerKind::Head:
        break;
    }
    if (gemm.batch >= parts_) return batches();
    if (gemm.n >= fewest_outputs) return outputs();
    return refused(fmt::format(
        "batch = {} and n = {}: batch must be at least {}, or n at least {}: parts are pairs",
        gemm.batch, gemm.n, parts_, fewest_outputs));
  }

 private:
  [[nodiscard]] LayerSlices refused(const std::string& reason) const {
    return {{}, fmt::format("layer {}: {}", layer_.name, reason)};
  }

  // One part for every span, made from the whole by `cut`.
  template <class Cut>
  LayerSlices each(const std::vector<Span>& spans, Cut cut) const {
    LayerSlices result;
    for (const Span& span : spans) {
      result.slices.push_back(whole_);
      cut(result.slices.back(), span);
    }
    return result;
  }

  [[nodiscard]] LayerSlices batches() const {
    return each(even_spans(layer_.gemm.batch, parts_), [](SlicedLayer& part, const Span& span) {
      part.slice.batch = span;
      part.layer.gemm.batch = span.length;
    });
  }
  [[nodiscard]] LayerSlices rows() const {
    return each(even_spans(layer_.gemm.m, parts_), [](SlicedLayer& part, const Span& span) {
      part.slice.m = span;
      part.layer.gemm.m = span.length;
    });
  }
  [[nodiscard]] LayerSlices outputs() const {
    return each(pair_spans(layer_.gemm.n, parts_), [](SlicedLayer& part, const Span& span) {
      part.slice.n = span;
      part.layer.gemm.n = span.length;
      if (part.layer.conv) part.layer.conv->filters = span.length;
    });
  }
  [[nodiscard]] LayerSlices images() const {
    const int64_t pixels = layer_.conv->p * layer_.conv->q;
    return each(even_spans(layer_.conv->n, parts_), [&](SlicedLayer& part, const Span& span) {
      part.slice.m = {pixels * span.begin, pixels * span.length};
      part.layer.gemm.m = part.slice.m.length;
      part.layer.conv->n = span.length;
    });
  }
  [[nodiscard]] LayerSlices channels() const {
    return each(even_spans(layer_.conv->c, parts_), [](SlicedLayer& part, const Span& span) {
      part.slice.batch = span;
      part.layer.gemm.batch = span.length;
      part.layer.conv->c = span.length;
      part.layer.conv->filters = span.length;
    });
  }
  [[nodiscard]] LayerSlices operations() const {
    const int64_t operations = layer_.vector_elems * layer_.vector_ops;
    return each(even_spans(operations, std::min(parts_, operations)),
                [](SlicedLayer& part, const Span& span) {
                  part.layer.vector_elems = span.length;
                  part.layer.vector_ops = 1;
                });
  }

  const Layer& layer_;
  int64_t parts_;
  SlicedLayer whole_;
};

}  // namespace

SlicedLayer whole_slice(const Layer& layer) {
  SlicedLayer whole{layer, {}};
  if (layer.kind != LayerKind::Vector) {
    whole.slice = {{0, layer.gemm.batch}, {0, layer.gemm.m}, {0, layer.gemm.n}};
  }
  return whole;
}

LayerSlices slice_layer(const Layer& layer, Partition partition, size_t parts) {
  if (parts == 1) return {{whole_slice(layer)}, {}};
  Slicer slicer{layer, parts};
  return partition == Partition::Data ? slicer.by_rows() : slicer.by_outputs();
}

}  // namespace olivine
