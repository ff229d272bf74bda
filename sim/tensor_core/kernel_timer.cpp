// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/kernel_timer.h"

#include <algorithm>
#include <cmath>

#include "models/base/units.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/kernel_resources.h"

namespace olivine {
namespace {

constexpr double kSecondsPerMicrosecond = 1e-6;
constexpr double kStoreTile = 128.0 * 256.0;  // outputs of store_cycles
constexpr double kFp32Bytes = 4;

double as_double(int64_t value) { return static_cast<double>(value); }

// Quotient rounded up; operands are whole numbers far below 2^53.
double ceil_quotient(double numerator, double denominator) {
  return std::ceil(numerator / denominator);
}

// Bytes of one dense element: 2:4 keeps half of them and 4 bits a group of four.
double element_bytes(Format format, Pattern pattern) {
  const double bits = info(format).bits;
  return (pattern == Pattern::Dense ? bits : bits / 2 + 1) / 8;
}

// Share of `bytes` that L2 holds when everything around it takes `footprint`: all of it below the
// capacity, nothing above, linear over the margin between (replacement is not perfect).
double hot_share(double footprint, double capacity, double margin) {
  return std::clamp((capacity - footprint) / (capacity * margin) + 0.5, 0.0, 1.0);
}

}  // namespace

GemmLoad gemm_load(const GpuMachine& machine, const KernelConstants& constants,
                   const GemmProblem& problem, const GemmContext& context) {
  const GemmShape& shape = problem.shape;
  const Scheme& scheme = problem.scheme;
  GemmLoad load;
  if (shape.macs().count() == 0) {  // only the launch is left
    load.m = load.n = load.k = load.batch = 0;
    return load;
  }
  load.m = as_double(shape.m);
  load.n = as_double(shape.n);
  load.k = as_double(shape.k);
  load.batch = as_double(shape.batch);
  const double distinct = problem.activation_elems > 0 ? as_double(problem.activation_elems)
                                                       : load.m * load.k * load.batch;
  load.weight_bytes =
      load.n * load.k * load.batch * element_bytes(scheme.weights, scheme.weight_pattern);
  load.activation_bytes = distinct * element_bytes(scheme.activations, Pattern::Dense);
  load.output_bytes = load.m * load.n * load.batch * as_double(problem.output_bytes);

  const double capacity = as_double(machine.cache.bytes);
  const double others = load.activation_bytes + load.output_bytes;
  const double margin = constants.hot_margin;
  double hot_weights = 0;
  double hot_activations = 0;
  if (context.weight_sets > 0) {
    hot_weights = hot_share(context.weight_sets * load.weight_bytes + others, capacity, margin);
    hot_activations = hot_share(load.weight_bytes + others, capacity, margin);
  }
  load.cold_weight_bytes = load.weight_bytes * (1 - hot_weights);
  load.cold_activation_bytes = load.activation_bytes * (1 - hot_activations);
  // A miss is never quicker than a hit, whatever a fit says.
  const double l2_cycles = constants.l2_latency_cycles;
  const double memory_cycles = std::max(constants.memory_latency_cycles, l2_cycles);
  load.weight_latency_cycles = hot_weights * l2_cycles + (1 - hot_weights) * memory_cycles;
  // Outputs that L2 cannot keep are written while the kernel runs.
  load.written_bytes =
      std::max(constants.write_back * load.output_bytes, load.output_bytes - capacity);
  const double operands = load.weight_bytes + load.activation_bytes;
  load.refetch = constants.refetch * std::max(0.0, 1 - capacity / std::max(operands, 1.0));
  return load;
}

KernelTimer::KernelTimer(const GpuMachine& machine, const KernelConstants& constants,
                         const GemmKernel& kernel, const Scheme& scheme)
    : constants_{constants},
      min_m_{as_double(kernel.min_m)},
      max_m_{as_double(kernel.max_m)},
      is_vector_{kernel.on_cuda_cores},
      is_swapped_{kernel.swapped},
      is_clustered_{kernel.cluster_m * kernel.cluster_n > 1},
      schedule_{kernel.schedule},
      sms_{as_double(machine.sm.count)},
      splits_{as_double(kernel.splits)},
      int_lanes_{sms_ * as_double(machine.sm.int32_lanes)},
      l2_bytes_per_clk_{machine.cache.bytes_per_clk * constants.l2_reached},
      hbm_bytes_per_s_{machine.hbm.bytes_per_s * constants.hbm_reached} {
  if (is_vector_) {
    hbm_bytes_per_s_ = machine.hbm.bytes_per_s * constants.vector_hbm_reached;
    return;
  }
  tile_m_ = as_double(kernel.tile_m);
  tile_n_ = as_double(kernel.tile_n);
  tile_k_ = as_double(kernel.tile_k);
  ctas_per_sm_ = as_double(occupancy(machine, kernel, scheme).ctas_per_sm);
  warps_per_sub_core_ = as_double(kernel.math_warps) / as_double(machine.sm.sub_cores);
  hidden_stages_ = std::max(1.0, std::min(as_double(kernel.stages), constants.max_stages) - 1);
  set_stage(machine, kernel, scheme);
  set_pre_pass(kernel, scheme);
}

void KernelTimer::set_stage(const GpuMachine& machine, const GemmKernel& kernel,
                            const Scheme& scheme) {
  const TensorInstruction& instruction = kernel.instruction;
  const InstructionCost cost = instruction_cost(machine, instruction);
  const bool is_wgmma = instruction.op == TensorOp::Wgmma;
  const double instructions =
      (tile_m_ / instruction.m) * (tile_n_ / instruction.n) * (tile_k_ / instruction.k);
  // An mma keeps one of the sub-cores busy, a wgmma all of them. Its interval may be that of its
  // reads of shared memory, which are counted below: here are the multipliers.
  const double interval =
      is_wgmma ? cost.math_cycles : cost.interval_cycles / as_double(machine.sm.sub_cores);
  tensor_cycles_ = instructions * interval / constants_.tensor_reached;

  const TileOperands operands = tile_operands(kernel, scheme);
  const auto stage_bytes = [&](const TileOperand& operand) {
    return as_double(operand.rows) * tile_k_ * element_bytes(operand.stored, operand.pattern);
  };
  first_bytes_ = stage_bytes(operands.first);
  second_bytes_ = stage_bytes(operands.second);
  if (is_wgmma) {
    shared_read_bytes_ = instructions * cost.shared_bytes;
  } else {
    const WarpGrid grid = warp_grid(kernel).value_or(WarpGrid{});
    shared_read_bytes_ = first_bytes_ * as_double(grid.n) + second_bytes_ * as_double(grid.m);
  }
  const double written = (first_bytes_ + second_bytes_) * constants_.shared_write_weight;
  shared_cycles_ = (shared_read_bytes_ + written) /
                   (as_double(machine.sm.shared_bytes_per_clk) * constants_.shared_reached);

  for (const TileOperand& operand : {operands.first, operands.second}) {
    const double elems =
        as_double(operand.rows) * tile_k_ * (operand.pattern == Pattern::TwoFour ? 0.5 : 1.0);
    if (operand.decode == DecodePlace::Mainloop) {
      decode_instructions_ +=
          elems * olivine::decode_instructions(operand.stored, instruction.format);
    } else if (operand.decode == DecodePlace::TensorCore) {
      tensor_decoded_ += elems;
    }
  }
  decode_cycles_ =
      decode_instructions_ / (as_double(machine.sm.int32_lanes) * constants_.decode_reached);
  kept_share_ = instruction.pattern == Pattern::TwoFour ? 0.5 : 1.0;
}

void KernelTimer::set_pre_pass(const GemmKernel& kernel, const Scheme& scheme) {
  const auto set = [&](DecodePlace place, Format stored, Pattern pattern, double& bytes,
                       double& alu) {
    if (place != DecodePlace::PrePass) return;
    const double stored_bytes = element_bytes(stored, pattern);
    bytes = 1 + element_bytes(kernel.instruction.format, pattern) / stored_bytes;
    const double kept = pattern == Pattern::TwoFour ? 0.5 : 1.0;
    alu = kept * olivine::decode_instructions(stored, kernel.instruction.format) / stored_bytes;
  };
  set(kernel.decode_weights, scheme.weights, scheme.weight_pattern, weight_pre_pass_bytes_,
      weight_pre_pass_alu_);
  set(kernel.decode_activations, scheme.activations, Pattern::Dense, activation_pre_pass_bytes_,
      activation_pre_pass_alu_);
}

KernelTimer::Grid KernelTimer::grid(const GemmLoad& load) const {
  Grid grid;
  grid.rows = ceil_quotient(is_swapped_ ? load.n : load.m, tile_m_);
  grid.columns = ceil_quotient(is_swapped_ ? load.m : load.n, tile_n_);
  const double stages = std::max(1.0, ceil_quotient(load.k, tile_k_));
  const double splits = std::min(splits_, stages);
  grid.stages = ceil_quotient(stages, splits);
  grid.ctas = grid.rows * grid.columns * load.batch * splits;
  grid.per_sm = schedule_ == Schedule::StreamK ? std::max(grid.ctas / sms_, 1 / grid.stages)
                                               : ceil_quotient(grid.ctas, sms_);
  return grid;
}

KernelTimer::Grid KernelTimer::even(Grid grid) const {
  grid.per_sm = grid.ctas / sms_;
  return grid;
}

double KernelTimer::cta_count(const GemmLoad& load) const {
  return is_vector_ ? 0 : grid(load).ctas;
}

// Of the tensor cores, when `ctas_on_sm` CTAs feed them: a sub-core needs two warps to be busy.
double KernelTimer::issue_rate(double ctas_on_sm) const {
  const double warps = warps_per_sub_core_ * std::max(1.0, ctas_on_sm);
  const double one = constants_.one_warp_rate;
  return warps < 1 ? one * warps : one + (1 - one) * std::min(warps - 1, 1.0);
}

double KernelTimer::stage_l2_bytes(const Grid& grid) const {
  if (!is_clustered_) return first_bytes_ + second_bytes_;
  if (grid.rows >= 2) return first_bytes_ + second_bytes_ * constants_.multicast;
  if (grid.columns >= 2) return first_bytes_ * constants_.multicast + second_bytes_;
  return first_bytes_ + second_bytes_;
}

// A wave of CTAs computes a block of tiles, as square as its tiles allow.
double KernelTimer::wave_rows(const GemmLoad& load, const Grid& grid) const {
  const double resident = std::max(1.0, sms_ * ctas_per_sm_ / load.batch);
  return std::clamp(std::sqrt(resident * tile_n_ / tile_m_), 1.0, grid.rows);
}

// The next wave needs other panels, or the same ones again.
double KernelTimer::again_bytes(const GemmLoad& load, const Grid& grid) const {
  const double resident = std::max(1.0, sms_ * ctas_per_sm_ / load.batch);
  const double rows = wave_rows(load, grid);
  const double columns = std::clamp(resident / rows, 1.0, grid.columns);
  const double first_again = (grid.columns / columns - 1) * load.refetch;
  const double second_again = (grid.rows / rows - 1) * load.refetch;
  const double weights_again = is_swapped_ ? first_again : second_again;
  const double activations_again = is_swapped_ ? second_again : first_again;
  return load.weight_bytes * weights_again + load.activation_bytes * activations_again;
}

double KernelTimer::hbm_bytes(const GemmLoad& load, const Grid& grid) const {
  if (grid.ctas == 0) return 0;
  return load.cold_weight_bytes + load.cold_activation_bytes + again_bytes(load, grid) +
         load.written_bytes;
}

double KernelTimer::pre_pass_s(const GemmLoad& load, double clock_hz) const {
  double seconds = 0;
  const auto add = [&](double bytes, double moved, double alu) {
    if (moved == 0) return;
    seconds += constants_.launch_us * kSecondsPerMicrosecond +
               std::max(bytes * moved / hbm_bytes_per_s_,
                        bytes * alu / (int_lanes_ * constants_.decode_reached * clock_hz));
  };
  add(load.weight_bytes, weight_pre_pass_bytes_, weight_pre_pass_alu_);
  add(load.activation_bytes, activation_pre_pass_bytes_, activation_pre_pass_alu_);
  return seconds;
}

double KernelTimer::store_cycles() const {
  return constants_.store_cycles * tile_m_ * tile_n_ / kStoreTile;
}

// Adding the sums of split k.
double KernelTimer::reduction_s(const GemmLoad& load, const Grid& grid, double clock_hz) const {
  const double splits = grid.ctas / (grid.rows * grid.columns * load.batch);
  if (splits <= 1) return 0;
  const double sums = load.m * load.n * load.batch * kFp32Bytes * (splits + 1);
  return constants_.split_us * kSecondsPerMicrosecond +
         constants_.split_traffic * sums / l2_bytes_per_clk_ / clock_hz;
}

KernelDemand KernelTimer::demand(const GemmLoad& load, const Grid& grid, double clock_hz) const {
  const KernelConstants& c = constants_;
  const double seconds = 1 / clock_hz;
  const double on_sm = std::min(grid.per_sm, ctas_per_sm_);
  const double rounds = std::max(1.0, std::ceil(grid.per_sm / ctas_per_sm_));
  const double stages = grid.per_sm * grid.stages;  // of the busiest SM
  const double l2_bytes = stage_l2_bytes(grid);
  KernelDemand d;
  d.launch_s = c.launch_us * kSecondsPerMicrosecond + pre_pass_s(load, clock_hz);
  if (grid.ctas == 0) return d;
  d.tensor_s = stages * tensor_cycles_ / issue_rate(on_sm) * seconds;
  d.shared_s = stages * shared_cycles_ * seconds;
  d.decode_s = stages * decode_cycles_ * seconds;
  d.l2_s = l2_bytes *
           std::max(grid.ctas * grid.stages / l2_bytes_per_clk_, stages / c.l2_sm_bytes_per_clk) *
           seconds;
  d.hbm_s = hbm_bytes(load, grid) / hbm_bytes_per_s_;
  d.latency_s = rounds * grid.stages *
                (load.weight_latency_cycles / hidden_stages_ + c.stage_cycles +
                 c.serial_share * tensor_cycles_ / issue_rate(1)) *
                seconds;
  const double more_ctas = std::max(0.0, grid.per_sm - 1);
  d.epilogue_s = (c.epilogue_cycles * (1 + c.epilogue_exposed * (rounds - 1)) +
                  store_cycles() * (1 + c.store_exposed * more_ctas)) *
                     seconds +
                 reduction_s(load, grid, clock_hz);
  return d;
}

// One output feature after the other, as many CTAs as there are rows of weights.
KernelDemand KernelTimer::vector_demand(const GemmLoad& load, double clock_hz) const {
  const KernelConstants& c = constants_;
  const double rows = load.n * load.batch;
  KernelDemand d;
  const double mac_cycles = load.m * rows * load.k * c.vector_cycles_per_mac / int_lanes_;
  const double row_cycles = rows * c.vector_cycles_per_row / sms_;
  d.cuda_cores_s = (mac_cycles + row_cycles) / clock_hz;
  d.hbm_s = load.cold_weight_bytes / hbm_bytes_per_s_;
  d.latency_s = load.k * c.vector_cycles_per_k / clock_hz;
  d.launch_s = c.vector_launch_us * kSecondsPerMicrosecond;
  return d;
}

double KernelTimer::total_s(const KernelDemand& d) const {
  const std::array overlapping = {d.tensor_s, d.cuda_cores_s, d.shared_s, d.decode_s,
                                  d.l2_s,     d.hbm_s,        d.latency_s};
  const double longest = *std::max_element(overlapping.begin(), overlapping.end());
  double sum = 0;
  if (longest > 0) {
    for (const double seconds : overlapping) {
      if (seconds > 0) sum += std::pow(seconds / longest, constants_.overlap);
    }
    sum = longest * std::pow(sum, 1 / constants_.overlap);
  }
  return sum + d.epilogue_s + d.launch_s;
}

double KernelTimer::time_s(const GemmLoad& load, double clock_hz) const {
  return total_s(is_vector_ ? vector_demand(load, clock_hz) : demand(load, grid(load), clock_hz));
}

double KernelTimer::lower_bound_s(const GemmLoad& load, double clock_hz) const {
  if (is_vector_) return 0;
  const Grid g = grid(load);
  if (g.ctas == 0) return constants_.launch_us * kSecondsPerMicrosecond;
  const double stage_cycles = std::max({tensor_cycles_, shared_cycles_, decode_cycles_});
  return g.per_sm * g.stages * stage_cycles / clock_hz +
         constants_.launch_us * kSecondsPerMicrosecond;
}

std::array<double, kTimeParts> KernelTimer::parts_s(const GemmLoad& load, double clock_hz) const {
  std::array<double, kTimeParts> parts{};
  const auto part = [&](TimePart p) -> double& { return parts[static_cast<size_t>(p)]; };
  const KernelDemand real =
      is_vector_ ? vector_demand(load, clock_hz) : demand(load, grid(load), clock_hz);
  const KernelDemand even_demand = is_vector_ ? real : demand(load, even(grid(load)), clock_hz);
  KernelDemand so_far;
  double before = 0;
  const auto add = [&](TimePart p, double KernelDemand::*member) {
    so_far.*member = even_demand.*member;
    const double after = total_s(so_far);
    part(p) = after - before;
    before = after;
  };
  add(TimePart::Tensor, &KernelDemand::tensor_s);
  add(TimePart::CudaCores, &KernelDemand::cuda_cores_s);
  add(TimePart::SharedMemory, &KernelDemand::shared_s);
  add(TimePart::Decode, &KernelDemand::decode_s);
  add(TimePart::L2, &KernelDemand::l2_s);
  add(TimePart::Hbm, &KernelDemand::hbm_s);
  add(TimePart::Latency, &KernelDemand::latency_s);
  add(TimePart::Epilogue, &KernelDemand::epilogue_s);
  add(TimePart::Launch, &KernelDemand::launch_s);
  part(TimePart::Tail) = std::max(0.0, total_s(real) - before);
  return parts;
}

GpuActions KernelTimer::actions(const GemmLoad& load) const {
  GpuActions actions;
  if (is_vector_) {
    actions.alu_instructions =
        load.m * load.n * load.k * load.batch * constants_.vector_cycles_per_mac;
    actions.l2_bytes = load.weight_bytes + load.activation_bytes + load.output_bytes;
    actions.hbm_bytes = load.cold_weight_bytes;
    return actions;
  }
  const Grid g = grid(load);
  const double stages = g.ctas * g.stages;
  actions.tensor_macs = stages * tile_m_ * tile_n_ * tile_k_ * kept_share_;
  actions.decoded_elems = stages * tensor_decoded_;
  actions.alu_instructions = stages * decode_instructions_ +
                             load.weight_bytes * weight_pre_pass_alu_ +
                             load.activation_bytes * activation_pre_pass_alu_;
  actions.shared_bytes = stages * (shared_read_bytes_ + first_bytes_ + second_bytes_);
  const double pre_pass = load.weight_bytes * weight_pre_pass_bytes_ +
                          load.activation_bytes * activation_pre_pass_bytes_;
  actions.l2_bytes = stages * stage_l2_bytes(g) + load.output_bytes + pre_pass;
  actions.hbm_bytes = hbm_bytes(load, g) + pre_pass;
  return actions;
}

}  // namespace olivine
