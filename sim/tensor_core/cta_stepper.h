// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/base/enum_names.h"

namespace olivine {

enum class Schedule : uint8_t;

// What the CTAs of one kernel do on one problem: KernelTimer's costs (kernel_timer.h), stage by
// stage. Cycles are of the SM clock; bytes a cycle of 0 mean without limit.
struct CtaPlan {
  Schedule schedule{};
  int64_t sms = 1;
  int64_t ctas_per_sm = 1;
  // Tiles of outputs of each batch, CTAs of a tile along k, stages of such a CTA. As in the closed
  // form, every split has as many stages, the last one padded.
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t batch = 0;
  int64_t splits = 1;
  int64_t stages = 1;
  int64_t block_rows = 1;  // of tiles that a wave computes, column by column (rasterization)
  int64_t buffers = 2;     // stages in shared memory, the one that is computed included
  // A stage.
  std::vector<double> tensor_cycles;  // [i]: while i + 1 CTAs are on the SM
  double shared_cycles = 0;
  double decode_cycles = 0;
  double latency_cycles = 0;   // from its last byte's departure to its arrival
  double interval_cycles = 0;  // at least, between two stages of a CTA: barriers, serial work
  double load_bytes = 0;       // from L2
  // Memory sends a panel (a row or column of tiles, one stage of k) to whom asks first; the others
  // find it in L2, once it is there. What it sends again is dealt evenly to all stages.
  double row_panel_bytes = 0;
  double column_panel_bytes = 0;
  double again_bytes = 0;  // of a stage
  // A CTA's end. Bytes are dealt evenly.
  double epilogue_cycles = 0;
  double store_cycles = 0;   // of the SM's path for outputs
  double output_bytes = 0;   // of a CTA, to L2
  double written_bytes = 0;  // of them, on to memory
  // Of the SM's port to L2, of L2, of memory.
  double port_bytes_per_clk = 0;
  double l2_bytes_per_clk = 0;
  double hbm_bytes_per_clk = 0;
  // Of the kernel: before the first CTA, and after the last one (sums of split k).
  double launch_cycles = 0;
  double reduction_cycles = 0;

  [[nodiscard]] int64_t cta_count() const { return rows * columns * batch * splits; }
  [[nodiscard]] int64_t stage_count() const { return cta_count() * stages; }
};

// What CTAs queue for, first come, first served. The first ones are of an SM, L2 and HBM of all.
enum class CtaResource : uint8_t { Tensor, SharedMemory, CudaCores, Port, Store, L2, Hbm };
inline constexpr std::array kCtaResourceNames = {
    EnumName<CtaResource>{CtaResource::Tensor, "tensor"},
    EnumName<CtaResource>{CtaResource::SharedMemory, "shared_memory"},
    EnumName<CtaResource>{CtaResource::CudaCores, "cuda_cores"},
    EnumName<CtaResource>{CtaResource::Port, "port"},
    EnumName<CtaResource>{CtaResource::Store, "store"},
    EnumName<CtaResource>{CtaResource::L2, "l2"},
    EnumName<CtaResource>{CtaResource::Hbm, "hbm"}};

// Why a mainloop makes no progress. Tensor: other CTAs have the tensor cores.
enum class CtaStall : uint8_t { Load, Barrier, Tensor, SharedMemory, CudaCores };
inline constexpr std::array kCtaStallNames = {
    EnumName<CtaStall>{CtaStall::Load, "load"}, EnumName<CtaStall>{CtaStall::Barrier, "barrier"},
    EnumName<CtaStall>{CtaStall::Tensor, "tensor"},
    EnumName<CtaStall>{CtaStall::SharedMemory, "shared_memory"},
    EnumName<CtaStall>{CtaStall::CudaCores, "cuda_cores"}};

// Prologue: until the first stage can be computed. Epilogue: until outputs have left the SM.
enum class CtaPhase : uint8_t { Prologue, Mainloop, Epilogue };
inline constexpr std::array kCtaPhaseNames = {EnumName<CtaPhase>{CtaPhase::Prologue, "prologue"},
                                              EnumName<CtaPhase>{CtaPhase::Mainloop, "mainloop"},
                                              EnumName<CtaPhase>{CtaPhase::Epilogue, "epilogue"}};

struct CtaSpan {
  int64_t cta = 0;  // in order of rasterization
  CtaPhase phase = CtaPhase::Prologue;
  double begin_cycles = 0;
  double end_cycles = 0;

  bool operator==(const CtaSpan&) const = default;
};

// What happened. Cycles of resources of an SM, of stalls and of phases are added over all SMs.
struct CtaSteps {
  double total_cycles = 0;
  int64_t sms = 1;
  int64_t ctas = 0;
  int64_t stages = 0;
  int64_t rounds = 0;           // most CTAs in a row on the same slot of an SM
  int64_t busiest_sm_ctas = 0;  // most CTAs on an SM; stream-k: also parts of them
  double l2_bytes = 0;
  double hbm_bytes = 0;
  double prologue_cycles = 0;
  double mainloop_cycles = 0;
  std::array<double, kCtaResourceNames.size()> busy_cycles{};  // by CtaResource
  std::array<double, kCtaStallNames.size()> stall_cycles{};    // by CtaStall
  std::vector<CtaSpan> timeline;                               // of the traced SM, by end

  // Of the kernel's time, mean over SMs.
  [[nodiscard]] double busy_share(CtaResource resource) const;
  [[nodiscard]] double stalled(CtaStall cause) const {
    return stall_cycles[static_cast<size_t>(cause)];
  }
  bool operator==(const CtaSteps&) const = default;
};

// Some ten seconds, and 400 MB of panels at worst.
inline constexpr int64_t kMaxCtaStages = 50'000'000;

// Why a plan is not stepped: more than kMaxCtaStages.
[[nodiscard]] std::optional<std::string> refuse_step(const CtaPlan& plan);

// Steps every stage of every CTA, event by event: a second opinion on KernelTimer, in which what
// overlaps follows from who waits for whom.
//
//   dispatch  CTAs in rasterized order, the first ones over all SMs in turn, then to whichever slot
//             falls free first. Persistent kernels: one CTA a slot, which takes every n-th tile.
//             Stream-k: one CTA a slot, all stages dealt evenly in order.
//   load      of a stage, once its buffer is free: the SM's port, L2 and memory move it at the same
//             time (cut-through), each after what was asked of it before; then the latency.
//   compute   of a stage, once it is loaded and the CTA's stage before is done: tensor cores,
//             shared memory and CUDA cores at the same time, each after other CTAs of the SM.
//   epilogue  of a CTA: its own cycles, then outputs leave through the SM's store path and L2. The
//             slot is free then. Persistent and stream-k CTAs load the next tile meanwhile, and
//             compute it while outputs leave.
//
// Not stepped: capacity of L2 (the plan says what is sent again), clusters waiting for each other,
// stream-k CTAs waiting for each other's sums. List scheduling has anomalies: more SMs or bandwidth
// may cost time (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969).
//
// Contract: refuse_step() has no reason; 0 <= traced_sm < sms.
[[nodiscard]] CtaSteps step_ctas(const CtaPlan& plan, int64_t traced_sm = 0);

}  // namespace olivine
