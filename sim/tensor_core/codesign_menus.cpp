// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/codesign_menus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "models/machines/gpu.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {
namespace {

constexpr std::array kSplits = {2, 4, 8};

struct Tile {
  int64_t m, n, warps;
  bool is_split;  // small enough that a grid of it may leave SMs idle
};

// CUTLASS 2: warp tiles of 64x64 down to 32x32. The last rows are for few tokens (swapped).
constexpr std::array kMmaTiles = {Tile{256, 128, 8, false}, Tile{128, 256, 8, false},
                                  Tile{128, 128, 4, true},  Tile{256, 64, 4, false},
                                  Tile{64, 256, 4, false},  Tile{128, 64, 4, true},
                                  Tile{64, 128, 4, true},   Tile{64, 64, 4, true}};
constexpr std::array kThinMmaTiles = {Tile{128, 32, 4, true}, Tile{128, 16, 4, true},
                                      Tile{64, 16, 4, true}};

// CUTLASS 3: one or two consumer warpgroups of 64 or 128 rows each.
constexpr std::array kWgmmaTiles = {Tile{128, 256, 8, false}, Tile{256, 128, 8, false},
                                    Tile{128, 128, 8, true},  Tile{64, 256, 4, false},
                                    Tile{64, 128, 4, true},   Tile{128, 64, 8, true},
                                    Tile{64, 64, 4, true}};
constexpr std::array kThinWgmmaTiles = {Tile{128, 32, 8, true}, Tile{64, 32, 4, true},
                                        Tile{64, 16, 4, true}};

// What the tensor cores multiply, and where operands become that.
struct Path {
  std::string library;
  Format executed = Format::Int8;
  DecodePlace weights = DecodePlace::None;
  DecodePlace activations = DecodePlace::None;
};

bool is_16_bit(Format format) { return info(format).bits == 16; }

// Decoded by CUDA cores: int8 holds every value of a 4-bit pair (at most 96), fp16 those of an
// 8-bit one (at most 30720, four significant bits).
Format decoded_format(const Scheme& scheme) {
  if (is_16_bit(scheme.activations)) return scheme.activations;
  const bool is_wide = scheme.weights == Format::Ovp8 || scheme.activations == Format::Ovp8;
  return is_wide ? Format::Fp16 : Format::Int8;
}

void add_software_paths(const Scheme& scheme, std::vector<Path>& paths) {
  const Format executed = decoded_format(scheme);
  const bool has_pairs = info(scheme.weights).is_ovp;
  const std::string library = has_pairs ? "software_decode" : "cutlass_like";
  if (is_16_bit(scheme.activations)) {
    paths.push_back({library, executed, DecodePlace::Mainloop, DecodePlace::None});
    paths.push_back({library, executed, DecodePlace::PrePass, DecodePlace::None});
    return;
  }
  paths.push_back({library, executed, DecodePlace::PrePass, DecodePlace::PrePass});
  paths.push_back({library, executed, DecodePlace::Mainloop, DecodePlace::PrePass});
  paths.push_back({library, executed, DecodePlace::Mainloop, DecodePlace::Mainloop});
}

// Whether or not the machine has the instructions.
std::vector<Path> paths_of(const Scheme& scheme) {
  std::vector<Path> paths;
  const bool has_pairs = info(scheme.weights).is_ovp || info(scheme.activations).is_ovp;
  if (scheme.weights == scheme.activations && !has_pairs) {
    paths.push_back({"cutlass_like", scheme.weights, DecodePlace::None, DecodePlace::None});
    return paths;
  }
  add_software_paths(scheme, paths);
  if (info(scheme.activations).is_ovp) {
    const bool is_wide = scheme.weights == Format::Ovp8 || scheme.activations == Format::Ovp8;
    paths.push_back({"mmaovp", is_wide ? Format::Ovp8 : Format::Ovp4, DecodePlace::TensorCore,
                     DecodePlace::TensorCore});
  }
  return paths;
}

// Writes kernels of one path into one menu.
class Writer {
 public:
  Writer(const GpuMachine& machine, const Scheme& scheme, const Path& path, KernelMenu& menu)
      : machine_{machine}, scheme_{scheme}, path_{path}, menu_{menu} {}

  void write() {
    const auto instruction =
        best_instruction(machine_, path_.executed, scheme_.weight_pattern, /*max_n=*/256);
    if (!instruction) return;
    is_wgmma_ = instruction->op == TensorOp::Wgmma;
    if (is_wgmma_) {
      for (const Tile& tile : kWgmmaTiles) write_schedules(tile, has_weights_first());
      for (const Tile& tile : kThinWgmmaTiles) write_schedules(tile, /*is_swapped=*/true);
    } else {
      for (const Tile& tile : kMmaTiles) write_schedules(tile, has_weights_first());
      for (const Tile& tile : kThinMmaTiles) write_schedules(tile, /*is_swapped=*/true);
    }
  }

