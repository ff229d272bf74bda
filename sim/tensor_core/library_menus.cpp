// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/library_menus.h"

#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

#include "models/machines/gpu.h"

namespace olivine {
namespace {

struct Tile {
  int64_t m, n, warps;
};

constexpr std::array kCublasMmaTiles = {
    Tile{32, 16, 2},   Tile{32, 32, 4},   Tile{32, 64, 4},   Tile{64, 16, 4},  Tile{64, 32, 4},
    Tile{64, 64, 4},   Tile{64, 128, 4},  Tile{64, 256, 4},  Tile{128, 16, 4}, Tile{128, 32, 4},
    Tile{128, 64, 4},  Tile{128, 128, 4}, Tile{128, 256, 8}, Tile{256, 32, 4}, Tile{256, 64, 4},
    Tile{256, 128, 8}, Tile{96, 64, 4},   Tile{64, 96, 4},   Tile{128, 96, 4}, Tile{96, 128, 4}};
constexpr std::array kCublasSplits = {1, 2, 3, 4, 6, 8, 12, 16};

// Columns of wgmma tiles; rows are 64 a warpgroup.
constexpr std::array kWgmmaColumns = {8, 16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256};
constexpr std::array kWgmmaRows = {64, 128, 192, 256};
constexpr int64_t kMaxWgmmaTile = 128 * 256;  // sums that two warpgroups keep in registers

// TensorRT-LLM's plugins: the tiles and stages that its profiler tries for sm_80. It tries splits
// of k up to 7; the times measured of smoothquant show none above 2.
struct DeepTile {
  Tile tile;
  int64_t k;
};
constexpr std::array kSmoothquantTiles = {DeepTile{{32, 128, 4}, 64},  DeepTile{{64, 128, 4}, 64},
                                          DeepTile{{64, 64, 4}, 128},  DeepTile{{128, 64, 4}, 64},
                                          DeepTile{{128, 256, 8}, 64}, DeepTile{{256, 128, 8}, 64}};
constexpr std::array kWeightOnlyTiles = {DeepTile{{16, 128, 4}, 64}, DeepTile{{16, 256, 4}, 64},
                                         DeepTile{{32, 128, 4}, 64}, DeepTile{{64, 128, 4}, 64},
                                         DeepTile{{128, 128, 4}, 64}};
constexpr std::array kSmoothquantSplits = {1, 2};
constexpr std::array kWeightOnlySplits = {1, 2, 3, 4, 5, 6, 7};
constexpr std::array kSmoothquantStages = {3, 4, 5, 6};
constexpr std::array kWeightOnlyStages = {2, 3, 4};
// The most rows that go to dot products on CUDA cores: always in smoothquant, where they are faster
// in weight_only.
constexpr int64_t kSmoothquantVectorRows = 4;
constexpr int64_t kWeightOnlyVectorRows = 15;
// Weights are the first operand of wgmma. The profiler's tiles; the splits are ours.
constexpr std::array kMixedRows = {64, 128};
constexpr std::array kMixedColumns = {16, 32, 64, 128, 256};
constexpr std::array kMixedSplits = {1, 2, 4, 8};

class Writer {
 public:
  Writer(const GpuMachine& machine, const Scheme& scheme, std::string library)
      : machine_{machine}, scheme_{scheme} {
    menu_.library = std::move(library);
  }

  // What is not legal on the machine is left out. Whether it is legal.
  bool add(GemmKernel kernel) {
    kernel.name = fmt::format("{}_{}x{}x{}_s{}{}{}", op_name(kernel), kernel.tile_m, kernel.tile_n,
                              kernel.tile_k, kernel.stages,
                              kernel.splits > 1 ? fmt::format("_split{}", kernel.splits) : "",
                              kernel.swapped ? "_swapped" : "");
    return menu_.add(machine_, scheme_, std::move(kernel));
  }

  // The most stages that fit.
  void add_deepest(GemmKernel kernel, int64_t most) {
    for (kernel.stages = most; kernel.stages >= 2; --kernel.stages) {
      if (add(kernel)) return;
    }
  }

  void add_vector(int64_t max_m) {
    GemmKernel kernel;
    kernel.name = "vector";
    kernel.on_cuda_cores = true;
    kernel.max_m = max_m;
    menu_.kernels.push_back(std::move(kernel));
  }

  [[nodiscard]] std::vector<KernelMenu> take() && {
    std::vector<KernelMenu> menus;
    if (!menu_.kernels.empty() || !menu_.refusal.empty()) menus.push_back(std::move(menu_));
    return menus;
  }

 private:
  static std::string_view op_name(const GemmKernel& kernel) {
    return olivine::name_of(std::span<const EnumName<TensorOp>>{kTensorOpNames},
                            kernel.instruction.op);
  }

