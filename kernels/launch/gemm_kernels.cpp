// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/gemm_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "kernels/launch/mma_configs.h"
#include "kernels/launch/small_m_configs.h"
#include "kernels/launch/wgmma_configs.h"
#include "models/base/error.h"
#include "models/base/units.h"

namespace olivine {
namespace {

std::string_view short_name(WeightForm form) {
  switch (form) {
    case WeightForm::Int8:
      return "s8";
    case WeightForm::Int8Sparse:
      return "s8sp";
    case WeightForm::Ovp4:
      return "ovp4";
    case WeightForm::Ovp4Sparse:
      return "ovp4sp";
  }
  OLV_CHECK(false, "weight form {}", static_cast<int>(form));
}

std::string_view short_name(ActivationForm form) {
  switch (form) {
    case ActivationForm::Int8:
      return "s8";
    case ActivationForm::Ovp4:
      return "ovp4";
    case ActivationForm::Ovp8:
      return "ovp8";
    case ActivationForm::Int8Planes:
      return "s8x2";
  }
  OLV_CHECK(false, "activation form {}", static_cast<int>(form));
}

std::string full_name(const GemmKernel& kernel) {
  return fmt::format(
      "gemm_{}_{}{}_n{}m{}k{}_{}", short_name(kernel.weights), short_name(kernel.activations),
      kernel.family == KernelFamily::SmallM ? "_smallm" : "", kernel.tile_n, kernel.tile_m,
      kernel.tile_k, kernel.family == KernelFamily::Wgmma ? "sm90a" : "sm80");
}

// The kernels and the names they point to.
class KernelTable {
 public:
  KernelTable() {
    for (size_t i = 0; i < kMmaConfigs.size(); ++i) add(KernelFamily::Mma, i, kMmaConfigs[i]);
    for (size_t i = 0; i < kWgmmaConfigs.size(); ++i) {
      add(KernelFamily::Wgmma, i, kWgmmaConfigs[i]);
      kernels_.back().cluster = kWgmmaConfigs[i].cluster;
      kernels_.back().min_capability = 90;
    }
    for (size_t i = 0; i < kSmallMConfigs.size(); ++i) {
      add(KernelFamily::SmallM, i, kSmallMConfigs[i]);
    }
  }
  [[nodiscard]] std::span<const GemmKernel> kernels() const { return kernels_; }

 private:
  template <class Config>
  void add(KernelFamily family, size_t index, const Config& config) {
    GemmKernel kernel;
    kernel.family = family;
    kernel.index = static_cast<int>(index);
    kernel.weights = config.weights;
    kernel.activations = config.activations;
    kernel.tile_n = config.tile_n;
    kernel.tile_m = config.tile_m;
    kernel.tile_k = config.tile_k;
    kernel.stages = config.stages;
    kernel.threads = threads(config);
    kernel.shared_bytes = shared_bytes(config);
    kernel.name = names_.emplace_back(full_name(kernel));
    kernels_.push_back(kernel);
  }

  std::deque<std::string> names_;  // stay where they are
  std::vector<GemmKernel> kernels_;
};

int64_t count_blocks(const GemmKernel& kernel, const GemmArgs& args, const DeviceLimits& device) {
  const auto index = static_cast<size_t>(kernel.index);
  switch (kernel.family) {
    case KernelFamily::Mma:
      return ceil_div(args.n, kernel.tile_n) * ceil_div(args.m, kernel.tile_m);
    case KernelFamily::Wgmma:
      return persistent_blocks(kWgmmaConfigs[index], args.m, args.n, device.sm_count);
    case KernelFamily::SmallM:
      return small_m_blocks(kSmallMConfigs[index], args.n, device.sm_count);
  }
  OLV_CHECK(false, "kernel family {}", static_cast<int>(kernel.family));
}

}  // namespace

std::span<const GemmKernel> gemm_kernels() {
  static const KernelTable kTable;
  return kTable.kernels();
}

const GemmKernel* find_gemm_kernel(std::string_view name) {
  const auto kernels = gemm_kernels();
  const auto found = std::find_if(kernels.begin(), kernels.end(),
                                  [name](const GemmKernel& kernel) { return kernel.name == name; });
  return found == kernels.end() ? nullptr : &*found;
}

LaunchConfig make_launch_config(const GemmKernel& kernel, const GemmArgs& args,
                                const DeviceLimits& device) {
  const bool is_empty = args.m == 0 || args.n == 0;
  return {is_empty ? 0 : count_blocks(kernel, args, device), kernel.threads, kernel.shared_bytes,
          kernel.cluster};
}

}  // namespace olivine
