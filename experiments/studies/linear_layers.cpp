// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/linear_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "models/workloads/workload.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

constexpr int64_t kOutputBytes = 2;
constexpr double kSmallestShare = 0.05;  // of the time, that parts_text() shows

std::string role_of(const std::string& layer_name) {
  return layer_name.substr(layer_name.rfind('.') + 1);
}

void add_role(std::string& roles, const std::string& role) {
  const std::string listed = ", " + roles + ",";
  if (listed.find(", " + role + ",") != std::string::npos) return;
  if (!roles.empty()) roles += ", ";
  roles += role;
}

}  // namespace

std::vector<LinearLayers> linear_layers(const Workload& workload) {
  std::vector<LinearLayers> groups;
  int64_t position = 0;
  for (const Layer& layer : workload.layers) {
    if (layer.kind != LayerKind::Linear) continue;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const LinearLayers& candidate) {
      return candidate.shape == layer.gemm;
    });
    if (group == groups.end()) {
      groups.push_back({"", layer.gemm, {}});
      group = std::prev(groups.end());
    }
    add_role(group->roles, role_of(layer.name));
    group->positions.push_back(position++);
  }
  return groups;
}

GemmTiming time_linear(const GemmModel& model, const Scheme& scheme, const std::string& library,
                       const GemmShape& shape) {
  GemmProblem problem;
  problem.shape = shape;
  problem.scheme = scheme;
  problem.output_bytes = kOutputBytes;
  return model.best(model.menu(scheme, library), problem);
}

void LinearTotal::add(const GemmTiming& timing, double times) {
  time_s += timing.time_s * times;
  hbm_bytes += timing.hbm_bytes * times;
  for (size_t part = 0; part < kTimeParts; ++part) parts_s[part] += timing.parts_s[part] * times;
  energy.add(timing.energy, times);
}

std::string LinearTotal::parts_text() const {
  std::string text;
  for (const auto& part : kTimePartNames) {
    const double share = parts_s[static_cast<size_t>(part.value)] / time_s;
    if (share < kSmallestShare) continue;
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", part.name, 100 * share);
  }
  return text;
}

}  // namespace olivine
