// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/machine_kind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/machines/gpu.h"
#include "models/machines/machine.h"

namespace olivine {
bool is_machine_path(std::string_view name_or_path) {
  return name_or_path.find('/') != std::string_view::npos || name_or_path.ends_with(".yaml");
}

std::string_view kind_of(const YamlNode& root) {
  const YamlNode* node = root.find("kind");
  return node != nullptr && node->kind == YamlNode::Kind::Scalar ? std::string_view{node->scalar}
                                                                 : kSystolicKind;
}

std::optional<std::string> take_text(YamlNode& root, std::string_view key, Problems& problems) {
  const YamlNode* node = root.find(key);
  if (node == nullptr) return std::nullopt;
  std::optional<std::string> text;
  if (node->kind == YamlNode::Kind::Scalar && !node->scalar.empty()) {
    text = node->scalar;
  } else {
    problems.add(fmt::format("{}: {}: must be a text", node->place, key));
  }
  std::erase_if(root.entries, [&](const YamlEntry& entry) { return entry.key == key; });
  return text;
}

void take_kind(YamlNode& root, std::string_view expected, Problems& problems) {
  const std::string place = root.find("kind") == nullptr ? root.place : root.find("kind")->place;
  const std::string found = take_text(root, "kind", problems).value_or(std::string{kSystolicKind});
  if (found == expected) return;
  const std::array kinds = {std::string{kGpuKind}, std::string{kSystolicKind}};
  if (std::find(kinds.begin(), kinds.end(), found) == kinds.end()) {
    problems.add(fmt::format("{}: kind = {}: must be {}{}", place, found, fmt::join(kinds, "|"),
                             suggestion(found, kinds)));
    return;
  }
  problems.add(fmt::format("{}: kind = {}: must be {}: this command takes {} machines{}", place,
                           found, expected, expected,
                           expected == kGpuKind ? " (a file without kind is systolic)" : ""));
}

std::string beside(const std::string& machine_path, const std::string& name_or_path) {
  if (!is_machine_path(name_or_path)) return name_or_path;
  return (std::filesystem::path{machine_path}.parent_path() / name_or_path).string();
}

std::string unknown_machine(const std::string& name, std::string_view wanted_kind) {
  const bool wants_gpu = wanted_kind == kGpuKind;
  const std::vector<std::string> wanted = wants_gpu ? shipped_gpus() : shipped_machines();
  const std::vector<std::string> other = wants_gpu ? shipped_machines() : shipped_gpus();
  const auto listed = [](const std::vector<std::string>& names) { return fmt::join(names, ", "); };
  if (std::find(other.begin(), other.end(), name) != other.end()) {
    return fmt::format("machine = {}: is a {} machine, and this command takes {} machines: {}",
                       name, wants_gpu ? kSystolicKind : kGpuKind, wanted_kind, listed(wanted));
  }
  std::vector<std::string> all = wanted;
  all.insert(all.end(), other.begin(), other.end());
  return fmt::format(
      "machine = {}: unknown machine{} (shipped: {}; {}: {}; a file is given by its path, ending "
      "in .yaml)",
      name, suggestion(name, all), listed(wanted), wants_gpu ? "systolic" : "GPUs", listed(other));
}

}  // namespace olivine
