// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/energy_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <span>

#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/energy/shipped_energy_tables.h"

namespace olivine {
namespace {

struct QuantityRule {
  std::string_view group;
  std::string_view quantity;
  EnergyUnit unit;
  bool is_required;  // of every kind of the group
};

constexpr std::array kArrayQuantities = {
    QuantityRule{"pe", "energy", EnergyUnit::Picojoule, true},
    QuantityRule{"pe", "leakage", EnergyUnit::Microwatt, true},
    QuantityRule{"pe", "area", EnergyUnit::SquareMicrometre, true},
    QuantityRule{"decoder", "energy", EnergyUnit::Picojoule, true},
    QuantityRule{"decoder", "leakage", EnergyUnit::Microwatt, true},
    QuantityRule{"decoder", "area", EnergyUnit::SquareMicrometre, true},
    QuantityRule{"vector", "energy", EnergyUnit::Picojoule, true},
    QuantityRule{"dram", "read", EnergyUnit::PicojoulePerBit, true},
    QuantityRule{"dram", "write", EnergyUnit::PicojoulePerBit, true},
    QuantityRule{"dram", "background", EnergyUnit::Milliwatt, false}};

constexpr std::array kGpuQuantities = {
    QuantityRule{"matrix", "energy", EnergyUnit::Picojoule, true},
    QuantityRule{"ovp_decoder", "energy", EnergyUnit::Picojoule, false},
    QuantityRule{"alu", "energy", EnergyUnit::Picojoule, true},
    QuantityRule{"traffic", "energy", EnergyUnit::PicojoulePerBit, true}};

// Kinds that the models ask for by name.
using FixedKind = std::pair<std::string_view, std::string_view>;
constexpr std::array kFixedArrayKinds = {FixedKind{"decoder", "4bit"}, FixedKind{"decoder", "8bit"},
                                         FixedKind{"vector", "op"}};
constexpr std::array kFixedGpuKinds = {FixedKind{"alu", "instruction"},
                                       FixedKind{"traffic", "shared"}, FixedKind{"traffic", "l2"}};

// Groups whose kinds are free, at least one each.
constexpr std::array<std::string_view, 2> kOpenArrayGroups = {"pe", "dram"};
constexpr std::array<std::string_view, 2> kOpenGpuGroups = {"matrix", "traffic"};

// What a table of one kind may and must hold.
struct TableRules {
  std::span<const QuantityRule> quantities;
  std::span<const FixedKind> fixed_kinds;
  std::span<const std::string_view> open_groups;
};

TableRules rules_of(EnergyTableKind kind) {
  if (kind == EnergyTableKind::Gpu) return {kGpuQuantities, kFixedGpuKinds, kOpenGpuGroups};
  return {kArrayQuantities, kFixedArrayKinds, kOpenArrayGroups};
}

const ConfigTable<EnergyEntry>& entry_fields() {
  static const ConfigTable<EnergyEntry> kTable = [] {
    ConfigTable<EnergyEntry> t;
    t.text(
         "name", [](EnergyEntry & e) -> auto& { return e.name; }, "group.kind.quantity")
        .number(
            "value", [](EnergyEntry & e) -> auto& { return e.value; }, {0, 1e9}, "The number")
        .choice<EnergyUnit>(
            "unit", [](EnergyEntry & e) -> auto& { return e.unit; }, kEnergyUnitNames, "Its unit")
        .text(
            "source", [](EnergyEntry & e) -> auto& { return e.source; }, "Key under sources")
        .choice<EnergyBoundary>(
            "boundary", [](EnergyEntry & e) -> auto& { return e.boundary; }, kEnergyBoundaryNames,
            "What the number includes")
        .text(
            "note", [](EnergyEntry & e) -> auto& { return e.note; }, "Derivation and caveats");
    return t;
  }();
  return kTable;
}

const ConfigTable<SramFamily>& sram_fields() {
  static const ConfigTable<SramFamily> kTable = [] {
    ConfigTable<SramFamily> t;
    t.text(
         "cell", [](SramFamily & f) -> auto& { return f.cell; }, "Cell family")
        .integer(
            "width_bits", [](SramFamily & f) -> auto& { return f.width_bits; }, {8, 4096},
            "Word of one access", "bits")
        .text(
            "source", [](SramFamily & f) -> auto& { return f.source; }, "Key under sources")
        .choice<EnergyBoundary>(
            "boundary", [](SramFamily & f) -> auto& { return f.boundary; }, kEnergyBoundaryNames,
            "What the numbers include")
        .text(
            "note", [](SramFamily & f) -> auto& { return f.note; }, "Conditions and caveats");
    return t;
  }();
  return kTable;
}

const ConfigTable<SramMacro>& point_fields() {
  static const ConfigTable<SramMacro> kTable = [] {
    constexpr Range<double> kPositive{1e-9, 1e9};  // logarithms are taken
    ConfigTable<SramMacro> t;
    t.bytes(
         "capacity", [](SramMacro & m) -> auto& { return m.capacity_bytes; }, {1, int64_t{1} << 32},
         "Capacity of the macro")
        .number(
            "read_pj", [](SramMacro & m) -> auto& { return m.read_pj; }, kPositive,
            "Read of one word", "pJ")
        .number(
            "write_pj", [](SramMacro & m) -> auto& { return m.write_pj; }, kPositive,
            "Write of one word", "pJ")
        .number(
            "leakage_mw", [](SramMacro & m) -> auto& { return m.leakage_mw; }, kPositive, "Leakage",
            "mW")
        .number(
            "area_mm2", [](SramMacro & m) -> auto& { return m.area_mm2; }, kPositive, "Area",
            "mm2");
    return t;
  }();
  return kTable;
}

// Reads one table and collects its problems.
class TableReader {
 public:
  TableReader(const YamlNode& root, std::string file) : root_(root), file_(std::move(file)) {}