  const GpuMachine& machine_;
  const Scheme& scheme_;
  KernelMenu menu_;
};

Schedule schedule_of(int64_t splits) {
  return splits > 1 ? Schedule::SplitK : Schedule::DataParallel;
}

// A warpgroup for 64 rows, loads by warps of their own, two CTAs that share operands.
GemmKernel wgmma_kernel(int rows, int columns, Format executed) {
  GemmKernel kernel;
  kernel.tile_m = rows;
  kernel.tile_n = columns;
  kernel.tile_k = 64;
  kernel.math_warps = rows / 64 * 4;
  kernel.producer_warps = 4;
  kernel.load = LoadPath::Tma;
  kernel.cluster_m = 2;
  kernel.instruction = {TensorOp::Wgmma, 64, columns, 16, executed};
  return kernel;
}

std::vector<KernelMenu> cublas_wgmma(const GpuMachine& machine, const Scheme& scheme) {
  Writer writer{machine, scheme, "cublas"};
  for (const int rows : kWgmmaRows) {
    for (const int columns : kWgmmaColumns) {
      if (rows * columns > kMaxWgmmaTile) continue;
      GemmKernel kernel = wgmma_kernel(rows, columns, scheme.activations);
      for (const bool is_swapped : {false, true}) {
        for (const int splits : kCublasSplits) {
          kernel.swapped = is_swapped;
          kernel.splits = splits;
          kernel.schedule = schedule_of(splits);
          writer.add_deepest(kernel, 12);
        }
      }
    }
  }
  return std::move(writer).take();
}

GemmKernel mma_kernel(const GpuMachine& machine, const Tile& tile, int64_t tile_k,
                      const TensorInstruction& instruction) {
  GemmKernel kernel;
  kernel.tile_m = tile.m;
  kernel.tile_n = tile.n;
  kernel.tile_k = tile_k;
  kernel.math_warps = tile.warps;
  kernel.load = machine.sm.has_async_copy ? LoadPath::CpAsync : LoadPath::Registers;
  kernel.instruction = instruction;
  return kernel;
}

TensorInstruction mma(const GpuMachine& machine, Format format) {
  const auto k = static_cast<int>(machine.tensor.mma_k_bytes * 8 / info(format).bits);
  return {TensorOp::MmaSync, 16, 8, k, format};
}

std::vector<KernelMenu> cublas_mma(const GpuMachine& machine, const Scheme& scheme) {
  Writer writer{machine, scheme, "cublas"};
  for (const Tile& tile : kCublasMmaTiles) {
    GemmKernel kernel = mma_kernel(machine, tile, 32, mma(machine, scheme.activations));
    for (const bool is_swapped : {false, true}) {
      for (const int splits : kCublasSplits) {
        kernel.swapped = is_swapped;
        kernel.splits = splits;
        kernel.schedule = schedule_of(splits);
        writer.add_deepest(kernel, 6);
      }
    }
  }
  return std::move(writer).take();
}

void add_plugin_mma(Writer& writer, const GpuMachine& machine, const DeepTile& deep,
                    Format executed, DecodePlace decode, std::span<const int> all_splits,
                    std::span<const int> all_stages, int64_t min_m) {
  GemmKernel kernel = mma_kernel(machine, deep.tile, deep.k, mma(machine, executed));
  kernel.min_m = min_m;
  kernel.decode_weights = decode;
  for (const int splits : all_splits) {
    for (const int stages : all_stages) {
      kernel.splits = splits;
      kernel.stages = stages;
      kernel.schedule = schedule_of(splits);
      writer.add(kernel);
    }
  }
}

std::vector<KernelMenu> smoothquant(const GpuMachine& machine, const Scheme& scheme) {
  Writer writer{machine, scheme, "smoothquant"};
  for (const DeepTile& deep : kSmoothquantTiles) {
    add_plugin_mma(writer, machine, deep, Format::Int8, DecodePlace::None, kSmoothquantSplits,
                   kSmoothquantStages, kSmoothquantVectorRows + 1);
  }
  writer.add_vector(kSmoothquantVectorRows);
  return std::move(writer).take();
}

// Weights pass through registers, where they are decoded (the RS form).
void add_mixed_wgmma(Writer& writer, const Scheme& scheme) {
  for (const int rows : kMixedRows) {
    for (const int columns : kMixedColumns) {
      GemmKernel kernel = wgmma_kernel(rows, columns, scheme.activations);
      kernel.swapped = true;
      kernel.decode_weights = DecodePlace::Mainloop;
      kernel.instruction.a_in_registers = true;
      for (const int splits : kMixedSplits) {
        kernel.splits = splits;
        kernel.schedule = schedule_of(splits);
        writer.add_deepest(kernel, 8);
      }
    }
  }
}

std::vector<KernelMenu> weight_only(const GpuMachine& machine, const Scheme& scheme) {
  Writer writer{machine, scheme, "weight_only"};
  for (const DeepTile& deep : kWeightOnlyTiles) {
    add_plugin_mma(writer, machine, deep, scheme.activations, DecodePlace::Mainloop,
                   kWeightOnlySplits, kWeightOnlyStages, 1);
  }
  if (machine.tensor.has_wgmma) add_mixed_wgmma(writer, scheme);
  writer.add_vector(kWeightOnlyVectorRows);
  return std::move(writer).take();
}

}  // namespace

std::vector<KernelMenu> library_menus(const GpuMachine& machine, const Scheme& scheme) {
  if (scheme.weight_pattern != Pattern::Dense || !machine.sm.has_async_copy) return {};
  const bool is_16_bit = info(scheme.activations).bits == 16;
  if (is_16_bit && scheme.weights == scheme.activations) {
    return machine.tensor.has_wgmma ? cublas_wgmma(machine, scheme) : cublas_mma(machine, scheme);
  }
  if (scheme.weights == Format::Int8 && scheme.activations == Format::Int8) {
    return smoothquant(machine, scheme);
  }
  const bool is_integer = scheme.weights == Format::Int8 || scheme.weights == Format::Int4;
  if (is_16_bit && is_integer) return weight_only(machine, scheme);
  return {};
}

}  // namespace olivine
