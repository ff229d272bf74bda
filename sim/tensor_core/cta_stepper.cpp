// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/cta_stepper.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>

#include "models/base/error.h"
#include "sim/tensor_core/cta_walk.h"

namespace olivine {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Serves what arrives in the order of arrival. Contract: calls are in order of time.
struct Server {
  double free_at = 0;
  double busy_cycles = 0;

  double serve(double at, double cycles) {
    free_at = std::max(at, free_at) + cycles;
    busy_cycles += cycles;
    return free_at;
  }
};

struct Sm {
  Server tensor, shared_memory, cuda_cores, port, store;
  int64_t residents = 0;  // CTAs
  int64_t ctas = 0;       // so far
};

// Room for one CTA on an SM, and the CTA in it.
struct Slot {
  size_t sm = 0;
  CtaWalk load;     // the next stage to ask for
  CtaWalk compute;  // the next stage to compute
  int64_t unissued = 0;
  int64_t loaded = 0;  // so far: stages whose arrival is known
  int64_t computed = 0;
  std::vector<double> ready;   // arrival of stage i in [i mod buffers]
  bool is_waiting = false;     // for the arrival of the next stage
  bool is_first_stage = true;  // of this tile
  double last_arrival = -kInfinity;
  double last_end = 0;
  double mainloop_begin = 0;
  double mainloop_end = 0;
  int64_t stored_cta = 0;
  int64_t rounds = 0;
};

enum class Step : uint8_t { Issue, Request, Compute, Store, StorePart, Release };

struct Event {
  double time = 0;
  uint64_t order = 0;  // among events of the same time
  uint32_t slot = 0;
  Step step = Step::Issue;

  bool operator>(const Event& other) const {
    return time > other.time || (time == other.time && order > other.order);
  }
};

double quotient(double bytes, double bytes_per_clk) {
  return bytes_per_clk > 0 ? bytes / bytes_per_clk : 0;
}

class CtaStepper {
 public:
  CtaStepper(const CtaPlan& plan, int64_t traced_sm)
      : plan_{plan},
        raster_{plan},
        traced_sm_{static_cast<size_t>(traced_sm)},
        port_cycles_{quotient(plan.load_bytes, plan.port_bytes_per_clk)},
        l2_cycles_{quotient(plan.load_bytes, plan.l2_bytes_per_clk)},
        sms_(static_cast<size_t>(plan.sms)) {
    // Panels that only one CTA asks for need not be remembered.
    const auto panels = static_cast<size_t>(plan.batch * plan.splits * plan.stages);
    if (plan.row_panel_bytes > 0 && plan.columns > 1) {
      row_arrivals_.assign(panels * static_cast<size_t>(plan.rows), kInfinity);
    }
    if (plan.column_panel_bytes > 0 && plan.rows > 1) {
      column_arrivals_.assign(panels * static_cast<size_t>(plan.columns), kInfinity);
    }
  }

  CtaSteps run();

 private:
  void push(double time, uint32_t slot, Step step) { events_.push({time, order_++, slot, step}); }
  void handle(const Event& event);
  void start(uint32_t index, double at);
  void issue(uint32_t index, double at);
  void request(uint32_t index, double at);
  double memory_arrival(const CtaWalk& stage, double at);
  void schedule_compute(uint32_t index);
  void compute(uint32_t index, double at);
  double run_stage(Slot& slot, double at);
  void finish_tile(uint32_t index, double end);
  void store(uint32_t index, double at, bool is_whole);
  void release(uint32_t index, double at);
  void count_wait(const Slot& slot, double at);
  void trace(const Slot& slot, int64_t cta, CtaPhase phase, double begin, double end);
  void add_totals();
  double& stall(CtaStall cause) { return steps_.stall_cycles[static_cast<size_t>(cause)]; }

