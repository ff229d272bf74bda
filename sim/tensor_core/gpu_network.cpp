// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/gpu_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/cuda_core_kernel.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

bool is_same_layer(const Layer& a, const Layer& b) {
  return a.kind == b.kind && a.gemm == b.gemm && a.conv == b.conv &&
         a.vector_elems == b.vector_elems && a.vector_ops == b.vector_ops;
}

bool is_gemm(LayerKind kind) {
  return kind != LayerKind::Vector && kind != LayerKind::DepthwiseConv2d;
}

// The shipped scheme with `format` for both operands, dense.
const Scheme& plain_scheme(Format format) {
  for (const Scheme& scheme : all_schemes()) {
    const bool is_plain = scheme.weights == format && scheme.activations == format;
    if (is_plain && scheme.weight_pattern == Pattern::Dense) return scheme;
  }
  OLV_CHECK(false, "no scheme of {} operands", name_of(format));
}

// What the layers of one scheme choose from.
struct Choice {
  const KernelMenu* menu = nullptr;
  std::optional<KernelMenu> only;  // instead: the kernel that the user named, or of the user's tile

  [[nodiscard]] const KernelMenu& kernels() const { return only ? *only : *menu; }
};

class NetworkRunner {
 public:
  NetworkRunner(const GemmModel& model, const Scheme& scheme, const GpuRunOptions& options)
      : model_(model), scheme_(scheme), options_(options), cuda_cores_(model.machine()) {}

  // Every menu the layers need, before the first layer runs. Returns the layers that run.
  Workload prepare(const Workload& workload) {
    Workload chosen = workload;
    std::erase_if(chosen.layers, [&](const Layer& layer) {
      return !options_.kinds.empty() && !options_.kinds.contains(layer.kind);
    });
    if (chosen.layers.empty()) {
      throw ConfigError{fmt::format("workload {}: no layer of the chosen kinds", workload.name)};
    }
    choose_menus(chosen);
    if (!options_.kernel.empty()) restrict_kernels();
    return chosen;
  }

  GpuNetworkResult run(const Workload& workload) {
    GpuNetworkResult network;
    network.workload = prepare(workload);
    run_layers(network);
    for (const size_t index : network.result_of_layer) network.total.add(network.results[index]);
    return network;
  }

 private:
  void choose_menus(const Workload& workload) {
    Problems problems;
    for (const Layer& layer : workload.layers) {
      const Scheme scheme = gpu_scheme(scheme_, layer.kind);
      if (!is_gemm(layer.kind) || choices_.contains(scheme.name)) continue;
      Choice& choice = choices_[scheme.name];
      try {
        choice.menu = &model_.menu(scheme, library_for(scheme));
        if (options_.tile) choice.only = custom_menu(model_, *choice.menu, scheme, *options_.tile);
      } catch (const UserError& error) {
        for (const std::string& problem : error.problems()) {
          problems.add(scheme == scheme_
                           ? problem
                           : fmt::format("{} (layer {} has no weights: both "
                                         "operands are {}; --layers leaves it out)",
                                         problem, layer.name, name_of(scheme.activations)));
        }
      }
    }
    problems.throw_if_any();
  }

  // A library that has the network's scheme need not have the one attention runs in.
  std::string library_for(const Scheme& scheme) const {
    if (options_.library.empty() || scheme == scheme_) return options_.library;
    const std::vector<std::string> known = model_.libraries(scheme);
    const bool has_it = std::find(known.begin(), known.end(), options_.library) != known.end();
    return has_it ? options_.library : "";
  }

  void restrict_kernels() {
    bool is_found = false;
    std::vector<std::string> names;
    for (auto& [scheme, choice] : choices_) {
      for (const GemmKernel& kernel : choice.menu->kernels) {
        names.push_back(kernel.name);
        if (kernel.name != options_.kernel) continue;
        choice.only = *choice.menu;
        choice.only->kernels = {kernel};
        is_found = true;
      }
    }
    if (is_found || choices_.empty()) return;
    throw ConfigError{fmt::format("kernel = {}: {} has no such kernel for {} on {}{}",
                                  options_.kernel, choices_.begin()->second.menu->library,
                                  scheme_.name, model_.machine().name,
                                  suggestion(options_.kernel, names))};
  }