 private:
  [[nodiscard]] bool has_weights_first() const {
    return scheme_.weight_pattern == Pattern::TwoFour ||
           (is_wgmma_ && path_.weights == DecodePlace::Mainloop);
  }

  // One row of a stage fills the widest shared-memory swizzle (128 bytes, wgmma) or half of it.
  [[nodiscard]] int64_t tile_k() const {
    const int64_t row_bits = 8 * (is_wgmma_ ? 128 : 64);
    return row_bits / info(path_.executed).bits;
  }

  void write_schedules(const Tile& tile, bool is_swapped) {
    GemmKernel kernel;
    kernel.tile_m = tile.m;
    kernel.tile_n = tile.n;
    kernel.tile_k = tile_k();
    kernel.math_warps = tile.warps;
    kernel.swapped = is_swapped;
    kernel.decode_weights = path_.weights;
    kernel.decode_activations = path_.activations;
    if (is_wgmma_) {
      kernel.producer_warps = 4;
      kernel.load = LoadPath::Tma;
      kernel.schedule = Schedule::Persistent;
      if (tile.m == 128 && tile.n >= 128) kernel.cluster_m = 2;
    } else {
      kernel.load = machine_.sm.has_async_copy ? LoadPath::CpAsync : LoadPath::Registers;
    }
    write_one(kernel);
    if (!tile.is_split) return;
    kernel.cluster_m = 1;
    kernel.schedule = Schedule::SplitK;
    for (const int64_t splits : kSplits) {
      kernel.splits = splits;
      write_one(kernel);
    }
  }

  // With the most stages that fit; not at all where none does.
  void write_one(GemmKernel kernel) {
    const auto instruction =
        best_instruction(machine_, path_.executed, scheme_.weight_pattern,
                         static_cast<int>(std::min<int64_t>(kernel.tile_n, 256)));
    if (!instruction) return;
    kernel.instruction = *instruction;
    // Unpacked weights reach a wgmma through registers; everything else from shared memory.
    kernel.instruction.a_in_registers =
        is_wgmma_ && kernel.swapped && path_.weights == DecodePlace::Mainloop;
    kernel.tile_k = std::max<int64_t>(kernel.tile_k, kernel.instruction.k);
    const int64_t most = kernel.load == LoadPath::Registers ? 2 : is_wgmma_ ? 8 : 5;
    for (kernel.stages = most; kernel.stages >= 2; --kernel.stages) {
      kernel.name = name_kernel(kernel);
      if (menu_.add(machine_, scheme_, kernel)) return;
    }
  }

  [[nodiscard]] std::string name_kernel(const GemmKernel& kernel) const {
    std::string name =
        fmt::format("{}_{}x{}x{}_{}", name_of(kernel.instruction), kernel.tile_m, kernel.tile_n,
                    kernel.tile_k, name_of<Schedule>(kScheduleNames, kernel.schedule));
    if (kernel.splits > 1) name += fmt::format("_{}", kernel.splits);
    if (kernel.swapped) name += "_swapped";
    if (path_.weights == DecodePlace::Mainloop || path_.weights == DecodePlace::PrePass) {
      name += fmt::format("_w_{}", name_of<DecodePlace>(kDecodePlaceNames, path_.weights));
    }
    if (path_.activations == DecodePlace::Mainloop || path_.activations == DecodePlace::PrePass) {
      name += fmt::format("_a_{}", name_of<DecodePlace>(kDecodePlaceNames, path_.activations));
    }
    return name;
  }

  const GpuMachine& machine_;
  const Scheme& scheme_;
  const Path& path_;
  KernelMenu& menu_;
  bool is_wgmma_ = false;
};

}  // namespace

std::vector<KernelMenu> codesign_menus(const GpuMachine& machine, const Scheme& scheme) {
  std::vector<KernelMenu> menus;
  for (const Path& path : paths_of(scheme)) {
    auto menu = std::find_if(menus.begin(), menus.end(), [&](const KernelMenu& candidate) {
      return candidate.library == path.library;
    });
    if (menu == menus.end()) {
      menu = menus.emplace(menus.end());
      menu->library = path.library;
    }
    Writer{machine, scheme, path, *menu}.write();
  }
  std::erase_if(
      menus, [](const KernelMenu& menu) { return menu.kernels.empty() && menu.refusal.empty(); });
  return menus;
}

}  // namespace olivine
