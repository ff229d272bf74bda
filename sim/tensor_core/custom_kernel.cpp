// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/custom_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/kernel_resources.h"

namespace olivine {
namespace {

constexpr int64_t kWarpgroupRows = 64;
constexpr int64_t kWarpgroupWarps = 4;
constexpr int64_t kMaxWarpgroups = 3;
constexpr int64_t kMmaWarps = 4;
constexpr int64_t kManyMmaWarps = 8;
constexpr int64_t kManyWarpsTile = 128 * 256;
constexpr int64_t kRegisterStages = 2;  // ld.global of one while the other is multiplied
constexpr int64_t kLeastColumns = 8;
constexpr int64_t kMostColumns = 256;

// What the multipliers see, and where operands become that.
struct Path {
  Format executed = Format::Fp16;
  DecodePlace weights = DecodePlace::None;
  DecodePlace activations = DecodePlace::None;

  bool operator==(const Path&) const = default;
};

std::vector<Path> paths_of(const KernelMenu& menu) {
  std::vector<Path> paths;
  for (const GemmKernel& kernel : menu.kernels) {
    if (kernel.on_cuda_cores) continue;
    const Path path{kernel.instruction.format, kernel.decode_weights, kernel.decode_activations};
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  if (paths.empty()) {  // all left out
    const GemmKernel& kernel = menu.left_out;
    paths.push_back({kernel.instruction.format, kernel.decode_weights, kernel.decode_activations});
  }
  return paths;
}

// The widest that cuts the tile into whole ones; the narrowest where none does.
TensorInstruction instruction_of(const GpuMachine& machine, Format format, Pattern pattern,
                                 int64_t tile_n) {
  std::optional<TensorInstruction> instruction;
  for (int64_t n = std::min(tile_n, kMostColumns); n > kLeastColumns; --n) {
    if (tile_n % n != 0) continue;
    instruction = best_instruction(machine, format, pattern, static_cast<int>(n));
    if (instruction && tile_n % instruction->n == 0) return *instruction;
  }
  instruction = best_instruction(machine, format, pattern, static_cast<int>(kLeastColumns));
  OLV_CHECK(instruction.has_value(), "{} multiplies {}", machine.name, name_of(format));
  return *instruction;
}

int64_t warps_of(const GemmKernel& kernel) {
  if (kernel.instruction.op == TensorOp::Wgmma) {
    const int64_t blocks = std::max<int64_t>(1, kernel.tile_m / kWarpgroupRows);
    // Two hold the sums of every tile but 192 rows, which they cannot share.
    for (const int64_t groups : {int64_t{2}, kMaxWarpgroups}) {
      if (blocks % groups == 0) return groups * kWarpgroupWarps;
    }
    return kWarpgroupWarps;
  }
  GemmKernel fewer = kernel;
  fewer.math_warps = kernel.tile_m * kernel.tile_n >= kManyWarpsTile ? kManyMmaWarps : kMmaWarps;
  while (fewer.math_warps > 1 && !warp_grid(fewer)) fewer.math_warps /= 2;
  return fewer.math_warps;
}

class Builder {
 public:
  Builder(const GpuMachine& machine, const Scheme& scheme, const CtaTile& tile)
      : machine_(machine), scheme_(scheme), tile_(tile) {}

  // Legal or not.
  [[nodiscard]] GemmKernel build(const Path& path) const {
    GemmKernel kernel;
    kernel.tile_m = tile_.m;
    kernel.tile_n = tile_.n;
    kernel.tile_k = tile_.k;
    kernel.decode_weights = path.weights;
    kernel.decode_activations = path.activations;
    kernel.instruction = instruction_of(machine_, path.executed, scheme_.weight_pattern, tile_.n);
    const bool is_wgmma = kernel.instruction.op == TensorOp::Wgmma;
    kernel.instruction.a_in_registers = is_wgmma && path.weights == DecodePlace::Mainloop;
    kernel.swapped =
        kernel.instruction.a_in_registers || scheme_.weight_pattern == Pattern::TwoFour;
    kernel.math_warps = warps_of(kernel);
    if (is_wgmma) {
      kernel.producer_warps = kWarpgroupWarps;
      kernel.load = LoadPath::Tma;
      kernel.cluster_m = 2;
    } else {
      kernel.load = machine_.sm.has_async_copy ? LoadPath::CpAsync : LoadPath::Registers;
    }
    set_stages(kernel);
    kernel.name = name_kernel(kernel);
    return kernel;
  }

 private:
  void set_stages(GemmKernel& kernel) const {
    kernel.stages = tile_.stages;
    if (tile_.stages != 0) return;
    kernel.stages = kernel.load == LoadPath::Registers ? kRegisterStages : kMaxCustomStages;
    while (kernel.stages > 1 && refuse_kernel(machine_, kernel, scheme_)) --kernel.stages;
  }

  static std::string name_kernel(const GemmKernel& kernel) {
    std::string name = fmt::format("{}{}_{}x{}x{}_s{}", kCustomPrefix, name_of(kernel.instruction),
                                   kernel.tile_m, kernel.tile_n, kernel.tile_k, kernel.stages);
    if (kernel.swapped) name += "_swapped";
    const auto add = [&](const char* operand, DecodePlace place) {
      if (place != DecodePlace::Mainloop && place != DecodePlace::PrePass) return;
      name += fmt::format("_{}_{}", operand, name_of<DecodePlace>(kDecodePlaceNames, place));
    };
    add("w", kernel.decode_weights);
    add("a", kernel.decode_activations);
    return name;
  }

  const GpuMachine& machine_;
  const Scheme& scheme_;
  const CtaTile& tile_;
};

}  // namespace

KernelMenu custom_menu(const GemmModel& model, const KernelMenu& menu, const Scheme& scheme,
                       const CtaTile& tile) {
  KernelMenu custom;
  custom.library = menu.library;
  std::string refusal;
  for (const Path& path : paths_of(menu)) {
    GemmKernel kernel = Builder{model.machine(), scheme, tile}.build(path);
    auto reason = refuse_kernel(model.machine(), kernel, scheme);
    if (!reason) {
      custom.kernels.push_back(std::move(kernel));
    } else if (refusal.empty()) {
      refusal = std::move(*reason);
    }
  }
  if (custom.kernels.empty()) {
    throw ConfigError{fmt::format("tile {}x{}x{} for {} on {}: {}", tile.m, tile.n, tile.k,
                                  scheme.name, model.machine().name, refusal)};
  }
  return custom;
}

}  // namespace olivine