  const CtaPlan& plan_;
  CtaRaster raster_;
  size_t traced_sm_;
  double port_cycles_;
  double l2_cycles_;
  std::vector<Sm> sms_;
  std::vector<Slot> slots_;
  Server l2_, hbm_;
  std::vector<double> row_arrivals_, column_arrivals_;  // infinity: not asked for yet
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  uint64_t order_ = 0;
  int64_t next_walk_ = 0;
  CtaSteps steps_;
};

CtaSteps CtaStepper::run() {
  steps_.sms = plan_.sms;
  steps_.total_cycles = plan_.launch_cycles;
  const int64_t slots = std::min(plan_.sms * plan_.ctas_per_sm, raster_.walks());
  slots_.resize(static_cast<size_t>(slots));
  for (size_t i = 0; i < slots_.size(); ++i) slots_[i].sm = i % sms_.size();
  for (Slot& slot : slots_) {
    slot.ready.resize(static_cast<size_t>(plan_.buffers));
    ++sms_[slot.sm].residents;
  }
  for (uint32_t i = 0; i < slots_.size(); ++i) start(i, plan_.launch_cycles);
  while (!events_.empty()) {
    const Event event = events_.top();
    events_.pop();
    handle(event);
  }
  add_totals();
  return std::move(steps_);
}

void CtaStepper::handle(const Event& event) {
  switch (event.step) {
    case Step::Issue:
      return issue(event.slot, event.time);
    case Step::Request:
      return request(event.slot, event.time);
    case Step::Compute:
      return compute(event.slot, event.time);
    case Step::Store:
      return store(event.slot, event.time, true);
    case Step::StorePart:
      return store(event.slot, event.time, false);
    case Step::Release:
      return release(event.slot, event.time);
  }
}

// The next CTA takes the slot and fills its buffers.
void CtaStepper::start(uint32_t index, double at) {
  Slot& slot = slots_[index];
  slot.load = slot.compute = raster_.walk(next_walk_++);
  slot.unissued = slot.load.left;
  slot.loaded = slot.computed = 0;
  slot.is_waiting = true;
  slot.is_first_stage = true;
  slot.last_arrival = -kInfinity;
  slot.last_end = at;
  for (int64_t i = 0; i < plan_.buffers; ++i) issue(index, at);
}

// A buffer is free: its load queues for the port.
void CtaStepper::issue(uint32_t index, double at) {
  Slot& slot = slots_[index];
  if (slot.unissued == 0) return;
  --slot.unissued;
  Server& port = sms_[slot.sm].port;
  const double begin = std::max(at, port.free_at);
  port.serve(at, port_cycles_);
  if (begin > at) {
    push(begin, index, Step::Request);
  } else {
    request(index, at);
  }
}

// The port has come to the load, which asks L2 for its bytes.
void CtaStepper::request(uint32_t index, double at) {
  Slot& slot = slots_[index];
  const double moved = std::max({at + port_cycles_, l2_.serve(at, l2_cycles_),  //
                                 memory_arrival(slot.load, at)});
  steps_.l2_bytes += plan_.load_bytes;
  slot.ready[static_cast<size_t>(slot.loaded % plan_.buffers)] = moved + plan_.latency_cycles;
  ++slot.loaded;
  raster_.advance(slot.load);
  if (slot.is_waiting) schedule_compute(index);
}

// When both panels of a stage are in L2.
double CtaStepper::memory_arrival(const CtaWalk& stage, double at) {
  const CtaPanels panels = raster_.panels(stage);
  double* const row = row_arrivals_.empty() ? nullptr : &row_arrivals_[panels.row];
  double* const column = column_arrivals_.empty() ? nullptr : &column_arrivals_[panels.column];
  const bool is_row_new = row == nullptr || *row == kInfinity;
  const bool is_column_new = column == nullptr || *column == kInfinity;
  const double bytes = (is_row_new ? plan_.row_panel_bytes : 0) +
                       (is_column_new ? plan_.column_panel_bytes : 0) + plan_.again_bytes;
  double arrival = at;
  if (bytes > 0) {
    arrival = hbm_.serve(at, quotient(bytes, plan_.hbm_bytes_per_clk));
    steps_.hbm_bytes += bytes;
  }
  for (const auto& [panel, is_new] : {std::pair{row, is_row_new}, {column, is_column_new}}) {
    if (panel == nullptr) continue;
    if (is_new) *panel = arrival;
    arrival = std::max(arrival, *panel);
  }
  return arrival;
}

void CtaStepper::schedule_compute(uint32_t index) {
  Slot& slot = slots_[index];
  slot.is_waiting = false;
  const double ready = slot.ready[static_cast<size_t>(slot.computed % plan_.buffers)];
  const double interval_end = slot.last_arrival + plan_.interval_cycles;
  push(std::max({slot.last_end, interval_end, ready}), index, Step::Compute);
}

void CtaStepper::compute(uint32_t index, double at) {
  Slot& slot = slots_[index];
  count_wait(slot, at);
  const double end = run_stage(slot, at);
  slot.last_arrival = at;
  slot.last_end = end;
  ++slot.computed;
  ++steps_.stages;
  if (slot.unissued > 0) push(end, index, Step::Issue);
  if (raster_.is_last_of_tile(slot.compute)) finish_tile(index, end);
  raster_.advance(slot.compute);
  if (slot.compute.left == 0) return;
  if (slot.loaded > slot.computed) {
    schedule_compute(index);
  } else {
    slot.is_waiting = true;
  }
}

// Since the stage before, or since the CTA could begin this tile.
void CtaStepper::count_wait(const Slot& slot, double at) {
  if (slot.is_first_stage) {
    steps_.prologue_cycles += at - slot.last_end;
    return;
  }
  const double begin = std::max(slot.last_end, slot.last_arrival + plan_.interval_cycles);
  stall(CtaStall::Barrier) += begin - slot.last_end;
  stall(CtaStall::Load) += at - begin;
}

double CtaStepper::run_stage(Slot& slot, double at) {
  if (slot.is_first_stage) {
    trace(slot, slot.compute.cta, CtaPhase::Prologue, slot.last_end, at);
    slot.mainloop_begin = at;
    slot.is_first_stage = false;
  }
  Sm& sm = sms_[slot.sm];
  stall(CtaStall::Tensor) += std::max(0.0, sm.tensor.free_at - at);
  const double cycles = plan_.tensor_cycles[static_cast<size_t>(sm.residents - 1)];
  const double tensor = sm.tensor.serve(at, cycles);
  const double shared = sm.shared_memory.serve(at, plan_.shared_cycles);
  const double decoded = sm.cuda_cores.serve(at, plan_.decode_cycles);
  const double end = std::max({tensor, shared, decoded});
  stall(shared >= decoded ? CtaStall::SharedMemory : CtaStall::CudaCores) += end - tensor;
  return end;
}

void CtaStepper::finish_tile(uint32_t index, double end) {
  Slot& slot = slots_[index];
  const bool is_whole = slot.compute.stage + 1 == plan_.stages;
  if (is_whole) ++steps_.ctas;
  ++sms_[slot.sm].ctas;
  steps_.rounds = std::max(steps_.rounds, ++slot.rounds);
  steps_.mainloop_cycles += end - slot.mainloop_begin;
  trace(slot, slot.compute.cta, CtaPhase::Mainloop, slot.mainloop_begin, end);
  slot.stored_cta = slot.compute.cta;
  slot.mainloop_end = end;
  slot.last_end = end + plan_.epilogue_cycles;
  slot.last_arrival = -kInfinity;
  slot.is_first_stage = true;
  push(slot.last_end, index, is_whole ? Step::Store : Step::StorePart);
}

// Outputs leave; sums of a part of a tile take the SM as long, but are no traffic of the plan.
void CtaStepper::store(uint32_t index, double at, bool is_whole) {
  Slot& slot = slots_[index];
  double end = sms_[slot.sm].store.serve(at, plan_.store_cycles);
  if (is_whole && plan_.output_bytes > 0) {
    end = std::max(end, l2_.serve(at, quotient(plan_.output_bytes, plan_.l2_bytes_per_clk)));
    steps_.l2_bytes += plan_.output_bytes;
  }
  if (is_whole && plan_.written_bytes > 0) {
    hbm_.serve(at, quotient(plan_.written_bytes, plan_.hbm_bytes_per_clk));
    steps_.hbm_bytes += plan_.written_bytes;
  }
  trace(slot, slot.stored_cta, CtaPhase::Epilogue, slot.mainloop_end, end);
  steps_.total_cycles = std::max(steps_.total_cycles, end);
  if (slot.compute.left == 0) push(end, index, Step::Release);
}

void CtaStepper::release(uint32_t index, double at) {
  if (next_walk_ < raster_.walks()) {
    start(index, at);
  } else {
    --sms_[slots_[index].sm].residents;
  }
}

void CtaStepper::trace(const Slot& slot, int64_t cta, CtaPhase phase, double begin, double end) {
  if (slot.sm == traced_sm_ && end > begin) steps_.timeline.push_back({cta, phase, begin, end});
}

void CtaStepper::add_totals() {
  const auto busy = [&](CtaResource resource) -> double& {
    return steps_.busy_cycles[static_cast<size_t>(resource)];
  };
  for (const Sm& sm : sms_) {
    busy(CtaResource::Tensor) += sm.tensor.busy_cycles;
    busy(CtaResource::SharedMemory) += sm.shared_memory.busy_cycles;
    busy(CtaResource::CudaCores) += sm.cuda_cores.busy_cycles;
    busy(CtaResource::Port) += sm.port.busy_cycles;
    busy(CtaResource::Store) += sm.store.busy_cycles;
    steps_.busiest_sm_ctas = std::max(steps_.busiest_sm_ctas, sm.ctas);
  }
  busy(CtaResource::L2) = l2_.busy_cycles;
  busy(CtaResource::Hbm) = hbm_.busy_cycles;
  // Outputs on their way to memory end with the kernel.
  steps_.total_cycles = std::max(steps_.total_cycles, hbm_.free_at) + plan_.reduction_cycles;
  OLV_CHECK(steps_.ctas == plan_.cta_count() && steps_.stages == plan_.stage_count(),
            "{} of {} CTAs, {} of {} stages", steps_.ctas, plan_.cta_count(), steps_.stages,
            plan_.stage_count());
}

}  // namespace