  EnergyTable read() {
    read_kind();
    check_keys();
    read_base();
    read_header();
    for (const YamlNode& node : items("entries")) read_entry(node);
    if (table_.kind == EnergyTableKind::Systolic) {
      for (const YamlNode& node : items("sram")) read_family(node);
    }
    check_complete();
    problems_.throw_if_any();
    drop_unused_base_sources();
    return std::move(table_);
  }

 private:
  static constexpr std::array<std::string_view, 7> kSections = {
      "kind", "name", "description", "base", "sources", "entries", "sram"};

  static constexpr size_t kMaxItems = 1000;  // names are compared pairwise

  void check_keys() {
    if (root_.kind != YamlNode::Kind::Map) {
      throw ConfigError{fmt::format("{}: must be a map of keys and values", root_.place)};
    }
    std::vector<std::string> legal{kSections.begin(), kSections.end()};
    if (table_.kind == EnergyTableKind::Gpu) std::erase(legal, "sram");
    for (const auto& [key, node] : root_.entries) {
      if (std::find(legal.begin(), legal.end(), key) == legal.end()) {
        problems_.add(
            fmt::format("{}: {}: unknown key{}", node.place, key, suggestion(key, legal)));
      }
    }
  }

  void read_kind() {
    const YamlNode* node = root_.find("kind");
    if (node == nullptr) return;
    const std::string text = scalar("kind");
    const auto kind = value_of<EnergyTableKind>(kEnergyTableKindNames, text);
    if (kind) {
      table_.kind = *kind;
    } else if (!text.empty()) {
      problems_.add(fmt::format("{}: kind = {}: must be {}", node->place, text,
                                joined_names<EnergyTableKind>(kEnergyTableKindNames)));
    }
    rules_ = rules_of(table_.kind);
  }

  // Starts from everything a shipped table of the same kind says. A base has no base itself.
  void read_base() {
    const YamlNode* node = root_.find("base");
    if (node == nullptr) return;
    const std::string name = scalar("base");
    std::vector<std::string> legal;
    for (const EmbeddedFile& file : shipped_energy_table_files()) {
      const YamlNode root = parse_yaml(file.text, std::string{file.name} + ".yaml");
      if (root.find("base") != nullptr) continue;
      const bool is_gpu = root.find("kind") != nullptr && root.find("kind")->scalar == "gpu";
      if (is_gpu != (table_.kind == EnergyTableKind::Gpu)) continue;
      legal.emplace_back(file.name);
      if (file.name != name) continue;
      table_ = TableReader{root, std::string{file.name} + ".yaml"}.read();
      has_base_ = true;
      return;
    }
    problems_.add(fmt::format("{}: base = {}: must be {}{}", node->place, name,
                              fmt::join(legal, "|"), suggestion(name, legal)));
  }

