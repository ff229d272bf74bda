// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/kernel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "models/machines/gpu.h"
#include "sim/tensor_core/kernel_resources.h"

namespace olivine {
namespace {

constexpr int64_t kWarpThreads = 32;
constexpr int64_t kWarpgroupWarps = 4;
constexpr int64_t kMaxThreads = 1024;  // of a CTA; CUDA Programming Guide
constexpr int64_t kMaxCluster = 16;    // CTAs; 8 portably, 16 on request

// Reasons against one kernel. Each check leaves the kernel fit for the next.
class Refusal {
 public:
  Refusal(const GpuMachine& machine, const GemmKernel& kernel, const Scheme& scheme)
      : machine_(machine), kernel_(kernel), scheme_(scheme), instruction_(kernel.instruction) {}

  std::optional<std::string> reasons() {
    check_dispatch();
    if (kernel_.on_cuda_cores) return joined();  // no tile, no instruction
    check_extents();
    if (!reasons_.empty()) return joined();  // what follows divides by them
    check_instruction();
    check_operand("weights", scheme_.weights, kernel_.decode_weights);
    check_operand("activations", scheme_.activations, kernel_.decode_activations);
    check_pattern();
    check_loads();
    check_schedule();
    const bool is_tile_legal = check_tile();
    if (is_tile_legal) {
      check_shared_memory();
      check_registers();
    }
    return joined();
  }

 private:
  void add(std::string reason) { reasons_.push_back(std::move(reason)); }
  [[nodiscard]] std::optional<std::string> joined() const {
    if (reasons_.empty()) return std::nullopt;
    return fmt::format("{}", fmt::join(reasons_, "; "));
  }

  void check_at_least(std::string_view key, int64_t value, int64_t least) {
    if (value < least) add(fmt::format("{} = {}: must be at least {}", key, value, least));
  }
  void check_dispatch();
  void check_extents();
  void check_instruction();
  void check_operand(std::string_view which, Format stored, DecodePlace place);
  void check_software_decode(std::string_view which, Format stored, DecodePlace place);
  void check_pattern();
  void check_loads();
  void check_schedule();
  // Whether warps can share the tile.
  bool check_tile();
  bool check_multiple(std::string_view key, int64_t value, int64_t unit, std::string_view of);
  void check_shared_memory();
  void check_registers();
  [[nodiscard]] bool fits_shared_memory(const GemmKernel& kernel) const;
  [[nodiscard]] bool fits_registers(const GemmKernel& kernel) const;