double CtaSteps::busy_share(CtaResource resource) const {
  const bool is_of_chip = resource == CtaResource::L2 || resource == CtaResource::Hbm;
  const double units = is_of_chip ? 1 : static_cast<double>(sms);
  if (total_cycles == 0) return 0;
  return busy_cycles[static_cast<size_t>(resource)] / (units * total_cycles);
}

std::optional<std::string> refuse_step(const CtaPlan& plan) {
  // Extents are below 2^31 each, their product may exceed 64 bits.
  double stages = static_cast<double>(plan.stages);
  for (const int64_t factor : {plan.rows, plan.columns, plan.batch, plan.splits}) {
    stages *= static_cast<double>(factor);
  }
  if (stages <= static_cast<double>(kMaxCtaStages)) return std::nullopt;
  return fmt::format("{:.3g} stages of CTAs: must be at most {:.3g}", stages,
                     static_cast<double>(kMaxCtaStages));
}

CtaSteps step_ctas(const CtaPlan& plan, int64_t traced_sm) {
  OLV_CHECK(!refuse_step(plan), "{} x {} x {} x {} x {}", plan.rows, plan.columns, plan.batch,
            plan.splits, plan.stages);
  OLV_CHECK(traced_sm >= 0 && traced_sm < plan.sms, "SM {} of {}", traced_sm, plan.sms);
  return CtaStepper{plan, traced_sm}.run();
}

}  // namespace olivine
