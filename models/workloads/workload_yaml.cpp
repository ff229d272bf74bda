// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/workload_yaml.h"

#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/workloads/expression.h"
#include "models/workloads/layer_spec.h"
#include "models/workloads/scalesim_csv.h"

namespace olivine {
namespace {

const ConfigTable<Workload>& header_table() {
  static const ConfigTable<Workload> kTable = [] {
    ConfigTable<Workload> table;
    table.text(
        "name", [](auto& w) -> auto& { return w.name; }, "name of the workload");
    table.text(
        "description", [](auto& w) -> auto& { return w.description; }, "one sentence");
    table.text(
        "source", [](auto& w) -> auto& { return w.source; }, "where the dimensions come from");
    return table;
  }();
  return kTable;
}

// One file on its way from YAML to Workload; problems of all parts are collected.
class WorkloadReader {
 public:
  WorkloadReader(std::string source, const ParamOverrides& overrides)
      : source_(std::move(source)), overrides_(overrides) {
    for (const VectorOp& op : kVectorOps) names_.emplace(op.name, op.ops);
  }

  Workload read(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::Map) {
      throw ConfigError{fmt::format("{}: must be a map of keys and values", root.place)};
    }
    static const std::array<std::string, 6> kKeys = {"name",   "description", "source",
                                                     "params", "derived",     "blocks"};
    check_keys(root, kKeys, problems_);
    read_header(root);
    read_params(root.find("params"));
    apply_overrides();
    read_derived(root.find("derived"));
    read_blocks(root);
    problems_.throw_if_any();
    return std::move(workload_);
  }

 private:
  void read_header(const YamlNode& root) {
    for (const std::string& key : header_table().keys()) {
      const YamlNode* value = root.find(key);
      if (value == nullptr) continue;
      if (value->kind != YamlNode::Kind::Scalar) {
        problems_.add(fmt::format("{}: {}: must be text", value->place, key));
      } else if (const auto problem = header_table().set(workload_, key, value->scalar)) {
        problems_.add(fmt::format("{}: {}", value->place, *problem));
      }
    }
    if (!is_plain_name(workload_.name)) {
      problems_.add(
          fmt::format("{}: name = {}: must be {}", root.place, workload_.name, kPlainNameRule));
    }
  }

  // Adds a name to the environment of expressions. False when it cannot be added.
  bool define(const FlatEntry& entry, std::optional<int64_t> value) {
    if (!is_identifier(entry.key)) {
      problems_.add(
          fmt::format("{}: {}: must be a word of letters, digits and '_'", entry.place, entry.key));
      return false;
    }
    if (names_.size() >= kVectorOps.size() + kMaxWorkloadNames) {
      problems_.add(
          fmt::format("{}: {}: more than {} names", entry.place, entry.key, kMaxWorkloadNames));
      return false;
    }
    if (!names_.emplace(entry.key, value).second) {
      problems_.add(fmt::format("{}: {}: this name is taken", entry.place, entry.key));
      return false;
    }
    return true;
  }

  void read_params(const YamlNode* params) {
    if (params == nullptr) return;
    for (const FlatEntry& entry : flatten(*params, problems_)) {
      if (problems_.list().size() >= kMaxReportedProblems) break;
      const auto value = parse_param(entry.text);
      if (!value) {
        problems_.add(fmt::format("{}: {} = {}: must be an integer 1..{}", entry.place, entry.key,
                                  entry.text, kMaxExtent));
      }
      if (define(entry, value)) workload_.params[entry.key] = value.value_or(1);
    }
  }

  static std::optional<int64_t> parse_param(std::string_view text) {
    const auto value = parse_int(text);
    if (!value || *value < 1 || *value > kMaxExtent) return std::nullopt;
    return value;
  }

  void apply_overrides() {
    std::vector<std::string> known;
    for (const auto& [name, value] : workload_.params) known.push_back(name);
    for (const auto& [name, text] : overrides_) {
      const auto param = workload_.params.find(name);
      if (param == workload_.params.end()) {
        problems_.add(fmt::format("{}: {} = {}: no such parameter{}", source_, name, text,
                                  suggestion(name, known)));
        continue;
      }
      const auto value = parse_param(text);
      if (!value) {
        problems_.add(
            fmt::format("{}: {} = {}: must be an integer 1..{}", source_, name, text, kMaxExtent));
      }
      param->second = value.value_or(1);
      names_[name] = value;
    }
  }

  void read_derived(const YamlNode* derived) {
    if (derived == nullptr) return;
    for (const FlatEntry& entry : flatten(*derived, problems_)) {
      if (problems_.list().size() >= kMaxReportedProblems) break;
      const ExpressionResult result = evaluate(entry.text, names_);
      if (!result.problem.empty()) {
        problems_.add(
            fmt::format("{}: {} = {}: {}", entry.place, entry.key, entry.text, result.problem));
      }
      define(entry, result.value);
    }
  }

  void read_blocks(const YamlNode& root) {
    const YamlNode* blocks = root.find("blocks");
    if (blocks == nullptr) {
      problems_.add(fmt::format("{}: blocks: is missing", root.place));
      return;
    }
    if (blocks->kind != YamlNode::Kind::Sequence || blocks->items.empty()) {
      problems_.add(fmt::format("{}: blocks: must be a list of blocks", blocks->place));
      return;
    }
    for (const YamlNode& block : blocks->items) {
      if (problems_.list().size() >= kMaxReportedProblems) break;
      read_block(block);
    }
  }