  // Those of entries that this file replaced.
  void drop_unused_base_sources() {
    if (!has_base_) return;
    std::set<std::string> cited;
    for (const EnergyEntry& entry : table_.entries) cited.insert(entry.source);
    for (const SramFamily& family : table_.sram) cited.insert(family.source);
    const YamlNode* own = root_.find("sources");
    std::erase_if(table_.sources, [&](const auto& source) {
      const bool is_own = own != nullptr && own->find(source.first) != nullptr;
      return !is_own && !cited.contains(source.first);
    });
  }

  void read_header() {
    table_.name = scalar("name");
    table_.description = scalar("description");
    const YamlNode* sources = root_.find("sources");
    if (sources == nullptr) return;
    for (const FlatEntry& entry : flatten(*sources, problems_)) {
      const auto [at, is_new] = table_.sources.emplace(entry.key, entry.text);
      if (is_new) continue;
      problems_.add(fmt::format("{}: sources.{}: the base has it already", entry.place, entry.key));
    }
  }

  std::string scalar(std::string_view key) {
    const YamlNode* node = root_.find(key);
    if (node != nullptr && node->kind == YamlNode::Kind::Scalar && !node->scalar.empty()) {
      return node->scalar;
    }
    problems_.add(
        fmt::format("{}: {}: must be a text", node == nullptr ? file_ : node->place, key));
    return {};
  }

  const std::vector<YamlNode>& items(std::string_view key) {
    const YamlNode* node = root_.find(key);
    if (node == nullptr && has_base_) return empty_;
    if (node == nullptr || node->kind != YamlNode::Kind::Sequence) {
      problems_.add(
          fmt::format("{}: {}: must be a list", node == nullptr ? file_ : node->place, key));
      return empty_;
    }
    if (node->items.size() > kMaxItems) {
      problems_.add(fmt::format("{}: {}: {} items: must be at most {}", node->place, key,
                                node->items.size(), kMaxItems));
      return empty_;
    }
    return node->items;
  }

  bool is_map(const YamlNode& node, const std::string& what) {
    if (node.kind == YamlNode::Kind::Map) return true;
    problems_.add(fmt::format("{}: {}: must be a map of keys and values", node.place, what));
    return false;
  }

  void require(const YamlNode& node, const std::string& what,
               std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      const YamlNode* value = node.find(key);
      const bool is_blank =
          value != nullptr && value->kind == YamlNode::Kind::Scalar && value->scalar.empty();
      if (value == nullptr || is_blank) {
        problems_.add(fmt::format("{}: {}: has no {}", node.place, what, key));
      }
    }
  }

  void check_source(const YamlNode& node, const std::string& what, const std::string& source) {
    if (source.empty() || table_.sources.contains(source)) return;  // absence is reported already
    std::vector<std::string> known;
    for (const auto& [key, citation] : table_.sources) known.push_back(key);
    problems_.add(fmt::format("{}: {}: source '{}' is not under sources{}", node.place, what,
                              source, suggestion(source, known)));
  }

  void read_entry(const YamlNode& node) {
    if (!is_map(node, "entry")) return;
    EnergyEntry entry;
    apply_yaml(node, entry_fields(), entry, problems_);
    const std::string what = entry.name.empty() ? "entry" : entry.name;
    require(node, what, {"name", "value", "unit", "source", "boundary"});
    check_source(node, what, entry.source);
    if (!own_.insert(entry.name).second) {
      problems_.add(fmt::format("{}: {}: appears twice", node.place, what));
      return;
    }
    if (!entry.name.empty()) check_name(node, entry);
    const auto old = std::ranges::find(table_.entries, entry.name, &EnergyEntry::name);
    if (old == table_.entries.end()) {
      table_.entries.push_back(std::move(entry));
    } else {
      *old = std::move(entry);
    }
  }

