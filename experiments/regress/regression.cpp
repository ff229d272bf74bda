// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/regression.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::regress {
namespace {

constexpr uint64_t kLongFactor = 10;  // seeds of the long regression for each of the default
constexpr uint64_t kLongVariantSeeds = 50;
// A worker starts in milliseconds; ten seeds are worth that.
constexpr uint64_t kSeedsPerItem = 10;

std::optional<uint64_t> parse_seed(std::string_view text) {
  const auto value = parse_int(text);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<uint64_t>(*value);
}

std::vector<const BlockBench*> find_blocks(std::span<const BlockBench> benches,
                                           const std::vector<std::string>& names,
                                           Problems& problems) {
  std::vector<const BlockBench*> found;
  std::vector<std::string> known;
  for (const BlockBench& bench : benches) {
    known.emplace_back(bench.block);
    if (names.empty()) found.push_back(&bench);
  }
  for (const std::string& name : names) {
    const auto at = std::ranges::find(benches, name, &BlockBench::block);
    if (at == benches.end()) {
      problems.add(fmt::format("--block {}: unknown block{}", name, suggestion(name, known)));
    } else if (std::ranges::find(found, &*at) == found.end()) {
      found.push_back(&*at);
    }
  }
  return found;
}

struct Setting {
  std::string name;
  std::string value;
};

std::vector<Setting> parse_settings(const std::vector<std::string>& texts, Problems& problems) {
  std::vector<Setting> settings;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems.add(fmt::format("--set {}: must be PARAMETER=VALUE", text));
      continue;
    }
    Setting setting{text.substr(0, equals), text.substr(equals + 1)};
    if (std::ranges::find(settings, setting.name, &Setting::name) != settings.end()) {
      problems.add(fmt::format("--set {}: {} is set twice", text, setting.name));
    } else {
      settings.push_back(std::move(setting));
    }
  }
  return settings;
}

const ParameterInfo* find_parameter(const BlockBench& bench, std::string_view name) {
  const auto at = std::ranges::find(bench.parameters, name, &ParameterInfo::name);
  return at == bench.parameters.end() ? nullptr : &*at;
}

// The value of a setting for one block, or a problem.
std::optional<int64_t> checked_value(const BlockBench& bench, const Setting& setting,
                                     Problems& problems) {
  const ParameterInfo* info = find_parameter(bench, setting.name);
  if (info == nullptr) {
    std::vector<std::string> known;
    for (const ParameterInfo& parameter : bench.parameters) known.emplace_back(parameter.name);
    problems.add(fmt::format("--set {}={}: {} has no such parameter{}", setting.name, setting.value,
                             bench.block, suggestion(setting.name, known)));
    return std::nullopt;
  }
  const auto value = parse_int(setting.value);
  if (!value || *value < info->minimum || *value > info->maximum) {
    problems.add(fmt::format("--set {} = {}: {}: must be {}..{}", setting.name, setting.value,
                             bench.block, info->minimum, info->maximum));
    return std::nullopt;
  }
  return value;
}

// Every variant with the settings in place of its own values; equal ones once. A block without
// variants has one: its settings.
std::vector<Parameters> variants_with(const BlockBench& bench, std::vector<Parameters> variants,
                                      const std::vector<Setting>& settings, Problems& problems) {
  if (variants.empty()) variants.emplace_back();
  for (const Setting& setting : settings) {
    const auto value = checked_value(bench, setting, problems);
    if (!value) continue;
    for (Parameters& variant : variants) variant[setting.name] = *value;
  }
  std::vector<Parameters> different;
  for (Parameters& variant : variants) {
    if (std::ranges::find(different, variant) == different.end()) {
      different.push_back(std::move(variant));
    }
  }
  return different;
}

}  // namespace

std::optional<SeedRange> parse_seeds(std::string_view text) {
  const size_t dots = text.find("..");
  const auto first = parse_seed(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : parse_seed(text.substr(dots + 2));
  if (!first || !last || *first > *last || *last - *first >= kMaxSeeds) return std::nullopt;
  return SeedRange{*first, *last};
}

std::string to_string(SeedRange seeds) {
  return seeds.first == seeds.last ? fmt::format("{}", seeds.first)
                                   : fmt::format("{}..{}", seeds.first, seeds.last);
}

std::string to_string(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text;
}

std::string name_of(const Target& target) {
  const std::string parameters = to_string(target.parameters);
  return parameters.empty() ? std::string{target.bench->block}
                            : fmt::format("{} {}", target.bench->block, parameters);
}

std::vector<Target> choose_targets(std::span<const BlockBench> benches,
                                   const Selection& selection) {
  Problems problems;
  const auto chosen = find_blocks(benches, selection.blocks, problems);
  const std::vector<Setting> settings = parse_settings(selection.settings, problems);
  std::vector<Target> targets;
  const auto add = [&](const BlockBench& bench, std::span<const Parameters> list, uint64_t seeds) {
    const SeedRange range = selection.seeds.value_or(SeedRange{1, seeds});
    for (Parameters& parameters :
         variants_with(bench, {list.begin(), list.end()}, settings, problems)) {
      targets.push_back({&bench, std::move(parameters), range, selection.cases.value_or(1)});
    }
  };
  for (const BlockBench* bench : chosen) {
    add(*bench, bench->variants, bench->seeds * (selection.is_long ? kLongFactor : 1));
    const bool has_more = selection.is_long && settings.empty() && !bench->long_variants.empty();
    if (has_more) add(*bench, bench->long_variants, kLongVariantSeeds);
  }
  problems.throw_if_any();
  return targets;
}

std::vector<WorkItem> divide(std::span<const Target> targets) {
  std::vector<WorkItem> items;
  for (size_t i = 0; i < targets.size(); ++i) {
    const SeedRange& all = targets[i].seeds;
    for (uint64_t done = 0; done < all.count(); done += kSeedsPerItem) {
      const uint64_t count = std::min(kSeedsPerItem, all.count() - done);
      items.push_back({i, {all.first + done, all.first + done + count - 1}});
    }
  }
  return items;
}

}  // namespace olivine::regress