  const GpuMachine& machine_;
  const GemmKernel& kernel_;
  const Scheme& scheme_;
  const TensorInstruction& instruction_;
  std::vector<std::string> reasons_;
};

void Refusal::check_dispatch() {
  if (kernel_.min_m > kernel_.max_m) {
    add(fmt::format("min_m = {}: must be at most max_m = {}", kernel_.min_m, kernel_.max_m));
  }
}

void Refusal::check_extents() {
  check_at_least("tile_m", kernel_.tile_m, 1);
  check_at_least("tile_n", kernel_.tile_n, 1);
  check_at_least("tile_k", kernel_.tile_k, 1);
  check_at_least("math_warps", kernel_.math_warps, 1);
  check_at_least("producer_warps", kernel_.producer_warps, 0);
  check_at_least("stages", kernel_.stages, 1);
  check_at_least("splits", kernel_.splits, 1);
  check_at_least("cluster_m", kernel_.cluster_m, 1);
  check_at_least("cluster_n", kernel_.cluster_n, 1);
  check_at_least("instruction.m", instruction_.m, 1);
  check_at_least("instruction.n", instruction_.n, 1);
  check_at_least("instruction.k", instruction_.k, 1);
  const int64_t most = std::min(kMaxThreads / kWarpThreads, machine_.sm.max_warps);
  if (kernel_.math_warps + kernel_.producer_warps > most) {
    add(fmt::format("math_warps + producer_warps = {}: must be at most {}",
                    kernel_.math_warps + kernel_.producer_warps, most));
  }
}

void Refusal::check_instruction() {
  if (auto reason = refuse_instruction(machine_, instruction_)) add(std::move(*reason));
}

void Refusal::check_operand(std::string_view which, Format stored, DecodePlace place) {
  const Format target = instruction_.format;
  if (place == DecodePlace::TensorCore && !machine_.tensor.has_ovp) {
    add(
        fmt::format("decode_{} = tensor_core: the tensor cores of {} have no decoders; nearest: "
                    "mainloop",
                    which, machine_.name));
  } else if (!info(target).is_ovp) {
    check_software_decode(which, stored, place);
  } else if (!can_decode(stored, target)) {
    add(fmt::format("{} {} cannot enter the decoders of {}; nearest: {}", name_of(stored), which,
                    name_of(instruction_), name_of(target)));
  } else if (place != DecodePlace::TensorCore) {
    add(fmt::format("decode_{} = {}: {} decodes {} itself; nearest: tensor_core", which,
                    name_of<DecodePlace>(kDecodePlaceNames, place), name_of(instruction_),
                    name_of(stored)));
  }
}

void Refusal::check_software_decode(std::string_view which, Format stored, DecodePlace place) {
  const Format target = instruction_.format;
  if (!can_decode(stored, target)) {
    std::vector<std::string_view> targets;
    for (const Format other : {Format::Fp16, Format::Bf16, Format::Fp8, Format::Int8}) {
      if (can_decode(stored, other)) targets.push_back(name_of(other));
    }
    add(fmt::format(
        "{} {} have no exact form in {}; nearest: an instruction of {}", name_of(stored), which,
        name_of(target),
        targets.empty() ? name_of(stored) : fmt::format("{}", fmt::join(targets, "|"))));
  } else if (stored == target && place != DecodePlace::None) {
    add(fmt::format("decode_{} = {}: {} multiplies {} as stored; nearest: none", which,
                    name_of<DecodePlace>(kDecodePlaceNames, place), name_of(instruction_),
                    name_of(stored)));
  } else if (stored != target && place != DecodePlace::Mainloop && place != DecodePlace::PrePass) {
    add(fmt::format("decode_{} = {}: {} multiplies {}, not {}; nearest: mainloop", which,
                    name_of<DecodePlace>(kDecodePlaceNames, place), name_of(instruction_),
                    name_of(target), name_of(stored)));
  }
}

void Refusal::check_pattern() {
  if (scheme_.weight_pattern != instruction_.pattern) {
    add(fmt::format("{} weights in {}: nearest: its {} form", name_of(scheme_.weight_pattern),
                    name_of(instruction_),
                    scheme_.weight_pattern == Pattern::TwoFour ? "sparse" : "dense"));
  } else if (scheme_.weight_pattern == Pattern::TwoFour && !kernel_.swapped) {
    add("swapped = false: 2:4 weights are the first operand; nearest: true");
  }
}

void Refusal::check_loads() {
  const bool has_tma = machine_.tensor.has_wgmma;  // both came with sm_90
  const std::string_view nearest = machine_.sm.has_async_copy ? "cp_async" : "registers";
  if ((kernel_.load == LoadPath::Tma && !has_tma) ||
      (kernel_.load == LoadPath::CpAsync && !machine_.sm.has_async_copy)) {
    add(fmt::format("load = {}: {} has none; nearest: {}",
                    name_of<LoadPath>(kLoadPathNames, kernel_.load), machine_.name, nearest));
  }
  const int64_t cluster = kernel_.cluster_m * kernel_.cluster_n;
  if (cluster > 1 && !has_tma) {
    add(fmt::format("cluster_m x cluster_n = {} x {}: {} has no clusters; nearest: 1 x 1",
                    kernel_.cluster_m, kernel_.cluster_n, machine_.name));
  } else if (cluster > kMaxCluster) {
    add(fmt::format("cluster_m x cluster_n = {} x {}: must be at most {} CTAs", kernel_.cluster_m,
                    kernel_.cluster_n, kMaxCluster));
  }
}

void Refusal::check_schedule() {
  if (kernel_.splits > 1 && kernel_.schedule != Schedule::SplitK) {
    add(fmt::format("splits = {} with schedule = {}: nearest: split_k, or 1", kernel_.splits,
                    name_of<Schedule>(kScheduleNames, kernel_.schedule)));
  }
}

bool Refusal::check_multiple(std::string_view key, int64_t value, int64_t unit,
                             std::string_view of) {
  if (value % unit == 0) return true;
  const int64_t nearest = std::max(unit, (value + unit / 2) / unit * unit);
  add(fmt::format("{} = {}: must be a multiple of {} ({}); nearest: {}", key, value, unit, of,
                  nearest));
  return false;
}

bool Refusal::check_tile() {
  const std::string of = name_of(instruction_);
  bool is_legal = check_multiple("tile_k", kernel_.tile_k, instruction_.k, of);
  is_legal &= check_multiple("tile_n", kernel_.tile_n, instruction_.n, of);
  int64_t unit_m = instruction_.m;
  if (instruction_.op == TensorOp::Wgmma) {
    if (!check_multiple("math_warps", kernel_.math_warps, kWarpgroupWarps, of)) return false;
    unit_m *= kernel_.math_warps / kWarpgroupWarps;
  }
  is_legal &= check_multiple("tile_m", kernel_.tile_m, unit_m, of);
  if (!is_legal || warp_grid(kernel_)) return is_legal;
  GemmKernel nearest = kernel_;
  while (nearest.math_warps > 1 && !warp_grid(nearest)) --nearest.math_warps;
  add(fmt::format("math_warps = {}: no grid of them cuts {} x {} into whole {}; nearest: {}",
                  kernel_.math_warps, kernel_.tile_m, kernel_.tile_n, of, nearest.math_warps));
  return false;
}

bool Refusal::fits_shared_memory(const GemmKernel& kernel) const {
  const int64_t bytes = shared_memory_use(kernel, scheme_).total(kernel);
  return round_up(bytes, kSharedUnitBytes) <= machine_.sm.shared_memory_per_cta;
}

void Refusal::check_shared_memory() {
  if (fits_shared_memory(kernel_)) return;
  const auto use = [&](const GemmKernel& kernel) {
    return shared_memory_use(kernel, scheme_).total(kernel);
  };
  GemmKernel nearest = kernel_;
  while (nearest.stages > 1 && !fits_shared_memory(nearest)) --nearest.stages;
  std::string choice = fmt::format("stages = {}", nearest.stages);
  while (nearest.tile_k > instruction_.k && !fits_shared_memory(nearest)) {
    nearest.tile_k -= instruction_.k;
    choice = fmt::format("stages = 1, tile_k = {}", nearest.tile_k);
  }
  if (!fits_shared_memory(nearest)) choice = "a smaller tile_m or tile_n";
  add(fmt::format("stages = {} take {} bytes of shared memory, a CTA has at most {}; nearest: {}",
                  kernel_.stages, use(kernel_), machine_.sm.shared_memory_per_cta, choice));
}

// Launches of more threads than registers allow fail, whatever else is free.
bool Refusal::fits_registers(const GemmKernel& kernel) const {
  return math_registers(kernel, scheme_) <= kMaxRegisters &&
         resident_warps(machine_, launch_registers(kernel, scheme_)) >=
             kernel.math_warps + kernel.producer_warps;
}

// Halves the longer side until registers suffice.
void Refusal::check_registers() {
  if (fits_registers(kernel_)) return;
  GemmKernel nearest = kernel_;
  std::string choice;
  while (choice.empty()) {
    GemmKernel smaller = nearest;
    (smaller.tile_n >= smaller.tile_m ? smaller.tile_n : smaller.tile_m) /= 2;
    if (!warp_grid(smaller)) {  // the longer side cannot be halved: then the other one
      smaller = nearest;
      (smaller.tile_n >= smaller.tile_m ? smaller.tile_m : smaller.tile_n) /= 2;
    }
    if (!warp_grid(smaller) || smaller.tile_m * smaller.tile_n == 0) {
      choice = "fewer warps, or a smaller tile";
    } else if (fits_registers(smaller)) {
      choice = fmt::format("{} x {}", smaller.tile_m, smaller.tile_n);
    }
    nearest = smaller;
  }
  add(fmt::format(
      "{} x {} takes {} registers a thread in {} warps, a thread has at most {} and an SM {}; "
      "nearest: {}",
      kernel_.tile_m, kernel_.tile_n, math_registers(kernel_, scheme_),
      kernel_.math_warps + kernel_.producer_warps, kMaxRegisters, machine_.sm.registers, choice));
}

}  // namespace

std::optional<std::string> refuse_kernel(const GpuMachine& machine, const GemmKernel& kernel,
                                         const Scheme& scheme) {
  return Refusal{machine, kernel, scheme}.reasons();
}

}  // namespace olivine