  void check_name(const YamlNode& node, const EnergyEntry& entry) {
    const std::vector<std::string> parts = split(entry.name, '.');
    std::vector<std::string> legal;
    for (const QuantityRule& rule : rules_.quantities) {
      const bool fits = parts.size() == 3 && parts[0] == rule.group && parts[2] == rule.quantity;
      if (!fits) {
        legal.push_back(fmt::format("{}.<kind>.{}", rule.group, rule.quantity));
        continue;
      }
      if (node.find("unit") != nullptr && entry.unit != rule.unit) {
        problems_.add(fmt::format("{}: {}: unit = {}: must be {}", node.place, entry.name,
                                  name_of<EnergyUnit>(kEnergyUnitNames, entry.unit),
                                  name_of<EnergyUnit>(kEnergyUnitNames, rule.unit)));
      }
      return;
    }
    problems_.add(fmt::format("{}: {}: unknown name: must be one of {}", node.place, entry.name,
                              fmt::join(legal, ", ")));
  }

  void read_family(const YamlNode& node) {
    if (!is_map(node, "sram")) return;
    SramFamily family;
    YamlNode fields = node;
    std::erase_if(fields.entries, [](const auto& field) { return field.key == "points"; });
    apply_yaml(fields, sram_fields(), family, problems_);
    const std::string what = family.cell.empty() ? "sram" : "sram " + family.cell;
    require(node, what, {"cell", "width_bits", "source", "boundary", "points"});
    check_source(node, what, family.source);
    if (!own_.insert(what).second) {
      problems_.add(fmt::format("{}: {}: appears twice", node.place, what));
    }
    if (const YamlNode* points = node.find("points")) {
      for (const YamlNode& point : points->items) read_point(point, what, family);
    }
    if (family.points.size() < 2) {
      problems_.add(fmt::format("{}: {}: must have at least two points", node.place, what));
    }
    const auto old = std::ranges::find(table_.sram, family.cell, &SramFamily::cell);
    if (old == table_.sram.end()) {
      table_.sram.push_back(std::move(family));
    } else {
      *old = std::move(family);
    }
  }

  void read_point(const YamlNode& node, const std::string& what, SramFamily& family) {
    if (!is_map(node, what)) return;
    SramMacro point;
    apply_yaml(node, point_fields(), point, problems_);
    require(node, what, {"capacity", "read_pj", "write_pj", "leakage_mw", "area_mm2"});
    if (!family.points.empty() && point.capacity_bytes <= family.points.back().capacity_bytes) {
      problems_.add(fmt::format("{}: {}: capacity = {}: must be above the one before", node.place,
                                what, format_bytes(point.capacity_bytes)));
    }
    family.points.push_back(point);
  }

  void check_complete() {
    std::set<std::pair<std::string, std::string>> kinds;  // group, kind
    for (const auto& [group, kind] : rules_.fixed_kinds) kinds.emplace(group, kind);
    for (const std::string_view group : rules_.open_groups) {
      const std::vector<std::string> found = table_.kinds(group);
      if (found.empty()) problems_.add(fmt::format("{}: entries: has no {}", file_, group));
      for (const std::string& kind : found) kinds.emplace(group, kind);
    }
    for (const auto& [group, kind] : kinds) {
      for (const QuantityRule& rule : rules_.quantities) {
        if (rule.group != group || !rule.is_required) continue;
        const std::string name = fmt::format("{}.{}.{}", group, kind, rule.quantity);
        if (table_.find(name) == nullptr) {
          problems_.add(fmt::format("{}: entries: {} is missing", file_, name));
        }
      }
    }
  }

  const YamlNode& root_;
  std::string file_;
  EnergyTable table_;
  TableRules rules_ = rules_of(EnergyTableKind::Systolic);
  bool has_base_ = false;
  std::set<std::string> own_;  // entries and families that this file defines
  Problems problems_;
  std::vector<YamlNode> empty_;
};

}  // namespace

EnergyTable parse_energy_table(std::string_view text, const std::string& source) {
  const YamlNode root = parse_yaml(text, source);
  return TableReader{root, source}.read();
}

}  // namespace olivine
