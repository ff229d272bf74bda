// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/workload_source.h"

#include <fmt/format.h>

#include <utility>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/contents.h"
#include "experiments/sweep/space/point_hash.h"
#include "experiments/sweep/spec/one_line.h"
#include "models/open_workload/open_workload.h"
#include "models/workloads/workload.h"

namespace olivine::sweep {
namespace {

// Of one source: some megabytes for networks of hundreds of layers.
constexpr size_t kKeptWorkloads = 256;

std::string text_of(const ParamOverrides& values) {
  std::string text;
  for (const auto& [param, value] : values) append_field(text, param, value);
  return text;
}

}  // namespace

WorkloadSource::WorkloadSource(const std::string& name_or_path, const std::set<LayerKind>& kinds,
                               const ParamOverrides& values)
    : name_(plain_name(name_or_path)),
      path_(name_or_path),
      kinds_(kinds),
      cache_(std::make_unique<SharedCache<PreparedWorkload>>(kKeptWorkloads)) {
  const Workload workload =
      open_workload(path_, needs_all_params(path_) ? values : ParamOverrides{});
  const bool runs =
      std::any_of(workload.layers.begin(), workload.layers.end(),
                  [&](const Layer& l) { return kinds_.empty() || kinds_.contains(l.kind); });
  if (!runs) {
    throw ConfigError{fmt::format("workload = {}: has no layer of the chosen kinds", name_or_path)};
  }
  params_ = workload.params;
  digest_ = digest_of(workload);
}

void WorkloadSource::fix(const std::string& param, int64_t value) {
  OLV_CHECK(params_.contains(param), "{} has no {}", name_, param);
  params_[param] = value;
  fixed_[param] = fmt::format("{}", value);
}

std::shared_ptr<const PreparedWorkload> WorkloadSource::prepare(
    const ParamOverrides& values) const {
  return cache_->get(text_of(values), [&] {
    ParamOverrides all = values;
    all.insert(fixed_.begin(), fixed_.end());
    return std::make_shared<const PreparedWorkload>(load(all));
  });
}

PreparedWorkload WorkloadSource::load(const ParamOverrides& values) const {
  try {
    Workload workload = open_workload(path_, values);
    std::erase_if(workload.layers, [&](const Layer& layer) {
      return !kinds_.empty() && !kinds_.contains(layer.kind);
    });
    std::string digest = digest_of(workload);
    return {std::make_shared<const Workload>(std::move(workload)), std::move(digest), ""};
  } catch (const UserError& error) {
    return {nullptr, hash_of("no layers\n" + digest_ + '\n' + text_of(values)).hex(),
            one_line(error)};
  }
}

}  // namespace olivine::sweep
