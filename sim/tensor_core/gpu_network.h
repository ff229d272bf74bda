// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/numerics/format.h"
#include "models/workloads/workload.h"
#include "sim/tensor_core/custom_kernel.h"
#include "sim/tensor_core/gemm_timing.h"

namespace olivine {

class GemmModel;
struct GemmProblem;

// One layer on a GPU, or several added up: then times, actions, energies and bytes are sums, clock
// and power means over time, and scheme, library and kernel are empty.
struct GpuLayerResult {
  Scheme scheme;                   // that ran; see gpu_scheme()
  std::string library;             // that has the kernel; "" for vector and depthwise layers
  bool is_calibrated = false;      // constants of the library's kernels were fitted to measurements
  Format executed = Format::Fp16;  // that the multipliers see
  uint64_t macs = 0;               // useful ones: m x n x k x batch, whatever 2:4 leaves out
  double peak_s = 0;  // macs at the dense tensor peak of the executed format, highest clock
  GemmTiming timing;

  // Of the dense tensor peak; up to 2 for 2:4 weights. 0 of no time.
  [[nodiscard]] double utilization() const;
  GpuLayerResult& add(const GpuLayerResult& other, uint64_t times = 1);
};

struct GpuNetworkResult {
  Workload workload;                    // the layers that run, in order
  std::vector<GpuLayerResult> results;  // distinct ones
  std::vector<size_t> result_of_layer;  // index into results
  GpuLayerResult total;                 // over all layers
};

struct GpuRunOptions {
  std::set<LayerKind> kinds;  // layers to run; empty: all
  std::string library;        // whose kernels run; "": the one that GemmModel::menu() chooses
  std::string kernel;         // the only kernel of the menu that may run; "": the fastest
  std::optional<CtaTile>
      tile;  // instead of the menu, a kernel of this tile; `kernel` is empty then
};

// The scheme a layer runs in. Linear layers, heads and convolutions: the network's. Attention has
// no weights: both operands are activations, dense (fp16 under weight-only schemes). Depthwise
// convolutions and vector work: fp16, since they run on CUDA cores and no library quantizes them.
[[nodiscard]] Scheme gpu_scheme(const Scheme& scheme, LayerKind kind);

// The GEMM of a layer, outputs in 2 bytes. A convolution is an implicit GEMM: its activations are
// the distinct elements of the input feature map. Contract: neither depthwise nor vector.
[[nodiscard]] GemmProblem gpu_problem(const Layer& layer, const Scheme& scheme);

// Runs every distinct layer once.
//   GEMM layers: the fastest kernel of the menu, alone on the GPU. A named library or kernel holds
//   for every scheme of the network that has it; attention may run in another scheme than it. A
//   tile holds for every GEMM.
//   Vector layers (softmax, norm, activation): a kernel that reads and writes each element once in
//   fp16 and executes one instruction of an fp32 lane an operation:
//     time = launch + latency of memory + max(operations / (SMs x fp32 lanes x clock),
//                                             4 B x elements / reached bandwidth of memory)
//   Depthwise convolutions: GEMMs of n = 1 would use 1 of 8 columns of the smallest tensor
//   instruction, so libraries run them on CUDA cores: the same formula with one fused multiply-add
//   of an fp32 lane a MAC, and the input feature map, filters and outputs moved once in fp16.
//   Their clock is the highest one the power limit allows.
// Throws as check_gpu_network(), and ConfigError for a layer that no kernel of its menu takes.
[[nodiscard]] GpuNetworkResult run_gpu_network(const GemmModel& model, const Workload& workload,
                                               const Scheme& scheme,
                                               const GpuRunOptions& options = {});

// Throws ConfigError with every problem: no layer of the chosen kinds, schemes that nothing runs,
// unknown library or kernel (nearest name given), a tile that is not legal (nearest choice given).
void check_gpu_network(const GemmModel& model, const Workload& workload, const Scheme& scheme,
                       const GpuRunOptions& options = {});

}  // namespace olivine
