// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>

#include "sim/tensor_core/calibration.h"
#include "sim/tensor_core/gemm_timing.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {

struct CtaPlan;
struct GemmContext;
struct GpuMachine;

// A problem as every kernel of a menu sees it, computed once. Bytes are of all batches.
struct GemmLoad {
  double m = 0, n = 0, k = 0, batch = 1;
  double weight_bytes = 0;      // as stored
  double activation_bytes = 0;  // distinct ones, as stored
  double output_bytes = 0;
  double written_bytes = 0;      // outputs that reach memory within the kernel
  double cold_weight_bytes = 0;  // of them, those not found in L2
  double cold_activation_bytes = 0;
  double weight_latency_cycles = 0;  // of a stage of weights, wherever they are
  double refetch = 0;                // share of a panel that memory sends again for another wave
};
[[nodiscard]] GemmLoad gemm_load(const GpuMachine& machine, const KernelConstants& constants,
                                 const GemmProblem& problem, const GemmContext& context);

// Seconds of what a kernel needs. The first ones overlap, the others add.
struct KernelDemand {
  double tensor_s = 0;
  double cuda_cores_s = 0;
  double shared_s = 0;
  double decode_s = 0;
  double l2_s = 0;
  double hbm_s = 0;
  double latency_s = 0;
  double epilogue_s = 0;  // and adding the sums of split k
  double launch_s = 0;    // and pre-pass kernels
};

// One kernel with everything worked out that does not depend on the problem, so that a menu is
// searched quickly.
//
// CTAs fill the SMs in rounds of ctas_per_sm(); the busiest SM gets ceil(CTAs / SMs) of them, each
// with a prologue, a mainloop of stages and an epilogue. A stage takes tensor cores, shared memory,
// CUDA cores for decoding and its share of L2 and memory; while one is computed, stages - 1 others
// are on their way. What overlaps is joined by a norm (KernelConstants::overlap): the sum for an
// exponent of 1, the longest for infinity.
class KernelTimer {
 public:
  // Contract: the kernel runs on the machine (refuse_kernel). Keeps a copy of what it needs.
  KernelTimer(const GpuMachine& machine, const KernelConstants& constants, const GemmKernel& kernel,
              const Scheme& scheme);

  // Whether the library dispatches a problem with this m to the kernel; an empty one to any.
  [[nodiscard]] bool takes(double m) const { return m == 0 || (m >= min_m_ && m <= max_m_); }

  [[nodiscard]] double time_s(const GemmLoad& load, double clock_hz) const;

  // At most time_s(), found faster.
  [[nodiscard]] double lower_bound_s(const GemmLoad& load, double clock_hz) const;

  // Where time_s() goes; nothing to the clock.
  [[nodiscard]] std::array<double, kTimeParts> parts_s(const GemmLoad& load, double clock_hz) const;

  [[nodiscard]] GpuActions actions(const GemmLoad& load) const;

  // The same costs, for stepping CTAs (cta_stepper.h). Contract: the kernel has tiles.
  [[nodiscard]] CtaPlan cta_plan(const GemmLoad& load, double clock_hz) const;

  [[nodiscard]] double cta_count(const GemmLoad& load) const;
  [[nodiscard]] double ctas_per_sm() const { return ctas_per_sm_; }

 private:
  struct Grid {
    double rows = 0;
    double columns = 0;
    double stages = 0;  // of a CTA
    double ctas = 0;
    double per_sm = 0;  // CTAs of the busiest SM
  };

  void set_stage(const GpuMachine& machine, const GemmKernel& kernel, const Scheme& scheme);
  void set_vector(const GpuMachine& machine);
  void set_pre_pass(const GemmKernel& kernel, const Scheme& scheme);

  [[nodiscard]] Grid grid(const GemmLoad& load) const;
  // What the kernel would need if SMs could share CTAs: nothing is left over in the last wave.
  [[nodiscard]] Grid even(Grid grid) const;
  [[nodiscard]] KernelDemand demand(const GemmLoad& load, const Grid& grid, double clock_hz) const;
  [[nodiscard]] KernelDemand vector_demand(const GemmLoad& load, double clock_hz) const;
  [[nodiscard]] double issue_rate(double ctas_on_sm) const;
  [[nodiscard]] double stage_l2_bytes(const Grid& grid) const;
  // Of the block of tiles that a wave of CTAs computes.
  [[nodiscard]] double wave_rows(const GemmLoad& load, const Grid& grid) const;
  // That memory sends once more for later waves.
  [[nodiscard]] double again_bytes(const GemmLoad& load, const Grid& grid) const;
  [[nodiscard]] double hbm_bytes(const GemmLoad& load, const Grid& grid) const;
  [[nodiscard]] double store_cycles() const;  // of a CTA
  [[nodiscard]] double reduction_s(const GemmLoad& load, const Grid& grid, double clock_hz) const;
  [[nodiscard]] double pre_pass_s(const GemmLoad& load, double clock_hz) const;
  [[nodiscard]] double total_s(const KernelDemand& demand) const;

  KernelConstants constants_;
  double min_m_ = 1, max_m_ = 1;
  bool is_vector_ = false;
  bool is_swapped_ = false;
  bool is_clustered_ = false;
  Schedule schedule_ = Schedule::DataParallel;
  double sms_ = 1;
  double ctas_per_sm_ = 1;
  double warps_per_sub_core_ = 1;  // of one CTA
  double splits_ = 1;
  double tile_m_ = 1, tile_n_ = 1, tile_k_ = 1;
  double hidden_stages_ = 1;  // on their way while one is computed
  // Of one stage.
  double tensor_cycles_ = 0;
  double shared_cycles_ = 0;
  double decode_cycles_ = 0;
  double first_bytes_ = 0;  // global memory to shared memory
  double second_bytes_ = 0;
  double shared_read_bytes_ = 0;
  double decode_instructions_ = 0;
  double kept_share_ = 1;      // of multiplied elements that are not skipped (2:4: half)
  double tensor_decoded_ = 0;  // elements through decoders inside the tensor core, of a stage
  // Pre-pass kernels, for each byte as stored.
  double weight_pre_pass_bytes_ = 0, weight_pre_pass_alu_ = 0;
  double activation_pre_pass_bytes_ = 0, activation_pre_pass_alu_ = 0;
  // Machine.
  double int_lanes_ = 1;         // of all SMs, decoding
  double l2_bytes_per_clk_ = 1;  // of the chip
  double hbm_bytes_per_s_ = 1;
};

}  // namespace olivine