  void read_block(const YamlNode& block) {
    if (block.kind != YamlNode::Kind::Map) {
      problems_.add(fmt::format("{}: a block must be a map of name, repeat, layers", block.place));
      return;
    }
    static const std::array<std::string, 3> kKeys = {"name", "repeat", "layers"};
    check_keys(block, kKeys, problems_);
    const YamlNode* name_node = block.find("name");
    const std::string name = name_node == nullptr ? "" : name_node->scalar;
    if (!is_plain_name(name)) {
      problems_.add(
          fmt::format("{}: block name = {}: must be {}", block.place, name, kPlainNameRule));
    } else if (!block_names_.insert(name).second) {
      problems_.add(fmt::format("{}: block name = {}: appears twice", block.place, name));
    }
    const std::optional<int64_t> repeat = read_repeat(block);
    const std::vector<Layer> layers = read_layers(block, name);
    if (repeat) append(block, name, *repeat, layers);
  }

  // How often the block stands in the network; nothing when that is a problem.
  std::optional<int64_t> read_repeat(const YamlNode& block) {
    const YamlNode* node = block.find("repeat");
    if (node == nullptr) return 1;
    const ExpressionResult result = evaluate(node->scalar, names_);
    const auto limit = static_cast<int64_t>(kMaxWorkloadLayers);
    if (result.value && *result.value >= 1 && *result.value <= limit) return result.value;
    if (result.value || !result.problem.empty()) {
      problems_.add(fmt::format("{}: repeat = {}: must be 1..{}{}{}", node->place, node->scalar,
                                limit, result.problem.empty() ? "" : ": ", result.problem));
    }
    return std::nullopt;
  }

  std::vector<Layer> read_layers(const YamlNode& block, const std::string& block_name) {
    std::vector<Layer> layers;
    const YamlNode* node = block.find("layers");
    if (node == nullptr || node->kind != YamlNode::Kind::Sequence || node->items.empty()) {
      problems_.add(fmt::format("{}: block '{}': layers: must be a list of layers",
                                node == nullptr ? block.place : node->place, block_name));
      return layers;
    }
    std::set<std::string> seen;
    for (const YamlNode& item : node->items) {
      if (problems_.list().size() >= kMaxReportedProblems) break;
      auto layer = read_layer(item, names_, problems_);
      if (!layer) continue;
      if (!seen.insert(layer->name).second) {
        problems_.add(fmt::format("{}: layer '{}': appears twice in block '{}'", item.place,
                                  layer->name, block_name));
      }
      layers.push_back(std::move(*layer));
    }
    return layers;
  }

  void append(const YamlNode& block, const std::string& name, int64_t repeat,
              const std::vector<Layer>& layers) {
    const auto copies = static_cast<size_t>(repeat);
    layer_count_ += copies * layers.size();
    if (layer_count_ > kMaxWorkloadLayers) {
      problems_.add(fmt::format("{}: block '{}': {} layers so far: must be at most {}", block.place,
                                name, layer_count_, kMaxWorkloadLayers));
      layer_count_ = 0;  // reported once; the file is refused in any case
      return;
    }
    if (!problems_.is_empty()) return;  // nothing will be returned: do not expand
    const bool is_indexed = block.find("repeat") != nullptr;
    for (size_t copy = 0; copy < copies; ++copy) {
      for (const Layer& layer : layers) {
        add_work(block, layer);
        workload_.layers.push_back(layer);
        workload_.layers.back().name = is_indexed ? fmt::format("{}.{}.{}", name, copy, layer.name)
                                                  : fmt::format("{}.{}", name, layer.name);
      }
    }
  }

  void add_work(const YamlNode& block, const Layer& layer) {
    if (work_ > kMaxWorkloadMacs) return;
    // Each addend is at most kMaxLayerMacs (2^54): the sum cannot wrap before it is noticed.
    work_ += layer.kind == LayerKind::Vector
                 ? static_cast<uint64_t>(layer.vector_elems * layer.vector_ops)
                 : layer.gemm.macs().count();
    if (work_ > kMaxWorkloadMacs) {
      problems_.add(fmt::format("{}: {} MACs and vector operations so far: must be at most {}",
                                block.place, work_, kMaxWorkloadMacs));
    }
  }

  std::string source_;
  const ParamOverrides& overrides_;
  Workload workload_;
  NamedValues names_;
  Problems problems_;
  std::set<std::string> block_names_;
  size_t layer_count_ = 0;
  uint64_t work_ = 0;
};

bool is_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".yaml") ||
         text.ends_with(".yml") || text.ends_with(".csv");
}

}  // namespace

Workload parse_workload(std::string_view text, const std::string& source,
                        const ParamOverrides& overrides) {
  return WorkloadReader{source, overrides}.read(parse_yaml(text, source));
}

Workload load_workload(const std::string& name_or_path, const ParamOverrides& overrides) {
  if (name_or_path.ends_with(".csv")) {
    if (!overrides.empty()) {
      throw ConfigError{fmt::format("{}: {} = {}: a SCALE-Sim topology has no parameters",
                                    name_or_path, overrides.begin()->first,
                                    overrides.begin()->second)};
    }
    return load_scalesim_csv(name_or_path);
  }
  if (is_path(name_or_path)) {
    return parse_workload(read_text_file(name_or_path, kMaxYamlBytes), name_or_path, overrides);
  }
  for (const EmbeddedFile& file : shipped_network_files()) {
    if (file.name == name_or_path) return parse_workload(file.text, name_or_path, overrides);
  }
  const std::vector<std::string> known = shipped_workloads();
  throw ConfigError{fmt::format("workload = {}: no shipped workload has this name{}", name_or_path,
                                suggestion(name_or_path, known))};
}

std::vector<std::string> shipped_workloads() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : shipped_network_files()) names.emplace_back(file.name);
  return names;
}

}  // namespace olivine
