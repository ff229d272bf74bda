// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "models/base/enum_names.h"
#include "models/base/gemm_shape.h"
#include "models/numerics/format.h"
#include "sim/tensor_core/instruction.h"

namespace olivine {

struct GpuMachine;

// How a stage gets from global to shared memory. Registers: ld.global + st.shared (Turing).
enum class LoadPath : uint8_t { Registers, CpAsync, Tma };
inline constexpr std::array kLoadPathNames = {EnumName<LoadPath>{LoadPath::Registers, "registers"},
                                              EnumName<LoadPath>{LoadPath::CpAsync, "cp_async"},
                                              EnumName<LoadPath>{LoadPath::Tma, "tma"}};

// DataParallel: one CTA a tile. SplitK: `splits` CTAs a tile along k, added by a second kernel or
// by the last CTA. StreamK: one CTA an SM slot; k iterations dealt evenly. Persistent: one CTA an
// SM slot that walks over tiles, its epilogue hidden behind the next tile's mainloop.
enum class Schedule : uint8_t { DataParallel, SplitK, StreamK, Persistent };
inline constexpr std::array kScheduleNames = {
    EnumName<Schedule>{Schedule::DataParallel, "data_parallel"},
    EnumName<Schedule>{Schedule::SplitK, "split_k"},
    EnumName<Schedule>{Schedule::StreamK, "stream_k"},
    EnumName<Schedule>{Schedule::Persistent, "persistent"}};

// Where operands become what the multipliers see. Mainloop: CUDA cores, every time a CTA loads a
// tile. PrePass: a kernel of its own that writes decoded operands to memory. TensorCore: decoders
// in front of the multipliers (mmaovp); no work.
enum class DecodePlace : uint8_t { None, Mainloop, PrePass, TensorCore };
inline constexpr std::array kDecodePlaceNames = {
    EnumName<DecodePlace>{DecodePlace::None, "none"},
    EnumName<DecodePlace>{DecodePlace::Mainloop, "mainloop"},
    EnumName<DecodePlace>{DecodePlace::PrePass, "pre_pass"},
    EnumName<DecodePlace>{DecodePlace::TensorCore, "tensor_core"}};

// One GEMM on the GPU. Output elements are written in `output_bytes` each (fp16: 2, int32: 4).
struct GemmProblem {
  GemmShape shape;
  Scheme scheme;
  int64_t output_bytes = 2;
  int64_t activation_elems = 0;  // distinct ones of all batches; 0: m x k x batch. Convolutions:
                                 // the input feature map
  bool operator==(const GemmProblem&) const = default;
};

// One GEMM kernel. A CTA computes tile_m x tile_n outputs, tile_k dense elements of k a stage.
struct GemmKernel {
  std::string name;
  int64_t tile_m = 128;  // along m (activations), unless `swapped`: then along n (weights)
  int64_t tile_n = 128;
  int64_t tile_k = 64;
  int64_t math_warps = 4;
  int64_t producer_warps = 0;  // warp-specialized loads
  int64_t stages = 4;
  int64_t splits = 1;
  int64_t cluster_m = 1;  // CTAs that share operand tiles by multicast
  int64_t cluster_n = 1;
  bool swapped = false;  // computes the transposed problem: weights are the first operand
  LoadPath load = LoadPath::CpAsync;
  Schedule schedule = Schedule::DataParallel;
  TensorInstruction instruction;
  DecodePlace decode_weights = DecodePlace::None;
  DecodePlace decode_activations = DecodePlace::None;
  // A matrix-vector kernel: multiplies on CUDA cores (dp4a, FMA) and has no tile and no
  // instruction.
  bool on_cuda_cores = false;
  // The m for which the library dispatches to it.
  int64_t min_m = 1;
  int64_t max_m = kMaxExtent;
};

// What one CTA takes of an SM, and how many fit.
struct Occupancy {
  int64_t shared_bytes = 0;          // of a CTA (kernel_resources.h)
  int64_t registers_per_thread = 0;  // of a math warp
  int64_t threads = 0;
  int64_t ctas_per_sm = 0;
};

// The CUDA occupancy calculator's rules (cuda_occupancy.h of the CUDA Toolkit): shared memory in
// units of 128 bytes plus what each CTA reserves (1 KiB from sm_80 on: the machine's shared memory
// less the largest CTA's), registers by warp in units of 256 within each sub-core, warps, CTAs.
// Kernels on CUDA cores have no tile: all 0. Contract: refuse_kernel() has no reason.
[[nodiscard]] Occupancy occupancy(const GpuMachine& machine, const GemmKernel& kernel,
                                  const Scheme& scheme);

// Why the kernel cannot run on the machine (extents, instruction, formats, loads, shared memory,
// registers), every reason with the nearest legal choice, joined by "; ". Nothing when it can.
[[nodiscard]] std::optional<std::string> refuse_kernel(const GpuMachine& machine,
                                                       const GemmKernel& kernel,
                                                       const Scheme& scheme);

// Whether every value of `format` is a value of `target`, and a decoder for it is known. True where
// nothing has to be done: the same format, and OVP formats in front of mmaovp's decoders.
[[nodiscard]] bool can_decode(Format format, Format target);

// Instructions of the CUDA cores to decode one element of `format` into what `target` multiplies;
// 0 where nothing has to be done. Derivations stand beside the table (decode_cost.cpp).
// Contract: can_decode(format, target).
[[nodiscard]] double decode_instructions(Format format, Format target);

}  // namespace olivine
