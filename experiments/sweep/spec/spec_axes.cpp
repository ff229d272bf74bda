// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "experiments/sweep/spec/spec_parts.h"
#include "models/base/text.h"
#include "models/workloads/layer_spec.h"

namespace olivine::sweep {
namespace {

constexpr std::string_view kForms =
    "[a, b], {from, to, step}, {from, to, factor} or {link: [key, key], values: [[a, b], [c, d]]}";

// One value of a linked axis: a list of as many scalars as there are keys. Empty where it is not.
std::vector<std::string> read_row(const YamlNode& row, const std::string& key, size_t count,
                                  Problems& problems) {
  std::vector<std::string> texts;
  const bool is_list = row.kind == YamlNode::Kind::Sequence && row.items.size() == count;
  if (!is_list) {
    problems.add(
        fmt::format("{}: {}.values: must be lists of {} values, one a key", row.place, key, count));
    return texts;
  }
  for (const YamlNode& item : row.items) {
    const auto text = read_scalar(item, fmt::format("{}.values", key), problems);
    if (!text) return {};
    texts.push_back(*text);
  }
  return texts;
}

class AxisReader {
 public:
  AxisReader(std::string name, const YamlNode& node, Problems& problems)
      : node_(node), key_("axes." + name), problems_(problems) {
    axis_.name = std::move(name);
    axis_.place = node.place;
  }

  SpecAxis read() {
    const bool is_map = node_.kind == YamlNode::Kind::Map;
    if (is_map && (node_.find("link") != nullptr || node_.find("values") != nullptr)) {
      read_linked();
      return std::move(axis_);
    }
    axis_.keys = {axis_.name};
    if (is_map) {
      read_range_map();
    } else if (node_.kind == YamlNode::Kind::Sequence) {
      read_values();
    } else {
      problems_.add(fmt::format("{}: {}: must be {}", node_.place, key_, kForms));
    }
    return std::move(axis_);
  }

 private:
  // Adds a value unless an earlier one is written alike.
  void add(std::vector<std::string> texts, const std::string& place) {
    const auto [earlier, is_new] = seen_.emplace(texts, place);
    if (is_new) {
      axis_.values.push_back(std::move(texts));
      return;
    }
    problems_.add(fmt::format("{}: {}: {} appears twice, first at {}", place, key_,
                              fmt::join(texts, ", "), earlier->second));
  }

  void read_values() {
    const auto* items = read_list(node_, key_, kMaxAxisValues, problems_);
    if (items == nullptr) return;
    for (const YamlNode& item : *items) {
      if (auto text = read_scalar(item, key_, problems_)) add({*text}, item.place);
    }
  }

  void read_range_map() {
    static const std::array<std::string, 6> kKeys = {"from",   "to",   "step",
                                                     "factor", "link", "values"};
    const size_t before = problems_.list().size();
    report_unknown_keys(node_, kKeys, key_, problems_);
    // A range with an unknown key would only be reported a second time, as one without end.
    if (problems_.list().size() > before) return;
    for (std::string& text : read_range(node_, key_, problems_)) {
      add({std::move(text)}, node_.place);
    }
  }

  void read_linked() {
    static const std::array<std::string, 2> kKeys = {"link", "values"};
    report_unknown_keys(node_, kKeys, key_, problems_);
    const YamlNode* link = node_.find("link");
    const YamlNode* values = node_.find("values");
    if (link == nullptr || values == nullptr) {
      problems_.add(fmt::format("{}: {}: {} is missing", node_.place, key_,
                                link == nullptr ? "link" : "values"));
      return;
    }
    if (!is_plain_name(axis_.name)) {
      problems_.add(fmt::format("{}: {}: must be {}", node_.place, key_, kPlainNameRule));
    }
    read_link(*link);
    const auto* rows = read_list(*values, key_ + ".values", kMaxAxisValues, problems_);
    if (rows == nullptr || axis_.keys.empty()) return;
    for (const YamlNode& row : *rows) {
      auto texts = read_row(row, key_, axis_.keys.size(), problems_);
      if (!texts.empty()) add(std::move(texts), row.place);
    }
  }

  void read_link(const YamlNode& link) {
    const auto* items = read_list(link, key_ + ".link", kMaxAxes, problems_);
    if (items == nullptr) return;
    if (items->size() < 2) {
      problems_.add(fmt::format("{}: {}.link: must have two keys or more", link.place, key_));
      return;
    }
    for (const YamlNode& item : *items) {
      if (auto text = read_scalar(item, key_ + ".link", problems_)) axis_.keys.push_back(*text);
    }
    // Values would be counted against the wrong number of keys.
    if (axis_.keys.size() != items->size()) axis_.keys.clear();
  }

  const YamlNode& node_;
  std::string key_;  // for messages
  Problems& problems_;
  SpecAxis axis_;
  std::map<std::vector<std::string>, std::string> seen_;  // values, and where
};

}  // namespace

std::vector<SpecAxis> read_axes(const YamlNode& node, Problems& problems) {
  std::vector<SpecAxis> axes;
  if (node.kind != YamlNode::Kind::Map || node.entries.empty()) {
    problems.add(fmt::format("{}: axes: must be a map of 1..{} parameters and their values",
                             node.place, kMaxAxes));
    return axes;
  }
  if (node.entries.size() > kMaxAxes) {
    problems.add(fmt::format("{}: axes: {} of them: must be at most {}", node.place,
                             node.entries.size(), kMaxAxes));
    return axes;
  }
  for (const auto& [name, value] : node.entries) {
    axes.push_back(AxisReader{name, value, problems}.read());
  }
  return axes;
}

}  // namespace olivine::sweep