  void run_layers(GpuNetworkResult& network) const {
    std::vector<const Layer*> distinct;
    for (const Layer& layer : network.workload.layers) {
      const auto same = std::find_if(distinct.begin(), distinct.end(), [&](const Layer* other) {
        return is_same_layer(*other, layer);
      });
      network.result_of_layer.push_back(static_cast<size_t>(same - distinct.begin()));
      if (same != distinct.end()) continue;
      distinct.push_back(&layer);
      network.results.push_back(is_gemm(layer.kind) ? run_gemm(layer) : run_on_cuda_cores(layer));
    }
  }

  GpuLayerResult run_gemm(const Layer& layer) const {
    GpuLayerResult result;
    result.scheme = gpu_scheme(scheme_, layer.kind);
    const KernelMenu& menu = choices_.at(result.scheme.name).kernels();
    result.library = menu.library;
    result.is_calibrated = menu.calibrated;
    result.timing = model_.best(menu, gpu_problem(layer, result.scheme));
    const auto kernel = std::find_if(
        menu.kernels.begin(), menu.kernels.end(),
        [&](const GemmKernel& candidate) { return candidate.name == result.timing.kernel; });
    OLV_CHECK(kernel != menu.kernels.end(), "kernel {} of {}", result.timing.kernel, menu.library);
    result.executed =
        kernel->on_cuda_cores ? result.scheme.activations : kernel->instruction.format;
    set_macs(result, layer);
    return result;
  }

  GpuLayerResult run_on_cuda_cores(const Layer& layer) const {
    GpuLayerResult result;
    result.scheme = gpu_scheme(scheme_, layer.kind);
    result.timing = cuda_cores_.time(layer);
    set_macs(result, layer);
    return result;
  }

  void set_macs(GpuLayerResult& result, const Layer& layer) const {
    const GpuMachine& machine = model_.machine();
    result.macs = layer.gemm.macs().count();
    const double rate = dense_macs_per_clk(machine, result.executed) *
                        static_cast<double>(machine.sm.count) * machine.power.max_clock_hz;
    result.peak_s = rate == 0 ? 0 : static_cast<double>(result.macs) / rate;
  }

  const GemmModel& model_;
  Scheme scheme_;
  const GpuRunOptions& options_;
  CudaCoreModel cuda_cores_;
  std::map<std::string_view, Choice> choices_;  // by name of the scheme
};

}  // namespace

double GpuLayerResult::utilization() const {
  return timing.time_s == 0 ? 0 : peak_s / timing.time_s;
}

GpuLayerResult& GpuLayerResult::add(const GpuLayerResult& other, uint64_t times) {
  const auto count = static_cast<double>(times);
  const double added_s = count * other.timing.time_s;
  const double total_s = timing.time_s + added_s;
  if (total_s > 0) {
    timing.clock_hz = (timing.clock_hz * timing.time_s + other.timing.clock_hz * added_s) / total_s;
    timing.power_w = (timing.power_w * timing.time_s + other.timing.power_w * added_s) / total_s;
  }
  macs += times * other.macs;
  peak_s += count * other.peak_s;
  timing.time_s = total_s;
  timing.hbm_bytes += count * other.timing.hbm_bytes;
  timing.l2_bytes += count * other.timing.l2_bytes;
  for (size_t i = 0; i < kTimeParts; ++i) timing.parts_s[i] += count * other.timing.parts_s[i];
  timing.actions.add(other.timing.actions, count);
  timing.energy.add(other.timing.energy, count);
  return *this;
}

Scheme gpu_scheme(const Scheme& scheme, LayerKind kind) {
  if (!is_gemm(kind)) return plain_scheme(Format::Fp16);
  return kind == LayerKind::Attention ? plain_scheme(scheme.activations) : scheme;
}

GemmProblem gpu_problem(const Layer& layer, const Scheme& scheme) {
  OLV_CHECK(is_gemm(layer.kind), "layer {} is no GEMM", layer.name);
  GemmProblem problem;
  problem.shape = layer.gemm;
  problem.scheme = scheme;
  if (layer.conv) {
    problem.activation_elems = layer.conv->n * layer.conv->h * layer.conv->w * layer.conv->c;
  }
  return problem;
}

GpuNetworkResult run_gpu_network(const GemmModel& model, const Workload& workload,
                                 const Scheme& scheme, const GpuRunOptions& options) {
  return NetworkRunner{model, scheme, options}.run(workload);
}

void check_gpu_network(const GemmModel& model, const Workload& workload, const Scheme& scheme,
                       const GpuRunOptions& options) {
  (void)NetworkRunner{model, scheme, options}.prepare(workload);
}

}  // namespace olivine
