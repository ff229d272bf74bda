// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/option_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiments/cli/arguments.h"
#include "models/analytic/network.h"
#include "models/base/text.h"
#include "models/open_workload/open_workload.h"
#include "models/workloads/conv.h"

namespace olivine::cli {
namespace {

constexpr std::string_view kWorkloadPrefix = "workload.";
constexpr uint64_t kDefaultSeed = 1;

}  // namespace

void OptionReader::check_required(std::string_view subject) {
  std::vector<std::string> missing;
  const bool is_simulated = !arguments_->has("dump-config");
  const bool has_layers = arguments_->has("workload") || arguments_->has("gemm");
  if (!arguments_->has(subject)) missing.push_back(fmt::format("--{}", subject));
  if (is_simulated && !has_layers) missing.emplace_back("--workload or --gemm");
  if (is_simulated && !arguments_->has("scheme")) missing.emplace_back("--scheme");
  if (!missing.empty()) problems_->add(fmt::format("missing: {}", fmt::join(missing, ", ")));
  if (arguments_->has("workload") && arguments_->has("gemm")) {
    problems_->add("--workload and --gemm exclude each other");
  }
}

std::vector<Override> OptionReader::overrides(std::span<const Shortcut> shortcuts) {
  for (const auto& [option, key] : shortcuts) {
    if (const auto value = arguments_->get(option)) {
      add_override({fmt::format("--{}", option), std::string{key}, *value});
    }
  }
  for (const std::string& text : arguments_->all("set")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems_->add(fmt::format("--set {}: must be KEY=VALUE", text));
      continue;
    }
    add_override({"--set", text.substr(0, equals), text.substr(equals + 1)});
  }
  std::vector<Override> others;
  for (const Override& entry : overrides_) {
    if (!entry.key.starts_with(kWorkloadPrefix)) others.push_back(entry);
  }
  return others;
}

void OptionReader::add_override(Override added) {
  for (const Override& other : overrides_) {
    if (other.key != added.key) continue;
    problems_->add(
        other.option == added.option
            ? fmt::format("{}: {} is set twice", added.option, added.key)
            : fmt::format("{} and {} both set {}", other.option, added.option, added.key));
  }
  if (added.key.starts_with(kWorkloadPrefix)) {
    params_[added.key.substr(kWorkloadPrefix.size())] = added.value;
  }
  overrides_.push_back(std::move(added));
}

Workload OptionReader::workload() {
  Workload workload;
  if (const auto name = arguments_->get("workload")) {
    attempt([&] { workload = open_workload(*name, params_); });
    return workload;
  }
  const auto text = arguments_->get("gemm");
  for (const auto& [param, value] : params_) {
    problems_->add(fmt::format("--set {}{} = {}: {}", kWorkloadPrefix, param, value,
                               text ? "a GEMM has no parameters" : "needs --workload"));
  }
  return text ? gemm(*text) : workload;
}

std::vector<int64_t> OptionReader::extents(std::string_view option, const std::string& text,
                                           std::span<const std::string_view> names) {
  const std::vector<std::string> parts = split(text, 'x');
  if (parts.size() < 3 || parts.size() > names.size()) {
    problems_->add(fmt::format("--{} = {}: must be {}", option, text,
                               names.size() == 4 ? "MxNxK or MxNxKxBATCH" : "MxNxK"));
    return {};
  }
  std::vector<int64_t> extents;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto extent = parse_int(parts[i]);
    const bool is_legal = extent && *extent >= 1 && *extent <= kMaxExtent;
    if (!is_legal) {
      problems_->add(fmt::format("--{} = {}: {} = {}: must be 1..{}", option, text, names[i],
                                 parts[i], kMaxExtent));
    }
    extents.push_back(is_legal ? *extent : 0);
  }
  return extents;
}

Workload OptionReader::gemm(const std::string& text) {
  constexpr std::array<std::string_view, 4> kNames = {"m", "n", "k", "batch"};
  const size_t problems_before = problems_->list().size();
  const std::vector<int64_t> sizes = extents("gemm", text, kNames);
  if (problems_->list().size() != problems_before) return {};
  const GemmShape shape{sizes[0], sizes[1], sizes[2], sizes.size() == 4 ? sizes[3] : 1};
  const std::vector<std::string> shape_list = shape_problems(shape);
  for (const std::string& problem : shape_list) {
    problems_->add(fmt::format("--gemm = {}: {}", text, problem));
  }
  return shape_list.empty() ? single_gemm(shape) : Workload{};
}

std::optional<Scheme> OptionReader::scheme() {
  std::optional<Scheme> scheme;
  if (const auto name = arguments_->get("scheme")) attempt([&] { scheme = parse_scheme(*name); });
  return scheme;
}

std::set<LayerKind> OptionReader::layers() {
  std::set<LayerKind> kinds;
  const auto text = arguments_->get("layers");
  if (!text) return kinds;
  std::vector<std::string> known;
  known.reserve(kLayerKindNames.size());
  for (const auto& entry : kLayerKindNames) known.emplace_back(entry.name);
  for (const std::string& word : split(*text, ',')) {
    if (const auto kind = value_of<LayerKind>(kLayerKindNames, word)) {
      kinds.insert(*kind);
    } else {
      problems_->add(fmt::format("--layers = {}: must be {}{}", word, fmt::join(known, "|"),
                                 suggestion(word, known)));
    }
  }
  return kinds;
}

uint64_t OptionReader::seed() {
  const auto seed = integer("seed", 0, INT64_MAX);
  return seed ? static_cast<uint64_t>(*seed) : kDefaultSeed;
}

std::optional<int64_t> OptionReader::integer(const std::string& option, int64_t low, int64_t high) {
  const auto text = arguments_->get(option);
  if (!text) return std::nullopt;
  const auto value = parse_int(*text);
  if (value && *value >= low && *value <= high) return value;
  problems_->add(fmt::format("--{} = {}: must be {}..{}", option, *text, low, high));
  return std::nullopt;
}

}  // namespace olivine::cli
