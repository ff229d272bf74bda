// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/accelerator_module.h"

#include <utility>

#include "models/base/error.h"
#include "sim/platform/accelerator_core.h"
#include "sim/platform/accelerator_unit.h"
#include "sim/platform/module_context.h"
#include "sim/platform/platform_config.h"
#include "sim/platform/tlm_packet.h"
#include "sim/systolic/stream_accelerator.h"

namespace olivine {

AcceleratorModule::AcceleratorModule(const sc_core::sc_module_name& name,
                                     const PlatformAccelerator& config, int64_t packet_bytes,
                                     ModuleContext& context)
    : sc_module(name),
      socket("socket"),
      doorbell("doorbell"),
      interrupt("interrupt"),
      config_(&config),
      packet_bytes_(packet_bytes),
      context_(&context),
      core_(make_accelerator_core(config)) {
  socket.register_nb_transport_bw(this, &AcceleratorModule::receive);
  doorbell.bind(*this);
  SC_HAS_PROCESS(AcceleratorModule);
  SC_METHOD(tick);
  sensitive << wake_;
  dont_initialize();
}

AcceleratorModule::~AcceleratorModule() = default;

void AcceleratorModule::reset(PacketPool& pool, PlatformObserver* observer) {
  wake_.cancel();
  pool_ = &pool;
  const DmaConfig dma{.packet_bytes = packet_bytes_, .outstanding = config_->outstanding};
  unit_ = std::make_unique<AcceleratorUnit>(*config_, static_cast<MemoryPort&>(*this), dma,
                                            core_.get(), observer);
  is_offering_ = false;
  has_next_ = false;
  next_tick_ = kNever;
  signals_ = {};
  jobs_.clear();
}

void AcceleratorModule::ring(Submission submission) {
  jobs_.push_back(submission.index);
  unit_->submit(std::move(submission));
  wake_in(unit_->wake_at(context_->now()));
}

void AcceleratorModule::wake_in(int64_t cycle) {
  if (cycle != kNever) wake_.notify(context_->until(cycle));
}

void AcceleratorModule::tick() {
  context_->guard([this] {
    const int64_t now = context_->now();
    next_tick_ = unit_->tick(now);
    report_completions();
    wake_in(next_tick_);
    if (context_->is_traced()) look();
  });
}

void AcceleratorModule::report_completions() {
  while (const auto completion = unit_->take_completion()) {
    jobs_.pop_front();
    interrupt->raise(*completion);
  }
}

bool AcceleratorModule::send(const MemoryRequest& request, int64_t now) {
  has_next_ = is_offering_;
  if (is_offering_) return false;
  is_offering_ = true;
  tlm::tlm_generic_payload& payload = pool_->make(request);
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay;
  const tlm::tlm_sync_enum status = socket->nb_transport_fw(payload, phase, delay);
  OLV_CHECK(status == tlm::TLM_ACCEPTED, "{}: {} bytes at {:#x} in cycle {}: {}", config_->name,
            request.bytes, request.address, now, payload.get_response_string());
  return true;
}

// After the grant, which nobody knows ahead: receive() sees to it.
int64_t AcceleratorModule::retry_at(int64_t /*now*/) const { return kNever; }

tlm::tlm_sync_enum AcceleratorModule::receive(tlm::tlm_generic_payload& payload,
                                              tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const int64_t now = context_->now();
  if (phase == tlm::END_REQ) {
    is_offering_ = false;
    if (has_next_) wake_in(now + 1);
    return tlm::TLM_ACCEPTED;
  }
  OLV_CHECK(phase == tlm::BEGIN_RESP && payload.is_response_ok(), "{}: unexpected answer: {}",
            config_->name, payload.get_response_string());
  unit_->respond({tag_of(payload).tag, context_->cycle_after(delay)});
  payload.release();
  report_completions();
  wake_in(unit_->wake_at(now));
  return tlm::TLM_COMPLETED;
}

// The array models that are stepped want every cycle, and thereby say nothing about the future.
void AcceleratorModule::report_life() const {
  if (next_tick_ != kNever && next_tick_ > context_->now() + 1) context_->count_move(next_tick_);
}

std::string AcceleratorModule::describe() const {
  return unit_->describe() + (is_offering_ ? "; a packet waits for the bus" : "");
}

void AcceleratorModule::look() {
  if (!jobs_.empty()) signals_.job = static_cast<uint32_t>(jobs_.front());
  signals_.in_flight = static_cast<uint32_t>(unit_->in_flight());
  signals_.outstanding = static_cast<uint32_t>(unit_->outstanding_packets());
  signals_.queued = static_cast<uint32_t>(unit_->queued_transfers());
  signals_.is_stalled = !unit_->is_idle() && signals_.in_flight == 0;
}

void AcceleratorModule::trace_to(sc_core::sc_trace_file* file, const std::string& name) {
  sc_core::sc_trace(file, signals_.job, name + ".job");
  sc_core::sc_trace(file, signals_.in_flight, name + ".in_flight");
  sc_core::sc_trace(file, signals_.outstanding, name + ".outstanding");
  sc_core::sc_trace(file, signals_.queued, name + ".queued");
  sc_core::sc_trace(file, signals_.is_stalled, name + ".stalled");
}

}  // namespace olivine
