// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/layer_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "models/base/text.h"
#include "models/workloads/conv.h"

namespace olivine {
namespace {

// Which keys a kind needs and which it may have besides name and kind.
struct KindKeys {
  LayerKind kind;
  std::vector<std::string> required;
  std::vector<std::string> optional;
};

const KindKeys& keys_of(LayerKind kind) {
  static const std::vector<std::string> kConvOptional = {
      "conv.n",   "conv.stride", "conv.stride_h", "conv.stride_w",
      "conv.pad", "conv.pad_h",  "conv.pad_w"};
  static const std::vector<KindKeys> kTable = {
      {LayerKind::Linear, {"m", "n", "k"}, {"batch"}},
      {LayerKind::Attention, {"m", "n", "k"}, {"batch"}},
      {LayerKind::Head, {"m", "n", "k"}, {"batch"}},
      {LayerKind::Conv2d,
       {"conv.h", "conv.w", "conv.c", "conv.r", "conv.s", "conv.filters"},
       kConvOptional},
      {LayerKind::DepthwiseConv2d,
       {"conv.h", "conv.w", "conv.c", "conv.r", "conv.s"},
       kConvOptional},
      {LayerKind::Vector, {"elems", "ops"}, {}}};
  for (const KindKeys& entry : kTable) {
    if (entry.kind == kind) return entry;
  }
  OLV_CHECK(false, "layer kind {} has no keys", static_cast<int>(kind));
}

bool contains(const std::vector<std::string>& list, std::string_view key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

// One layer on its way from YAML to Layer.
class LayerReader {
 public:
  LayerReader(const YamlNode& node, Problems& problems)
      : node_(node), problems_(problems), problems_before_(problems.list().size()) {}

  std::optional<Layer> read(const NamedValues& names) {
    for (const FlatEntry& entry : flatten(node_, problems_)) read_entry(entry, names);
    check_given_keys();
    if (has_failed()) return std::nullopt;
    Layer layer{spec_.name, spec_.kind, {}, std::nullopt, 0, 0};
    switch (spec_.kind) {
      case LayerKind::Linear:
      case LayerKind::Attention:
      case LayerKind::Head:
        layer.gemm = spec_.gemm;
        report(shape_problems(spec_.gemm));
        break;
      case LayerKind::Conv2d:
      case LayerKind::DepthwiseConv2d:
        finish_conv(layer);
        break;
      case LayerKind::Vector:
        layer.vector_elems = spec_.vector_elems;
        layer.vector_ops = spec_.vector_ops;
        break;
    }
    if (has_failed()) return std::nullopt;
    return layer;
  }

 private:
  [[nodiscard]] bool has_failed() const {
    return uses_refused_name_ || problems_.list().size() != problems_before_;
  }
  [[nodiscard]] bool is_given(std::string_view key) const { return places_.contains(key); }

  void add(const std::string& place, const std::string& problem) {
    const std::string label = spec_.name.empty() ? "" : fmt::format("layer '{}': ", spec_.name);
    problems_.add(fmt::format("{}: {}{}", place, label, problem));
  }
  void report(const std::vector<std::string>& shape_problem_list) {
    for (const std::string& problem : shape_problem_list) add(node_.place, problem);
  }

  void read_entry(const FlatEntry& entry, const NamedValues& names) {
    if (!places_.emplace(entry.key, entry.place).second) {
      add(entry.place, fmt::format("{}: appears twice", entry.key));
      return;
    }
    std::string text = entry.text;
    std::string origin;
    const bool is_known = contains(layer_table().keys(), entry.key);
    if (is_known && entry.key != "name" && entry.key != "kind") {
      const ExpressionResult result = evaluate(entry.text, names);
      if (!result.value) {
        uses_refused_name_ = true;
        if (result.problem.empty()) return;
        add(entry.place, fmt::format("{} = {}: {}", entry.key, entry.text, result.problem));
        return;
      }
      text = fmt::format("{}", *result.value);
      if (text != entry.text) origin = fmt::format(" (from '{}')", entry.text);
    }
    if (entry.key == "name" && !is_plain_name(text)) {
      add(entry.place, fmt::format("name = {}: must be {}", text, kPlainNameRule));
      return;
    }
    if (const auto problem = layer_table().set(spec_, entry.key, text)) {
      add(entry.place, *problem + origin);
    }
  }

  void check_given_keys() {
    for (const char* key : {"name", "kind"}) {
      if (node_.kind == YamlNode::Kind::Map && !is_given(key)) {
        add(node_.place, fmt::format("{}: is missing", key));
      }
    }
    if (has_failed()) return;  // without a legal kind there is no list of keys to compare with
    const KindKeys& keys = keys_of(spec_.kind);
    const std::string_view kind = name_of<LayerKind>(kLayerKindNames, spec_.kind);
    for (const std::string& key : keys.required) {
      if (is_given(key)) continue;
      add(node_.place, fmt::format("{}: is missing (kind {} needs {})", key, kind,
                                   fmt::join(keys.required, ", ")));
    }
    for (const auto& [key, place] : places_) {
      const bool is_used = key == "name" || key == "kind" || contains(keys.required, key) ||
                           contains(keys.optional, key);
      if (!is_used) add(place, fmt::format("{}: is not used by kind {}", key, kind));
    }
    check_shorthand("conv.stride", {"conv.stride_h", "conv.stride_w"});
    check_shorthand("conv.pad", {"conv.pad_h", "conv.pad_w"});
  }

  void check_shorthand(const char* both, const std::vector<std::string>& single) {
    for (const std::string& key : single) {
      if (is_given(both) && is_given(key)) {
        add(node_.place, fmt::format("{} and {} exclude each other", both, key));
      }
    }
  }

  void finish_conv(Layer& layer) {
    ConvShape conv = spec_.conv;
    if (is_given("conv.stride")) conv.stride_h = conv.stride_w = spec_.stride;
    if (is_given("conv.pad")) conv.pad_h = conv.pad_w = spec_.pad;
    if (spec_.kind == LayerKind::DepthwiseConv2d) conv.filters = conv.c;
    const int64_t padded_h = conv.h + 2 * conv.pad_h;
    const int64_t padded_w = conv.w + 2 * conv.pad_w;
    // A filter larger than the ifmap has no output extent; shape_problems() reports it.
    if (conv.r <= padded_h) conv.p = output_extent_floor(padded_h, conv.r, conv.stride_h);
    if (conv.s <= padded_w) conv.q = output_extent_floor(padded_w, conv.s, conv.stride_w);
    report(shape_problems(conv, spec_.kind));
    if (has_failed()) return;
    layer.gemm =
        spec_.kind == LayerKind::DepthwiseConv2d ? lower_depthwise(conv) : lower_conv(conv);
    layer.conv = conv;
  }

  const YamlNode& node_;
  Problems& problems_;
  size_t problems_before_;
  LayerSpec spec_;
  std::map<std::string, std::string, std::less<>> places_;  // of the keys given
  bool uses_refused_name_ = false;
};

ConfigTable<LayerSpec> make_layer_table() {
  const Range<int64_t> extent{1, kMaxExtent};
  const Range<int64_t> pad{0, kMaxExtent};
  ConfigTable<LayerSpec> table;
  table.text(
      "name", [](auto& l) -> auto& { return l.name; }, "name of the layer in its block");
  table.choice<LayerKind>(
      "kind", [](auto& l) -> auto& { return l.kind; }, kLayerKindNames, "what the layer computes");
  table.integer(
      "m", [](auto& l) -> auto& { return l.gemm.m; }, extent, "rows of A: tokens");
  table.integer(
      "n", [](auto& l) -> auto& { return l.gemm.n; }, extent, "columns of B: outputs");
  table.integer(
      "k", [](auto& l) -> auto& { return l.gemm.k; }, extent, "the reduction: inputs");
  table.integer(
      "batch", [](auto& l) -> auto& { return l.gemm.batch; }, extent,
      "independent GEMMs of this shape, 1 when absent");
  table.integer(
      "conv.n", [](auto& l) -> auto& { return l.conv.n; }, extent, "images");
  table.integer(
      "conv.h", [](auto& l) -> auto& { return l.conv.h; }, extent, "ifmap height");
  table.integer(
      "conv.w", [](auto& l) -> auto& { return l.conv.w; }, extent, "ifmap width");
  table.integer(
      "conv.c", [](auto& l) -> auto& { return l.conv.c; }, extent, "ifmap channels");
  table.integer(
      "conv.r", [](auto& l) -> auto& { return l.conv.r; }, extent, "filter height");
  table.integer(
      "conv.s", [](auto& l) -> auto& { return l.conv.s; }, extent, "filter width");
  table.integer(
      "conv.filters", [](auto& l) -> auto& { return l.conv.filters; }, extent,
      "filters; a depthwise layer has conv.c of them");
  table.integer(
      "conv.stride", [](auto& l) -> auto& { return l.stride; }, extent,
      "stride in both directions, 1 when absent");
  table.integer(
      "conv.stride_h", [](auto& l) -> auto& { return l.conv.stride_h; }, extent, "vertical stride");
  table.integer(
      "conv.stride_w", [](auto& l) -> auto& { return l.conv.stride_w; }, extent,
      "horizontal stride");
  table.integer(
      "conv.pad", [](auto& l) -> auto& { return l.pad; }, pad,
      "zero padding on all four sides, 0 when absent");
  table.integer(
      "conv.pad_h", [](auto& l) -> auto& { return l.conv.pad_h; }, pad,
      "zero rows above and below");
  table.integer(
      "conv.pad_w", [](auto& l) -> auto& { return l.conv.pad_w; }, pad,
      "zero columns left and right");
  table.integer(
      "elems", [](auto& l) -> auto& { return l.vector_elems; }, {1, kMaxVectorElems},
      "elements of a vector layer");
  table.integer(
      "ops", [](auto& l) -> auto& { return l.vector_ops; }, {1, kMaxVectorOps},
      "operations an element of a vector layer");
  return table;
}

}  // namespace

const ConfigTable<LayerSpec>& layer_table() {
  static const ConfigTable<LayerSpec> kTable = make_layer_table();
  return kTable;
}

std::optional<Layer> read_layer(const YamlNode& node, const NamedValues& names,
                                Problems& problems) {
  return LayerReader{node, problems}.read(names);
}

bool is_plain_name(std::string_view text) {
  constexpr size_t kLongest = 64;
  if (text.empty() || text.size() > kLongest) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

void check_keys(const YamlNode& map, std::span<const std::string> known, Problems& problems) {
  for (const auto& [key, value] : map.entries) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      problems.add(fmt::format("{}: {}: unknown key{}", value.place, key, suggestion(key, known)));
    }
  }
}

}  // namespace olivine
